package process

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"golang.org/x/sys/unix"
)

// variable tells a child what it is, as "id/files". A child takes it out of its
// environment, so that the programs it starts are no children of that kind.
const variable = "TORNADO_TASK"

// What a child finds behind its standard streams: the pipe that tells it that the
// parent is gone, then the shared sockets.
const (
	lifelineFD    = 3
	firstSharedFD = 4
)

// Options tune ForkProcesses. The zero value shares nothing with the children.
type Options struct {
	// Open opens what the children share, usually listening sockets (see Files), in
	// the parent alone: a child that bound them again would find the addresses taken.
	// ForkProcesses closes the files. nil: nothing is shared.
	Open func() ([]*os.File, error)

	MaxRestarts int // of all children together; 0 means 100, below 0 none
}

func (o Options) maxRestarts() int { return max(0, cmp.Or(o.MaxRestarts, 100)) }

// ForkProcesses starts n children of the program, one for each CPU if n <= 0, and
// supervises them. It returns in the children only, with the child's number, 0 to
// n-1, and the files that Open opened, in order: sockets are non-blocking, all are
// closed on exec. Call it before starting a loop; on a loop it is an error.
// Tornado: fork_processes.
//
// A child that exits with another code than 0, or is killed, is replaced by one of
// the same number. One that ended within a second of its start may wait up to a
// second for that. After MaxRestarts of them the parent ends the others and
// returns [ErrTooManyRestarts]. The shared sockets stay open in the parent, so
// connections made meanwhile wait for the next child. A replacement is the file that lies
// now where the parent was started, as for StartSuccessor: it may be a new version.
//
// The parent passes SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1 and SIGUSR2 on, except
// those that it ignores (nohup). After one of the first three nothing is restarted;
// nor is a child that another one has killed, unless it was too young to handle it.
// Every child has a process group of its own, so what is typed at a
// terminal arrives once; its standard input is empty, output and error are the
// parent's. When all children have ended, the parent exits with code 0 without
// running its deferred calls; if a signal passed on has killed children, it dies of
// that signal itself. When the parent is killed, its children get SIGTERM.
func ForkProcesses(n int, o Options) (taskID int, inherited []*os.File, err error) {
	if onLoop() {
		return -1, nil, errors.New("process: ForkProcesses was called on a loop, which it would stop; call it before the loop is started")
	}
	t := identity()
	switch {
	case t.err != nil:
		return -1, nil, t.err
	case t.child:
		return t.join()
	}
	if n <= 0 {
		n = CPUCount()
	}
	sig, err := lead(n, o)
	if err != nil {
		return -1, nil, err
	}
	leave(sig)
	return -1, nil, nil
}

// TaskID returns the number of this child of ForkProcesses. child is false in any
// other process. Tornado: task_id.
func TaskID() (id int, child bool) {
	t := identity()
	return t.id, t.child
}

// A task is what the environment said about this process.
type task struct {
	id, files int
	child     bool
	joined    atomic.Bool
	err       error
}

// identity reads the environment at the first call.
var identity = sync.OnceValue(func() *task {
	value, ok := os.LookupEnv(variable)
	os.Unsetenv(variable)
	if !ok {
		return &task{}
	}
	return parseTask(value)
})

func parseTask(value string) *task {
	t := &task{child: true}
	if _, err := fmt.Sscanf(value, "%d/%d", &t.id, &t.files); err != nil || t.id < 0 || t.files < 0 || value != t.String() {
		return &task{err: fmt.Errorf("process: environment variable %s=%q is not from ForkProcesses", variable, value)}
	}
	return t
}

func (t *task) String() string { return fmt.Sprintf("%d/%d", t.id, t.files) }

