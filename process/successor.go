package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// successorVariable tells a successor how many files it inherits.
const successorVariable = "TORNADO_SUCCESSOR"

// What a successor finds behind its standard streams: the pipe to say that it is
// ready through, then the files.
const (
	readyFD          = 3
	firstInheritedFD = 4
)

// ErrSuccessorFailed is the error of StartSuccessor for one that ended, or closed what it
// was started with, before it called Ready.
var ErrSuccessorFailed = errors.New("process: the successor has ended before it was ready")

// StartSuccessor starts the program again, with the same arguments, environment,
// directory and standard streams, and hands it files, which it closes here: usually
// listening sockets (TCPServer.Files). The new process takes them with Inherited, and
// calls Ready when it accepts connections on them. Then StartSuccessor returns, and this
// process can shut down (HTTPServer.Shutdown) without a connection being refused.
//
// The program is the file that lies now where this one was started: os.Args[0], as found in
// PATH and in the directory of that time. A new version may replace the file, or a symbolic
// link on the way to it may lead elsewhere.
//
// If the successor ends before that, the error is an [ErrSuccessorFailed]. If ctx is done
// before that, the successor is killed, and the error is that of ctx: let a signal that ends
// the program cancel ctx (signal.NotifyContext). Either way nothing has changed for this
// process. Any goroutine may call StartSuccessor, but it blocks: on a loop, use
// [ioloop.RunInExecutor]. Tornado has no such function.
func StartSuccessor(ctx context.Context, files []*os.File) (*os.Process, error) {
	shared, err := shareAll(files)
	defer closeAll(shared)
	if err := errors.Join(errOwnPath, err); err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	defer reading.Close()
	cmd := &exec.Cmd{
		Path: ownPath, Args: os.Args, Env: append(os.Environ(), successorVariable+"="+strconv.Itoa(len(shared))),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: append([]*os.File{writing}, shared...),
	}
	err = cmd.Start()
	writing.Close()
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	go func() {
		cmd.Wait()                          // whenever it ends, nothing of it shall be left
		reading.SetReadDeadline(time.Now()) // a program that it has started may keep the pipe open
	}()
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	n, err := reading.Read(make([]byte, 1)) // the end of the file, if it dies
	if errors.Is(err, os.ErrDeadlineExceeded) {
		n = readNow(reading)
	}
	if !stop() {
		return nil, fmt.Errorf("process: the successor was not ready in time: %w", ctx.Err())
	}
	if n == 0 {
		cmd.Process.Kill() // it may live on without its pipe
		return nil, ErrSuccessorFailed
	}
	return cmd.Process, nil
}

// readNow returns how many bytes, of at most 1, there are to read already.
func readNow(pipe *os.File) (n int) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0
	}
	pipe.SetReadDeadline(time.Time{})
	raw.Read(func(fd uintptr) bool {
		n, _ = unix.Read(int(fd), make([]byte, 1)) // does not wait
		return true
	})
	return max(n, 0)
}

// shareAll returns copies of files, which it closes.
func shareAll(files []*os.File) (shared []*os.File, err error) {
	for _, f := range files {
		copied, shareErr := share(f)
		if shareErr == nil {
			shared = append(shared, copied)
		}
		err = errors.Join(err, shareErr)
	}
	return shared, err
}

// An inheritance is what the environment said about this process at the first call.
type inheritance struct {
	files []*os.File
	err   error
	ready func() error // tells who waits, once
}

var inherited = sync.OnceValue(func() *inheritance {
	value, ok := os.LookupEnv(successorVariable)
	os.Unsetenv(successorVariable)
	if !ok {
		return &inheritance{ready: func() error { return nil }}
	}
	return takeInheritance(value)
})

func takeInheritance(value string) *inheritance {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || value != strconv.Itoa(n) {
		return &inheritance{err: fmt.Errorf("process: environment variable %s=%q is not from StartSuccessor", successorVariable, value)}
	}
	pipe, err := inherit(readyFD, "pipe to the predecessor")
	if err != nil {
		return &inheritance{err: err}
	}
	i := &inheritance{ready: sync.OnceValue(func() error { return tellReady(pipe) })}
	for fd := firstInheritedFD; fd < firstInheritedFD+n; fd++ {
		f, err := inherit(fd, fmt.Sprintf("inherited file %d", fd-firstInheritedFD))
		if err != nil {
			i.err = err
			return i
		}
		i.files = append(i.files, f)
	}
	return i
}

// Inherited returns the files that StartSuccessor was given in the process that has
// started this one, in order; none in a process that is nobody's successor. They are
// the caller's: a second call returns them again. The error says that they did not come
// as StartSuccessor hands them over. Tornado has none.
func Inherited() ([]*os.File, error) {
	i := inherited()
	return i.files, i.err
}

// Ready tells the predecessor, if there is one, that this process has taken over: that
// ends its StartSuccessor. The error says that it has gone. Calling it again does
// nothing but return that error again. Tornado has none.
func Ready() error {
	i := inherited()
	if i.err != nil {
		return i.err
	}
	return i.ready()
}

func tellReady(pipe *os.File) error {
	defer pipe.Close()
	if _, err := pipe.Write([]byte{1}); err != nil {
		return fmt.Errorf("process: the predecessor has gone: %w", err)
	}
	return nil
}
