package autoreload

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/gotornado/tornado/internal/succession"
)

// childVariable tells a program that a supervisor has started it. Its value is the list of
// the names of the sockets, in JSON.
const childVariable = "TORNADO_AUTORELOAD"

// A child's descriptors after the standard streams: the control channel, then the sockets.
const (
	controlFD     = 3
	firstSocketFD = 4
)

// readyTime is the time within which a new version must listen and run its loop.
const readyTime = 30 * time.Second

// A version is a running version of the program, as its supervisor sees it.
type version struct {
	process  *os.Process
	control  *controlChannel
	exited   chan struct{} // closed at the end of the process
	state    *os.ProcessState
	reported chan struct{} // has one element after a report

	mu   sync.Mutex
	last *report // the last report of the version; nil if there was none, or if takeReport was called
}

// A report has the sockets and watched paths of a program, for its supervisor.
type report struct {
	sockets []succession.Socket
	watched []string
}

// startChild starts the program in the file path with args, which include its name. It gets
// copies of the sockets.
func startChild(path string, args []string, sockets []succession.Socket) (*version, error) {
	own, other, err := controlPair()
	if err != nil {
		return nil, err
	}
	defer other.Close()
	names, files := []string{}, []*os.File{other}
	for _, s := range sockets {
		names, files = append(names, s.Name), append(files, s.File)
	}
	value, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{
		Path: path, Args: args, Env: append(environment(), childVariable+"="+string(value)),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: files,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}, // the supervisor passes signals of the terminal on, so the terminal must not send them to the program too
	}
	if err := cmd.Start(); err != nil {
		own.hangUp()
		return nil, fmt.Errorf("autoreload: %w", err)
	}
	return adopt(cmd.Process, own), nil
}

// adopt returns the version for the running process p.
func adopt(p *os.Process, own *controlChannel) *version {
	c := &version{process: p, control: own, reported: make(chan struct{}, 1), exited: make(chan struct{})}
	go func() {
		c.state, _ = p.Wait()
		close(c.exited)
		own.hangUp()
	}()
	go c.receive()
	return c
}

// environment returns the environment of this process without the variables of this package.
func environment() (env []string) {
	for _, entry := range os.Environ() {
		if !isOwnVariable(entry) {
			env = append(env, entry)
		}
	}
	return env
}

// receive keeps the last report, until the channel ends.
func (c *version) receive() {
	for {
		m, sockets, err := c.control.receive()
		if err != nil {
			closeSockets(sockets)
			return
		}
		if old, ok := c.takeReport(); ok {
			closeSockets(old.sockets)
		}
		c.mu.Lock()
		c.last = &report{sockets, m.Watched}
		c.mu.Unlock()
		select {
		case c.reported <- struct{}{}:
		default:
		}
	}
}

// takeReport returns the last report. The caller owns its sockets.
func (c *version) takeReport() (report, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last
	c.last = nil
	if last == nil {
		return report{}, false
	}
	return *last, true
}

// awaitReport waits for a report. The error says that the program has ended or took too long.
func (c *version) awaitReport(limit time.Duration) (report, error) {
	select {
	case <-c.reported:
		r, _ := c.takeReport()
		return r, nil
	case <-c.exited:
		return report{}, fmt.Errorf("the new program ended before it served: %s", describe(c.state))
	case <-time.After(limit):
		return report{}, fmt.Errorf("the new program did not serve within %v: does it still call autoreload.Start?", limit)
	}
}

// askReport asks for a report of the sockets that the program has now.
func (c *version) askReport() (report, error) {
	select {
	case <-c.reported: // an older one
	default:
	}
	if err := c.control.send(message{Report: true}, nil); err != nil {
		return report{}, err
	}
	return c.awaitReport(reportTime)
}

// reportTime is the time that a running program has to report.
const reportTime = 5 * time.Second

// drain ends the program gracefully. It kills the program after a while.
func (c *version) drain(grace time.Duration) {
	if c.control.send(message{Drain: true}, nil) != nil {
		c.process.Signal(syscall.SIGTERM)
	}
	select {
	case <-c.exited:
	case <-time.After(grace + reportTime):
		c.kill()
	}
}

// kill ends the program immediately.
func (c *version) kill() {
	c.process.Kill()
	<-c.exited
}

// describe returns an exit state in words, as Tornado's log lines have them.
func describe(state *os.ProcessState) string {
	switch {
	case state == nil:
		return "exited"
	case state.Success():
		return "exited normally"
	case state.Exited():
		return fmt.Sprintf("exited with status %d", state.ExitCode())
	}
	return "ended by " + state.String()
}
