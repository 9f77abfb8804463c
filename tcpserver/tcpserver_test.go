package tcpserver

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// serve runs a server with handle on a loop of its own until the test ends.
func serve(t *testing.T, loops int, handle func(*iostream.IOStream, netip.AddrPort)) (s *TCPServer, address string) {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{Debug: true})
	require.NoError(t, err)
	s = New(handle, Options{Loop: l})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, s.Start(loops))
	stopped := make(chan struct{})
	go func() { l.Start(); close(stopped) }()
	t.Cleanup(func() {
		for _, loop := range s.Loops() {
			loop.Close()
		}
		<-stopped
	})
	return s, bound.String()
}

func echoLines(s *iostream.IOStream, _ netip.AddrPort) {
	for {
		line, err := s.ReadUntil([]byte("\n"), 1000).Await()
		if err != nil {
			return
		}
		s.Send(line)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
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
	got := make(chan netip.AddrPort, 1)
	_, address := serve(t, 1, func(_ *iostream.IOStream, peer netip.AddrPort) { got <- peer })
	c := dial(t, address)
	require.Equal(t, c.LocalAddr().String(), (<-got).String())
}

// tcp-4: what goes wrong in one connection stays there.
func TestPanicClosesTheConnectionAlone(t *testing.T) {
	_, address := serve(t, 1, func(s *iostream.IOStream, peer netip.AddrPort) {
		if line, _ := s.ReadUntil([]byte("\n"), 0).Await(); string(line) == "boom\n" {
			panic("boom")
		}
		s.Send([]byte("fine\n"))
	})
	bad, good := dial(t, address), dial(t, address)
	io.WriteString(bad, "boom\n")
	_, err := bad.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "fine\n", ask(t, good, "line\n"))
}

// tcp-2, tcp-3: after Stop nothing is accepted, and what was accepted goes on.
func TestStop(t *testing.T) {
	s, address := serve(t, 2, echoLines)
	c := dial(t, address)
	require.Equal(t, "one\n", ask(t, c, "one\n"))
	s.Stop()
	s.Stop()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond)
	require.Equal(t, "two\n", ask(t, c, "two\n"))
}

// tcp-1: only one Start.
func TestStartTwice(t *testing.T) {
	s, _ := serve(t, 1, echoLines)
	require.ErrorContains(t, s.Start(1), "before")
}

func TestListenOnATakenPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	defer l.Close()
	_, err = New(echoLines, Options{Loop: l}).Listen(ln.Addr().(*net.TCPAddr).Port, "127.0.0.1")
	require.ErrorContains(t, err, "address already in use")
}
