package tcpserver

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// serve runs a server with handle on a loop of its own until the test ends.
func serve(t *testing.T, loops int, handle HandleStream) (s *TCPServer, address string) {
	t.Helper()
	l := looptest.New(t)
	s = New(handle, Options{Loop: l})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, s.Start(loops))
	looptest.Start(t, l)
	t.Cleanup(func() { s.Close() })
	return s, bound.String()
}

func echoLines(s *iostream.IOStream, _ netip.AddrPort) error {
	for {
		line, err := s.ReadUntil([]byte("\n"), 1000).Await()
		if err != nil {
			return err
		}
		s.Send(line)
	}
}

// counting returns a handler that reports each connection and keeps it open.
func counting(accepted chan<- struct{}) HandleStream {
	return func(*iostream.IOStream, netip.AddrPort) error {
		accepted <- struct{}{}
		return nil
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(looptest.Patience))
	return c
}

func ask(t *testing.T, c net.Conn, line string) string {
	t.Helper()
	io.WriteString(c, line)
	b := make([]byte, len(line))
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	return string(b)
}

func TestHandleMayWait(t *testing.T) {
	for _, loops := range []int{1, 3} {
		_, address := serve(t, loops, echoLines)
		for range 20 {
			c := dial(t, address)
			require.Equal(t, "hello\n", ask(t, c, "hello\n"))
			require.Equal(t, "again\n", ask(t, c, "again\n"))
		}
	}
}

func TestPeerAddress(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		got := make(chan netip.AddrPort, 1)
		l := looptest.New(t)
		bound, err := New(func(_ *iostream.IOStream, peer netip.AddrPort) error {
			got <- peer
			return nil
		}, Options{Loop: l}).Listen(0, address)
		require.NoError(t, err)
		looptest.Start(t, l)
		c := dial(t, bound.String())
		require.Equal(t, c.LocalAddr().String(), (<-got).String())
	}
}

// tcp-1: Listen may be called several times. The server accepts on every address as soon as the
// loop runs.
func TestListenMoreThanOnce(t *testing.T) {
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	var addresses []string
	for range 2 {
		bound, err := s.Listen(0, "127.0.0.1")
		require.NoError(t, err)
		addresses = append(addresses, bound.String())
	}
	looptest.Start(t, l)
	for _, address := range addresses {
		require.Equal(t, "hello\n", ask(t, dial(t, address), "hello\n"))
	}
}

func TestListenOnATakenPort(t *testing.T) { // netutil-1
	for name, listen := range map[string]func(*TCPServer, int) error{
		"Listen": func(s *TCPServer, port int) error { _, err := s.Listen(port, "127.0.0.1"); return err },
		"Bind":   func(s *TCPServer, port int) error { _, err := s.Bind(port, "127.0.0.1"); return err },
	} {
		for _, loops := range []int{1, 2} { // of the server that has the port
			_, address := serve(t, loops, echoLines)
			err := listen(New(echoLines, Options{Loop: looptest.New(t)}), int(netip.MustParseAddrPort(address).Port()))
			if !errors.Is(err, unix.EADDRINUSE) {
				t.Errorf("%s, %d loops: %v, want EADDRINUSE", name, loops, err)
			}
		}
	}
}

func TestAddSockets(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	handedDown, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := handedDown.(*net.TCPListener).File()
	require.NoError(t, err)
	handedDown.Close()

	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	require.NoError(t, s.AddSocket(ln))
	require.NoError(t, s.AddFile(file))
	looptest.Start(t, l)
	for _, address := range []net.Addr{ln.Addr(), handedDown.Addr()} {
		require.Equal(t, "hello\n", ask(t, dial(t, address.String()), "hello\n"))
	}
	_, err = ln.Accept()
	require.ErrorIs(t, err, net.ErrClosed, "the server has taken it over")
	require.ErrorIs(t, file.Close(), os.ErrClosed, "and that too")
	s.Stop()
	requireRefused(t, ln.Addr().String())
	requireRefused(t, handedDown.Addr().String())
}

func TestAddSocketsTakesAllOrNone(t *testing.T) {
	good, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	wrapped, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(echoLines, Options{Loop: looptest.New(t)})
	err = s.AddSockets([]net.Listener{good, tls.NewListener(wrapped, &tls.Config{})})
	require.ErrorContains(t, err, "no descriptor")
	requireRefused(t, good.Addr().String())
	requireRefused(t, wrapped.Addr().String())
}

func TestAddFileRefusesWhatDoesNotListen(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	s := New(echoLines, Options{Loop: looptest.New(t)})
	require.Error(t, s.AddFile(os.NewFile(uintptr(fd), "socket")))
	require.Error(t, s.AddFile(null))
	require.Empty(t, s.listeners)
	null.Close()
}

// requireRefused waits until no socket listens on address.
func requireRefused(t *testing.T, address string) {
	t.Helper()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return errors.Is(err, unix.ECONNREFUSED)
	}, looptest.Patience, time.Millisecond)
}

// If the loop refuses one of the sockets, the server uses none of those that were passed in the
// same call.
func TestAddTakesAllOrNone(t *testing.T) {
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	first := bindSockets(t, 0, "127.0.0.1", SocketOptions{})
	last := bindSockets(t, 0, "127.0.0.1", SocketOptions{})
	address, address2 := first[0].Addr().String(), last[0].Addr().String()
	fds, err := takeAll(append(first, last...))
	require.NoError(t, err)
	require.Error(t, s.acceptOn([]int{fds[0], 1 << 20, fds[1]}))
	require.Empty(t, s.listeners)
	require.Zero(t, l.Stats().Handlers)
	requireRefused(t, address)
	requireRefused(t, address2)
}
