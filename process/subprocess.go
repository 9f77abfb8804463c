package process

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// Streams are standard streams of a child that are pipes to this process; 0 means no pipes.
type Streams int

// These values say which streams of the child are pipes. They are combined with |. Tornado:
// Subprocess.STREAM, for each stream.
const (
	Stdin Streams = 1 << iota
	Stdout
	Stderr
)

// A Subprocess is a command that runs beside the loop. Only code on the loop may call its
// methods, except Signal. Tornado: process.Subprocess.
type Subprocess struct {
	// Stdin, Stdout and Stderr are this process's ends of the pipes; -1 stands for a stream
	// without a pipe. The descriptors are non-blocking. The caller closes each of them, or makes
	// a stream of it with iostream.NewPipe, which closes it.
	Stdin, Stdout, Stderr int

	loop   *ioloop.IOLoop
	cmd    *exec.Cmd
	onExit func(code int)
	code   *ioloop.Future[int]
}

// NewSubprocess starts cmd. Each stream in pipes becomes a pipe, and must not be set in
// cmd. The other streams are as exec.Cmd says: nil is the null device, not the parent's
// stream. Starting blocks the loop for about a millisecond. The error wraps that of
// [exec.Cmd.Start], or names a stream that is set in cmd. Tornado: Subprocess(args,
// stdin=..., ...).
//
// A goroutine waits for the process, so that it leaves no zombie, even after the loop is
// closed. The process is not killed when the loop ends; see exec.CommandContext.
func NewSubprocess(l *ioloop.IOLoop, cmd *exec.Cmd, pipes Streams) (*Subprocess, error) {
	l.CheckOwner("NewSubprocess")
	p := &Subprocess{Stdin: -1, Stdout: -1, Stderr: -1, loop: l, cmd: cmd, code: ioloop.NewFuture[int](l)}
	theirs, err := p.makePipes(pipes)
	if err == nil {
		err = cmd.Start()
	}
	closeAll(theirs)
	if err != nil {
		p.closePipes()
		return nil, fmt.Errorf("process: %w", err)
	}
	go p.wait()
	return p, nil
}

// makePipes makes the pipes. theirs are the child's ends, which are closed after the start.
func (p *Subprocess) makePipes(pipes Streams) (theirs []*os.File, err error) {
	cmd := p.cmd
	for _, s := range []struct {
		stream Streams
		name   string
		set    bool
		ours   *int
		give   func(end *os.File)
	}{
		{Stdin, "Stdin", cmd.Stdin != nil, &p.Stdin, func(end *os.File) { cmd.Stdin = end }},
		{Stdout, "Stdout", cmd.Stdout != nil, &p.Stdout, func(end *os.File) { cmd.Stdout = end }},
		{Stderr, "Stderr", cmd.Stderr != nil, &p.Stderr, func(end *os.File) { cmd.Stderr = end }},
	} {
		if pipes&s.stream == 0 {
			continue
		}
		if s.set {
			return theirs, fmt.Errorf("%s is set in the command and requested as a pipe: choose one", s.name)
		}
		end, err := pipe(s.ours, s.stream == Stdin)
		if err != nil {
			return theirs, err
		}
		s.give(end)
		theirs = append(theirs, end)
	}
	return theirs, nil
}

// pipe makes a pipe that the child reads from, or writes to if reads is false. It stores
// this process's end in ours and makes only that end non-blocking.
func pipe(ours *int, reads bool) (theirs *os.File, err error) {
	theirs, our, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if !reads {
		theirs, our = our, theirs
	}
	defer our.Close()
	fd, err := duplicate(our)
	if err != nil {
		theirs.Close()
		return nil, err
	}
	*ours = fd
	return theirs, nil
}

// closePipes closes this process's ends.
func (p *Subprocess) closePipes() {
	for _, fd := range []int{p.Stdin, p.Stdout, p.Stderr} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// wait waits for the process and reports its exit to the loop. It runs on its own
// goroutine.
func (p *Subprocess) wait() {
	p.cmd.Wait() // its error tells less than the state
	code := exitCode(p.cmd.ProcessState)
	p.loop.AddCallback(func() {
		p.code.SetResult(code)
		p.report()
	})
}

// report calls the exit callback once.
func (p *Subprocess) report() {
	if fn := p.onExit; fn != nil {
		p.onExit = nil
		code, _ := p.code.Result()
		fn(code)
	}
}

// PID returns the process ID. Tornado: the attribute pid.
func (p *Subprocess) PID() int { return p.cmd.Process.Pid }

// ReturnCode returns the exit code, or the negated number of the signal that ended the
// process, or 255 if the system did not report it. ended is false while the process runs,
// and until the loop learns of its exit. Tornado: the attribute returncode.
func (p *Subprocess) ReturnCode() (code int, ended bool) {
	p.loop.CheckOwner("Subprocess.ReturnCode")
	code, _ = p.code.Result()
	return code, p.code.Done()
}

// Signal sends a signal to the process. After the process has ended, the error is
// os.ErrProcessDone. Any goroutine may call it.
func (p *Subprocess) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// SetExitCallback sets the function that runs once in a loop coroutine with the ReturnCode
// after the process has ended. If it has ended already, fn runs in a later turn. A second
// call replaces a callback that has not run; nil removes it. Tornado: set_exit_callback.
func (p *Subprocess) SetExitCallback(fn func(code int)) {
	p.loop.CheckOwner("Subprocess.SetExitCallback")
	p.onExit = fn
	if p.code.Done() {
		p.loop.AddCallback(p.report)
	}
}

// WaitForExit returns a future of the ReturnCode. If raise is true, the future fails with a
// *CalledProcessError for any code except 0. It may be called several times, and together
// with SetExitCallback. Tornado: wait_for_exit(raise_error=raise).
func (p *Subprocess) WaitForExit(raise bool) *ioloop.Future[int] {
	p.loop.CheckOwner("Subprocess.WaitForExit")
	f := ioloop.NewFuture[int](p.loop)
	p.code.AddDoneCallback(func(*ioloop.Future[int]) {
		code, _ := p.code.Result()
		if raise && code != 0 {
			f.SetError(&CalledProcessError{Args: p.cmd.Args, ReturnCode: code})
		} else {
			f.SetResult(code)
		}
	})
	return f
}

// A CalledProcessError is the error of a command that did not end with exit code 0.
// Tornado: subprocess.CalledProcessError.
type CalledProcessError struct {
	Args       []string // the command's arguments, with its name first
	ReturnCode int      // as Subprocess.ReturnCode
}

func (e *CalledProcessError) Error() string {
	return fmt.Sprintf("process: %s ended with %s", strings.Join(e.Args, " "), describe(e.ReturnCode))
}
