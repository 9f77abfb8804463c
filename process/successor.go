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

// successorVariable tells a successor the number of files that it inherits.
const successorVariable = "TORNADO_SUCCESSOR"

// A successor has these descriptors after the standard streams: the pipe through which it reports
// that it is ready, then the files.
const (
	readyFD          = 3
	firstInheritedFD = 4
)

// ErrSuccessorFailed is the error of StartSuccessor if the new process ended, or closed its
// descriptors, before it called Ready.
var ErrSuccessorFailed = errors.New("process: the successor ended before it called Ready: its own log says why")

// StartSuccessor starts the program again, with the same arguments, environment, directory
// and standard streams. It passes files on, usually listening sockets (TCPServer.Files),
// and closes them here. The new process gets them from Inherited, and calls Ready when it
// accepts connections on them. Then StartSuccessor returns, and this process can shut down
// (HTTPServer.Shutdown) without a refused connection. Tornado has no such function.
//
// The new process runs the file that is now where this process was started: os.Args[0], as
// found in PATH and relative to the directory at that time. So a new version may replace
// the file, or a symbolic link in its path.
//
// If the successor ends before it is ready, the error is [ErrSuccessorFailed]. If ctx is
// done first, the successor is killed and the error wraps that of ctx: let the signal that
// ends the program cancel ctx (signal.NotifyContext). After an error this process goes on
// unchanged. Any goroutine may call StartSuccessor, but it blocks: on a loop, use
// [ioloop.RunInExecutor].
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
		cmd.Wait()                          // leaves no zombie, whenever the process ends
		reading.SetReadDeadline(time.Now()) // another program that the successor has started may keep the pipe open
	}()
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	n, err := reading.Read(make([]byte, 1)) // 0 bytes if the successor ends
	if errors.Is(err, os.ErrDeadlineExceeded) {
		n = readNow(reading)
	}
	if !stop() {
		return nil, fmt.Errorf("process: the successor was not ready in time: %w", ctx.Err())
	}
	if n == 0 {
		cmd.Process.Kill() // perhaps the successor has closed the pipe and goes on
		return nil, ErrSuccessorFailed
	}
	return cmd.Process, nil
}

// readNow reads at most one byte without waiting and returns the number of bytes.
func readNow(pipe *os.File) (n int) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0
	}
	pipe.SetReadDeadline(time.Time{})
	raw.Read(func(fd uintptr) bool {
		n, _ = unix.Read(int(fd), make([]byte, 1)) // non-blocking
		return true
	})
	return max(n, 0)
}

// shareAll returns copies of files and closes the files.
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

// An inheritance has the files that this process got from its predecessor.
type inheritance struct {
	files []*os.File
	err   error
	ready func() error // tells the predecessor, once
}

// inherited returns the inheritance. The first call reads it from the environment.
var inherited = sync.OnceValue(func() *inheritance {
	value, ok := os.LookupEnv(successorVariable)
	os.Unsetenv(successorVariable)
	if !ok {
		return &inheritance{ready: func() error { return nil }}
	}
	return takeInheritance(value)
})

// takeInheritance parses the value of successorVariable and opens the files.
func takeInheritance(value string) *inheritance {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || value != strconv.Itoa(n) {
		return &inheritance{err: fmt.Errorf("process: the environment variable %s=%q is not from StartSuccessor: unset it", successorVariable, value)}
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

// Inherited returns the files that the predecessor passed to StartSuccessor, in order. It
// returns no files if StartSuccessor did not start this process. The caller owns the files;
// a second call returns the same files. The error says that the environment or a descriptor
// is not as StartSuccessor passes it. Tornado has no such function.
func Inherited() ([]*os.File, error) {
	i := inherited()
	return i.files, i.err
}

// Ready tells the predecessor, if there is one, that this process accepts connections: its
// StartSuccessor returns. The error says that the predecessor has ended. A second call only
// returns the same error. Tornado has no such function.
func Ready() error {
	i := inherited()
	if i.err != nil {
		return i.err
	}
	return i.ready()
}

// tellReady writes the byte that StartSuccessor waits for.
func tellReady(pipe *os.File) error {
	defer pipe.Close()
	if _, err := pipe.Write([]byte{1}); err != nil {
		return fmt.Errorf("process: the predecessor ended before Ready: %w", err)
	}
	return nil
}
