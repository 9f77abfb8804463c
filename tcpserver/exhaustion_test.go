package tcpserver

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// childVariable is the environment variable that makes this test a server, in a process whose
// descriptors can be counted.
const childVariable = "TORNADO_TEST_EXHAUSTED"

// tcp-5: a server that has no free descriptor goes on serving its connections and does not keep
// the processor busy. It accepts again when descriptors are free.
func TestDescriptorExhaustion(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		serveWithFewDescriptors(t)
		return
	}
	const connections = 100
	address, logged := startChild(t)
	const complaint = "too many open files"
	first := dial(t, address)
	answers := bufio.NewReader(first)
	stats := func() (accepted int, used time.Duration) {
		io.WriteString(first, "stats\n")
		line, err := answers.ReadString('\n')
		require.NoError(t, err)
		_, err = fmt.Sscan(line, &accepted, &used)
		require.NoError(t, err)
		return accepted, used
	}
	var others []io.ReadWriteCloser
	for range connections {
		others = append(others, dial(t, address))
	}
	require.Eventually(t, func() bool { return strings.Contains(logged.String(), complaint) }, looptest.Patience, time.Millisecond)

	accepted, before := stats()
	require.Less(t, accepted, connections)
	require.Greater(t, accepted, connections/2)
	began := time.Now()
	<-time.After(time.Second) // the time that is measured
	still, after := stats()
	require.Equal(t, accepted, still)
	require.Less(t, after-before, time.Since(began)/5, "processor time in the time of exhaustion")

	for _, c := range others[:connections/2] {
		c.Close()
	}
	for _, c := range others[connections/2:] {
		line := make([]byte, len("hello\n"))
		io.WriteString(c, "hello\n")
		_, err := io.ReadFull(c, line)
		require.NoError(t, err)
	}
	require.Equal(t, 1, strings.Count(logged.String(), complaint), "it is logged once")
}

// startChild runs this test as a server, and returns the server's address and its log.
func startChild(t *testing.T) (address string, logged *logBuffer) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(self, "-test.run=^TestDescriptorExhaustion$")
	child.Env = append(os.Environ(), childVariable+"=1")
	logged = &logBuffer{}
	child.Stderr = logged
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		child.Process.Kill()
		child.Wait()
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(address), logged
}

// serveWithFewDescriptors echoes lines. It responds to "stats" with the number of accepted
// connections and the processor time of the process.
func serveWithFewDescriptors(t *testing.T) {
	accepted := 0
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	s := New(func(s *iostream.IOStream, _ netip.AddrPort) error {
		accepted++
		for {
			line, err := s.ReadUntil([]byte("\n"), 0).Await()
			if err != nil {
				return err
			}
			if string(line) == "stats\n" {
				line = fmt.Appendf(nil, "%d %d\n", accepted, processorTime())
			}
			s.Send(line)
		}
	}, Options{Loop: l})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 80, Max: 80}))
	fmt.Println(bound)
	l.Start()
}

func processorTime() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return -1
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
