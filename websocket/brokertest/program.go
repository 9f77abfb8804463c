package brokertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/websocket"
)

// A ProgramServer is a TestedServer that is a program of its own. It ends with the test.
type ProgramServer struct {
	t         testing.TB
	port      int
	command   func(port int) *exec.Cmd
	newBroker func(port int) websocket.Broker
	process   *exec.Cmd
}

// StartProgram starts the program of command on a free port of 127.0.0.1, and waits until it
// accepts connections. newBroker returns a broker for the server on a port.
func StartProgram(t testing.TB, command func(port int) *exec.Cmd, newBroker func(port int) websocket.Broker) *ProgramServer {
	t.Helper()
	s := &ProgramServer{t: t, port: freePort(t), command: command, newBroker: newBroker}
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

// freePort returns a port below those that the system gives to connections, so that no other
// connection takes it while the server is stopped.
func freePort(t testing.TB) int {
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		l, err := net.Listen("tcp", address(port))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("brokertest: no port is free")
	return 0
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// NewBroker implements TestedServer.
func (s *ProgramServer) NewBroker() websocket.Broker { return s.newBroker(s.port) }

// Start implements TestedServer.
func (s *ProgramServer) Start() {
	s.t.Helper()
	s.process = s.command(s.port)
	require.NoError(s.t, s.process.Start())
	require.Eventually(s.t, func() bool {
		conn, err := net.Dial("tcp", address(s.port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, patience, 5*time.Millisecond, "the server does not accept connections")
}

// Stop implements TestedServer. It kills the program.
func (s *ProgramServer) Stop() {
	if s.process != nil {
		s.process.Process.Kill()
		s.process.Wait()
		s.process = nil
	}
}

// Pause implements TestedServer.
func (s *ProgramServer) Pause() { require.NoError(s.t, s.process.Process.Signal(syscall.SIGSTOP)) }

// Resume implements TestedServer.
func (s *ProgramServer) Resume() { require.NoError(s.t, s.process.Process.Signal(syscall.SIGCONT)) }
