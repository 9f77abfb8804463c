package tcpserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A logBuffer keeps the log of a test.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func captureLog(t *testing.T) *logBuffer {
	t.Helper()
	b := &logBuffer{}
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(b, nil)))
	t.Cleanup(func() { slog.SetDefault(previous) })
	return b
}

// tcp-4: an error of a connection's handler ends that connection only. The log record depends on
// whether the handler had waited.
func TestHandlerFaults(t *testing.T) {
	const before, later = `"Error in connection callback" logger=tornado.application error=`, `"Exception in callback" logger=tornado.application error=`
	for _, tt := range []struct {
		name  string
		waits bool
		fault func() error
		want  string // logged; "" is nothing
	}{
		{"error", false, func() error { return errors.New("boom") }, before},
		{"error after waiting", true, func() error { return errors.New("boom") }, later},
		{"panic", false, func() error { panic("boom") }, before},
		{"panic after waiting", true, func() error { panic("boom") }, later},
		{"closed stream", true, func() error { return &iostream.StreamClosedError{RealError: errors.New("boom")} }, ""},
		{"wrapped closed stream", true, func() error { return fmt.Errorf("boom: %w", &iostream.StreamClosedError{}) }, ""},
	} {
		logged := captureLog(t)
		first := true
		_, address := serve(t, 1, func(s *iostream.IOStream, peer netip.AddrPort) error {
			if !first {
				return echoLines(s, peer)
			}
			first = false
			if tt.waits {
				ioloop.Sleep(s.Loop(), time.Millisecond).Await()
			}
			return tt.fault()
		})
		_, err := dial(t, address).Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, tt.name)
		require.Equal(t, "fine\n", ask(t, dial(t, address), "fine\n"), tt.name)
		got := logged.String()
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) || strings.Count(got, "boom") > 1 {
			t.Errorf("%s: logged %q, want %q", tt.name, got, tt.want)
		}
		if tt.want != "" && !strings.Contains(got, "logger=tornado.application") {
			t.Errorf("%s: logged %q, want it in tornado.application", tt.name, got)
		}
	}
}

// A handler that waits when its loop closes is ended, and nothing is logged.
func TestLoopClosesWhileAHandlerWaits(t *testing.T) {
	logged := captureLog(t)
	waits := make(chan struct{})
	s, address := serve(t, 2, func(s *iostream.IOStream, _ netip.AddrPort) error {
		close(waits)
		_, err := s.ReadBytes(1, false).Await()
		return err
	})
	c := dial(t, address)
	<-waits
	s.Close()
	s.options.Loop.Close()
	_, err := c.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.Empty(t, logged.String())
}

// tcp-5: the loop gets its turn after 128 connections.
func TestAcceptBatch(t *testing.T) { // netutil-4
	const connections = 300
	turns, accepted := map[uint64]int{}, 0
	l := looptest.New(t)
	s := New(func(s *iostream.IOStream, _ netip.AddrPort) error {
		turns[l.Stats().Iterations]++
		if accepted++; accepted == connections {
			l.Stop()
		}
		s.Close()
		return nil
	}, Options{Loop: l, Sockets: SocketOptions{Backlog: 512}})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	for range connections {
		dial(t, bound.String())
	}
	require.NoError(t, l.Start())
	var got []int
	for turn := uint64(0); len(got) < len(turns); turn++ {
		if n := turns[turn]; n > 0 {
			got = append(got, n)
		}
	}
	require.Equal(t, []int{128, 128, 44}, got)
}

// tcp-5: errors of one connection are skipped. Errors of the process make a pause. They are
// logged once until all waiting connections were accepted.
func TestAcceptErrors(t *testing.T) {
	const again = unix.EAGAIN
	for _, tt := range []struct {
		errs           []error // the results of accept, one after another; nil is a connection
		events         int     // times the socket was ready
		accepted, logs int
		paused         bool
	}{
		{[]error{nil, nil, again}, 1, 2, 0, false},
		{[]error{unix.ECONNABORTED, nil, again}, 1, 1, 0, false},
		{[]error{unix.EINTR, unix.EPROTO, unix.EHOSTUNREACH, nil, again}, 1, 1, 0, false},
		{[]error{unix.EMFILE}, 1, 0, 1, true},
		{[]error{nil, unix.ENFILE}, 1, 1, 1, true},
		{[]error{unix.ENOBUFS}, 1, 0, 1, true},
		{[]error{unix.ENOMEM}, 1, 0, 1, true},
		{[]error{unix.EINVAL}, 1, 0, 1, true},
		{[]error{unix.EMFILE, unix.EMFILE, nil, unix.EMFILE}, 3, 1, 1, true},
		{[]error{unix.EMFILE, again, unix.EMFILE}, 3, 0, 2, true},
	} {
		logged := captureLog(t)
		l := looptest.New(t)
		accepted := make(chan struct{}, 10)
		s := New(counting(accepted), Options{Loop: l})
		fds := socketPair(t)
		listener, err := s.newListener(l, fds[0])
		require.NoError(t, err)
		errs := tt.errs
		listener.accept = func(int) (int, unix.Sockaddr, error) {
			err := errs[0]
			errs = errs[1:]
			if err != nil {
				return -1, nil, err
			}
			return socketPair(t)[0], &unix.SockaddrUnix{}, nil
		}
		for range tt.events {
			listener.HandleEvents(fds[0], ioloop.Read)
		}
		if got := strings.Count(logged.String(), "accept:"); got != tt.logs {
			t.Errorf("%v: logged %d times, want %d", tt.errs, got, tt.logs)
		}
		if len(accepted) != tt.accepted || len(errs) != 0 {
			t.Errorf("%v: %d accepted, want %d; not asked for: %v", tt.errs, len(accepted), tt.accepted, errs)
		}
		if paused := l.Stats().Timeouts > 0; paused != tt.paused {
			t.Errorf("%v: paused %v, want %v", tt.errs, paused, tt.paused)
		}
	}
}

// The kernel sends the output of a handler without delay, because the stream has already gathered
// it.
func TestNodelay(t *testing.T) {
	l := looptest.New(t)
	accepted := make(chan struct{}, 1)
	s := New(counting(accepted), Options{Loop: l})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	fd := -1
	s.listeners[0].accept = func(listening int) (_ int, sa unix.Sockaddr, err error) {
		if fd >= 0 {
			return -1, nil, unix.EAGAIN
		}
		fd, sa, err = accept(listening)
		return fd, sa, err
	}
	dial(t, bound.String())
	s.listeners[0].HandleEvents(s.listeners[0].fd, ioloop.Read)
	on, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY)
	require.NoError(t, err)
	require.NotZero(t, on)
}

func socketPair(t *testing.T) []int {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { closeAll(fds[:]) })
	return fds[:]
}

// If a stream cannot be made for a connection, the connection is closed, and the server goes on.
func TestNoStreamForAConnection(t *testing.T) {
	logged := captureLog(t)
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	fds, connection := socketPair(t), socketPair(t)
	require.NoError(t, l.AddHandler(connection[0], ioloop.HandlerFunc(nil), ioloop.Read))
	listener, err := s.newListener(l, fds[0])
	require.NoError(t, err)
	listener.accept = func(int) (int, unix.Sockaddr, error) { return connection[0], nil, nil }
	listener.HandleEvents(fds[0], ioloop.Read)
	require.Contains(t, logged.String(), "added twice")
	require.Equal(t, 1, l.Stats().Timeouts, "it pauses")
	_, err = unix.Write(connection[1], []byte("x"))
	require.ErrorIs(t, err, unix.EPIPE)
}
