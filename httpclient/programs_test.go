package httpclient

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// freePort returns a port of 127.0.0.1 that is free now. It is below 32768, from where systems
// take the ports of outgoing connections and of listeners on port 0. So no such listener
// takes the port before a program listens on it.
func freePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		if probe, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			probe.Close()
			return port
		}
	}
	t.Fatal("no free port between 20000 and 32000")
	return 0
}

// A program is a process that listens on a port.
type program struct {
	cmd    *exec.Cmd
	output bytes.Buffer  // read it after exited is closed
	exited chan struct{} // closed when the process has ended
}

// startProgram starts the program that command returns for a free port, and returns the port on
// which it listens. A program that exits, such as one whose port another program has taken, is
// started again with another port. The program runs until the test ends.
func startProgram(t *testing.T, command func(port int) *exec.Cmd) (port int) {
	t.Helper()
	var p *program
	for range 3 {
		port = freePort(t)
		p = runProgram(t, command(port))
		if p.listensOn(port) {
			return port
		}
		p.stop()
	}
	t.Fatalf("%s does not listen on its port\n%s", p.cmd, &p.output)
	return 0
}

// runProgram starts a process, which ends with the test. Its output is shown if the test fails.
func runProgram(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.WaitDelay = 20 * time.Second // a child could keep the output open
	require.NoError(t, cmd.Start())
	go func() {
		cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() && p.output.Len() > 0 {
			t.Logf("output of %s:\n%s", cmd.Path, &p.output)
		}
	})
	return p
}

// listensOn waits until a connection to port succeeds. It returns false if the program exits,
// or if it does not listen within a minute.
func (p *program) listensOn(port int) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			conn.Close()
		}
		select {
		case <-p.exited:
			return false
		case <-time.After(5 * time.Millisecond):
			if err == nil {
				return true
			}
		}
	}
	return false
}

// stop ends the program and waits for its end.
func (p *program) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM) // nginx then ends its workers
	select {
	case <-p.exited:
	case <-time.After(20 * time.Second):
		p.cmd.Process.Kill()
		<-p.exited
	}
}

// A program that exits at once is started again, with another port.
func TestStartProgram(t *testing.T) {
	python := peers.Python(t, "http.server")
	var ports []int
	port := startProgram(t, func(port int) *exec.Cmd {
		ports = append(ports, port)
		if len(ports) == 1 {
			return peers.Command("sh", "-c", "echo the port is taken; exit 1")
		}
		return peers.Command(python, "-m", "http.server", "--bind", "127.0.0.1", strconv.Itoa(port))
	})
	require.Len(t, ports, 2)
	require.Equal(t, port, ports[1])
	conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	require.NoError(t, err)
	conn.Close()
}

// A program that exits does not listen, even if another one listens on its port.
func TestAProgramThatExitsDoesNotListen(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	p := runProgram(t, peers.Command("sh", "-c", "echo the port is taken; exit 1"))
	<-p.exited
	require.False(t, p.listensOn(other.Addr().(*net.TCPAddr).Port))
	require.Equal(t, "the port is taken\n", p.output.String())
}
