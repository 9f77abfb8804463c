package process

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// Streams says which standard streams of a child are pipes to this process; 0 is none.
type Streams int

// The streams, to be joined with |. Tornado: Subprocess.STREAM, given for each.
const (
	Stdin Streams = 1 << iota
	Stdout
	Stderr
)

// A Subprocess is a command that runs beside the loop. Its methods belong to that
// loop, except Signal. Tornado: process.Subprocess.
type Subprocess struct {
	// Our ends of the pipes: non-blocking descriptors, yours to close, as the stream
	// that iostream.NewPipe makes of one does; -1 for a stream that is no pipe.
	Stdin, Stdout, Stderr int

	loop   *ioloop.IOLoop
	cmd    *exec.Cmd
	onExit func(code int)
	code   *ioloop.Future[int]
}

// NewSubprocess starts cmd. Each of its streams named in pipes becomes a pipe, and
// must not be set; the others are as exec.Cmd says: what is nil is the null device,
// not the parent's. The process is waited for on a goroutine, so it leaves no
// zombie, whatever becomes of the loop; it is not killed when the loop ends (see
// exec.CommandContext). Starting takes about a millisecond, in which the loop waits.
// The error is around that of [exec.Cmd.Start], or says which stream is set already.
// Tornado: Subprocess(args, stdin=..., ...).
// The error is around that of [exec.Cmd.Start], or says which stream is set already.
// Tornado: Subprocess(args, stdin=..., ...).
func NewSubprocess(l *ioloop.IOLoop, cmd *exec.Cmd, pipes Streams) (*Subprocess, error) {
	l.CheckOwner("NewSubprocess")
	p := &Subprocess{Stdin: -1, Stdout: -1, Stderr: -1, loop: l, cmd: cmd, code: ioloop.NewFuture[int](l)}
	theirs, err := p.connect(pipes)
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

// connect makes the pipes; theirs are the ends to be closed when the child has them.
func (p *Subprocess) connect(pipes Streams) (theirs []*os.File, err error) {
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
			return theirs, fmt.Errorf("%s is set and shall be a pipe", s.name)
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

// pipe makes a pipe that the child reads from, if reads, or writes to. ours gets the
// other end; only that one is non-blocking, for the two ends are open files apart.
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

func (p *Subprocess) closePipes() {
	for _, fd := range []int{p.Stdin, p.Stdout, p.Stderr} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// wait runs on a goroutine of its own.
func (p *Subprocess) wait() {
	p.cmd.Wait() // its error tells less than the state
	code := exitCode(p.cmd.ProcessState)
	p.loop.AddCallback(func() {
		p.code.SetResult(code)
		p.report()
	})
}

// report calls the exit callback, once.
func (p *Subprocess) report() {
	if fn := p.onExit; fn != nil {
		p.onExit = nil
		code, _ := p.code.Result()
		fn(code)
	}
}

// PID returns the process id. Tornado: the attribute pid.
func (p *Subprocess) PID() int { return p.cmd.Process.Pid }

// ReturnCode returns the exit code, or the number of the signal that ended the
// process, negated; 255 if the system did not tell. ended is false while the
// process runs, or its end has not come to the loop yet.
// Tornado: the attribute returncode.
func (p *Subprocess) ReturnCode() (code int, ended bool) {
	p.loop.CheckOwner("Subprocess.ReturnCode")
	code, _ = p.code.Result()
	return code, p.code.Done()
}

// Signal sends a signal to the process; after its end, that is os.ErrProcessDone. Any
// goroutine may call it.
func (p *Subprocess) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// SetExitCallback has fn called once in a loop coroutine with the ReturnCode when the
// process ends, or soon if it has. One set before and not called yet is replaced;
// nil removes it. Tornado: set_exit_callback.
func (p *Subprocess) SetExitCallback(fn func(code int)) {
	p.loop.CheckOwner("Subprocess.SetExitCallback")
	p.onExit = fn
	if p.code.Done() {
		p.loop.AddCallback(p.report)
	}
}

// WaitForExit returns the future of the ReturnCode. If raise is true, any other than 0
// is a *CalledProcessError. It may be called many times, and beside
// SetExitCallback. Tornado: wait_for_exit(raise_error=raise).
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

// A CalledProcessError reports a command that did not end with exit code 0.
// Tornado: subprocess.CalledProcessError.
type CalledProcessError struct {
	Args       []string // of the command, its name first
	ReturnCode int      // as Subprocess.ReturnCode
}

func (e *CalledProcessError) Error() string {
	return fmt.Sprintf("process: %s ended with %s", strings.Join(e.Args, " "), describe(e.ReturnCode))
}
