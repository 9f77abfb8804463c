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

// taskVariable tells a child its number and the number of its files, as "id/files". The
// child removes it from its environment, so that programs that it starts do not see it.
const taskVariable = "TORNADO_TASK"

// A child has these descriptors after the standard streams: first a pipe, whose end of file means
// that the parent has ended; then the shared sockets.
const (
	lifelineFD    = 3
	firstSharedFD = 4
)

// Options configure ForkProcesses. The zero value shares nothing with the children.
type Options struct {
	// Open opens the files that the children share, usually listening sockets (see Files).
	// It runs in the parent only, because an address can be bound only once. ForkProcesses
	// closes the files. nil means that nothing is shared.
	Open func() ([]*os.File, error)

	MaxRestarts int // limit for all children together; 0 means 100, a negative value disables restarts
}

func (o Options) maxRestarts() int { return max(0, cmp.Or(o.MaxRestarts, 100)) }

// ForkProcesses starts n children of the program, or one for each CPU if n <= 0, and
// supervises them. It returns in the children only: with the child's number, 0 to n-1, and
// the files that Open opened, in order. Sockets are non-blocking, and all files are closed
// on exec. Call it before the loop is started; on a loop it returns an error. Tornado:
// fork_processes.
//
// A child that is killed, or exits with a code other than 0, is replaced by a child of the
// same number. After an exit within a second of its start, the replacement may wait for up
// to a second. After MaxRestarts replacements the parent ends the other children and
// returns [ErrTooManyRestarts]. The parent keeps the shared sockets open, so that new
// connections wait for the next child. A replacement runs the file that is now where the
// parent was started, as with StartSuccessor: it may be a new version.
//
// The parent passes SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1 and SIGUSR2 on, except those
// that it ignores (nohup). After one of the first three, no child is restarted. A child
// that any other of them has killed is not restarted either, unless it ran for less than a
// second and had no time to handle the signal.
//
// Every child has its own process group, so that a signal from the terminal arrives once.
// Its standard input is empty; its output and error are the parent's. When all children
// have ended, the parent exits with code 0 without its deferred calls. If a signal that was
// passed on has killed children, the parent dies of that signal. When the parent is killed,
// its children get SIGTERM.
func ForkProcesses(n int, o Options) (taskID int, inherited []*os.File, err error) {
	if onLoop() {
		return -1, nil, errors.New("process: ForkProcesses blocks the loop that it was called on: call it before the loop is started")
	}
	t := identity()
	switch {
	case t.err != nil:
		return -1, nil, t.err
	case t.child:
		return t.becomeChild()
	}
	if n <= 0 {
		n = CPUCount()
	}
	sig, err := superviseChildren(n, o)
	if err != nil {
		return -1, nil, err
	}
	exitLike(sig)
	return -1, nil, nil
}

// TaskID returns the number of this child of ForkProcesses. child is false in any
// other process. Tornado: task_id.
func TaskID() (id int, child bool) {
	t := identity()
	return t.id, t.child
}

// A task is the content of taskVariable.
type task struct {
	id, files int
	child     bool
	joined    atomic.Bool
	err       error
}

// identity returns the task of this process. The first call reads it from the environment.
var identity = sync.OnceValue(func() *task {
	value, ok := os.LookupEnv(taskVariable)
	os.Unsetenv(taskVariable)
	if !ok {
		return &task{}
	}
	return parseTask(value)
})

// parseTask parses the value of taskVariable.
func parseTask(value string) *task {
	t := &task{child: true}
	if _, err := fmt.Sscanf(value, "%d/%d", &t.id, &t.files); err != nil || t.id < 0 || t.files < 0 || value != t.String() {
		return &task{err: fmt.Errorf("process: the environment variable %s=%q is not from ForkProcesses: unset it", taskVariable, value)}
	}
	return t
}

func (t *task) String() string { return fmt.Sprintf("%d/%d", t.id, t.files) }

// becomeChild makes this process the child that it was started as, and returns its number
// and its files.
func (t *task) becomeChild() (int, []*os.File, error) {
	if t.joined.Swap(true) {
		return -1, nil, fmt.Errorf("process: ForkProcesses was called twice in child %d: call it once", t.id)
	}
	lifeline, err := inherit(lifelineFD, "parent")
	if err != nil {
		return -1, nil, err
	}
	go watchParent(lifeline)
	files := make([]*os.File, t.files)
	for i := range files {
		if files[i], err = inherit(firstSharedFD+i, fmt.Sprintf("shared file %d", i)); err != nil {
			return -1, nil, err
		}
	}
	return t.id, files, nil
}

// watchParent waits for the end of the parent, which closes the other end of a pipe, and then
// ends this process. The kernel's death signal does the same, but only on some systems.
func watchParent(lifeline *os.File) {
	lifeline.Read(make([]byte, 1)) // the parent never writes: Read returns when the parent has ended
	log.Gen().Warn("the parent process has ended")
	unix.Kill(os.Getpid(), unix.SIGTERM)
}

// superviseChildren starts the children and returns when all have ended. sig is the signal
// that was passed on and killed some of them, or nil.
func superviseChildren(n int, o Options) (sig os.Signal, err error) {
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
	signal.Notify(signals, passedSignals()...)
	defer signal.Stop(signals)
	s := &supervisor{
		signals: signals, maxRestarts: o.maxRestarts(),
		start: func(id int) (child, error) {
			t := task{id: id, files: len(files)}
			return startChild(t.String(), append([]*os.File{lifeline}, files...))
		},
	}
	return s.runChildren(n)
}

// openShared returns copies of the files that open returns.
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

// passedSignals lists the signals that the parent passes on. It leaves out ignored signals,
// because signal.Notify would enable them.
func passedSignals() []os.Signal {
	all := []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2}
	var wanted []os.Signal
	for _, sig := range all {
		if !signal.Ignored(sig) {
			wanted = append(wanted, sig)
		}
	}
	return wanted
}

// A command is a child that runs this program.
type command struct{ cmd *exec.Cmd }

// startChild starts this program as the child that value describes.
func startChild(value string, files []*os.File) (child, error) {
	cmd := &exec.Cmd{
		Path: ownPath, Args: os.Args, Env: append(os.Environ(), taskVariable+"="+value),
		Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: files,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	return command{cmd}, cmd.Start()
}

func (c command) wait() int {
	c.cmd.Wait() // the state says more than the error
	return exitCode(c.cmd.ProcessState)
}

func (c command) signal(sig os.Signal) { c.cmd.Process.Signal(sig) }
func (c command) pid() int             { return c.cmd.Process.Pid }

// exitLike ends the parent: by sig, as if the signal had not been caught, or with code 0
// for nil.
func exitLike(sig os.Signal) {
	if number, ok := sig.(syscall.Signal); ok {
		signal.Reset(sig)
		unix.Kill(os.Getpid(), number)
		time.Sleep(time.Second) // the signal may arrive on another thread
		os.Exit(128 + int(number))
	}
	os.Exit(0)
}

// onLoop reports whether the caller runs on a loop or in a coroutine of one.
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