// join makes this process the child that it was started as.
func (t *task) join() (int, []*os.File, error) {
	if t.joined.Swap(true) {
		return -1, nil, fmt.Errorf("process: ForkProcesses was called before: this is child %d", t.id)
	}
	lifeline, err := inherit(lifelineFD, "parent")
	if err != nil {
		return -1, nil, err
	}
	go follow(lifeline)
	files := make([]*os.File, t.files)
	for i := range files {
		if files[i], err = inherit(firstSharedFD+i, fmt.Sprintf("shared file %d", i)); err != nil {
			return -1, nil, err
		}
	}
	return t.id, files, nil
}

// follow ends this process when the parent has: nobody holds the other end of its
// pipe then. A death signal of the kernel's would do the same on some systems only.
func follow(lifeline *os.File) {
	lifeline.Read(make([]byte, 1)) // nobody writes: it is the end, whatever it returns
	log.Gen().Warn("the parent process has ended")
	unix.Kill(os.Getpid(), unix.SIGTERM)
}

// lead is the parent's part. It returns when all children have ended: sig is the
// signal that some of them died of because it was passed on, or nil.
func lead(n int, o Options) (sig os.Signal, err error) {
	if errOwnPath != nil {
		return nil, fmt.Errorf("process: %w", errOwnPath)
	}
	files, err := openShared(o.Open)
	defer closeAll(files)
	if err != nil {
		return nil, fmt.Errorf("process: open: %w", err)
	}
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer writing.Close()
	lifeline, err := share(reading)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer lifeline.Close()

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passedOn()...)
	defer signal.Stop(signals)
	s := &supervisor{
		signals: signals, maxRestarts: o.maxRestarts(),
		start: func(id int) (child, error) {
			t := task{id: id, files: len(files)}
			return startChild(t.String(), append([]*os.File{lifeline}, files...))
		},
	}
	return s.run(n)
}

// openShared returns copies of what open opens.
func openShared(open func() ([]*os.File, error)) (shared []*os.File, err error) {
	if open == nil {
		return nil, nil
	}
	opened, err := open()
	for _, f := range opened {
		if err != nil {
			f.Close()
			continue
		}
		var copied *os.File
		if copied, err = share(f); err == nil {
			shared = append(shared, copied)
		}
	}
	return shared, err
}

// passedOn lists the signals that the parent passes on. Listening for one that is
// ignored would bring it back to life.
func passedOn() []os.Signal {
	all := []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2}
	var wanted []os.Signal
	for _, sig := range all {
		if !signal.Ignored(sig) {
			wanted = append(wanted, sig)
		}
	}
	return wanted
}

// A command is a child that is this program.
type command struct{ cmd *exec.Cmd }

func startChild(value string, files []*os.File) (child, error) {
	cmd := &exec.Cmd{
		Path: ownPath, Args: os.Args, Env: append(os.Environ(), variable+"="+value),
		Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: files,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	return command{cmd}, cmd.Start()
}

func (c command) wait() int {
	c.cmd.Wait() // its error tells less than the state
	return exitCode(c.cmd.ProcessState)
}

func (c command) signal(sig os.Signal) { c.cmd.Process.Signal(sig) }
func (c command) pid() int             { return c.cmd.Process.Pid }

// leave ends the parent: by sig, as if it had not been caught, or with code 0.
func leave(sig os.Signal) {
	if number, ok := sig.(syscall.Signal); ok {
		signal.Reset(sig)
		unix.Kill(os.Getpid(), number)
		time.Sleep(time.Second) // the signal is on its way, perhaps to another thread
		os.Exit(128 + int(number))
	}
	os.Exit(0)
}

// onLoop reports whether a loop or a coroutine of one is calling.
func onLoop() bool {
	pc := make([]uintptr, 1024)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	prefix := reflect.TypeFor[ioloop.IOLoop]().PkgPath() + ".(*"
	for {
		frame, more := frames.Next()
		if method, ok := strings.CutPrefix(frame.Function, prefix); ok &&
			(strings.HasPrefix(method, "IOLoop).") || strings.HasPrefix(method, "coroutine).")) {
			return true
		}
		if !more {
			return false
		}
	}
}
