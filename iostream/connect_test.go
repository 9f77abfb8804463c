package iostream

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// listen returns a listener that calls serve for each connection.
func listen(t *testing.T, network string, config *tls.Config, serve func(net.Conn)) (address string) {
	t.Helper()
	address = "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "socket")
	}
	ln, err := net.Listen(network, address)
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return ln.Addr().String()
}

func echoBack(c net.Conn) { io.Copy(c, c) }

// iostream-22: reads and writes before the stream is connected wait until it is.
func TestConnect(t *testing.T) {
	for _, tt := range []struct {
		network string
		tls     bool
	}{{"tcp", false}, {"tcp4", false}, {"unix", false}, {"tcp", true}, {"unix", true}} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			o := &Options{}
			var server *tls.Config
			if tt.tls {
				o.TLS, server = certificates().client, certificates().server
			}
			network := tt.network
			if network == "tcp4" {
				network = "tcp"
			}
			address := listen(t, network, server, echoBack)
			s := NewUnconnected(l, o)
			sent := s.Write([]byte("early "))
			read := s.ReadBytes(10, false)
			f := s.Connect(tt.network, address)
			s.Send([]byte("bird"))
			require.Nil(t, s.ConnectionState())
			got, err := f.Await()
			require.NoError(t, err)
			require.Same(t, s, got)
			require.Equal(t, "early bird", await(t, read))
			require.True(t, sent.Done())
			require.Equal(t, tt.tls, s.ConnectionState() != nil)
			require.Equal(t, address, s.RemoteAddr().String())
			_, err = s.Connect(tt.network, address).Await()
			require.ErrorIs(t, err, ErrConnected)
			s.CloseWrite()
			require.Equal(t, "", await(t, s.ReadUntilClose()))
		})
	}
}

// iostream-31, iostream-32: whenever Connect fails, the future has the reason, and nothing is
// logged.
func TestConnectFails(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refused := ln.Addr().String()
	ln.Close()
	for _, tt := range []struct {
		network, address string
		want             any
	}{
		{"tcp", refused, unix.ECONNREFUSED},
		{"unix", "/nonexistent/socket", os.ErrNotExist},
		{"tcp", "name.invalid:80", new(*net.DNSError)},
		{"tcp", "no port", new(*net.AddrError)},
		{"udp", refused, net.UnknownNetworkError("udp")},
	} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			log := captureLog(t)
			s := NewUnconnected(l, nil)
			closed := false
			s.SetCloseCallback(func() { closed = true })
			read, sent := s.ReadBytes(1, false), s.Write([]byte("x"))
			_, err := s.Connect(tt.network, tt.address).Await()
			var e *StreamClosedError
			require.ErrorAs(t, err, &e)
			require.Equal(t, e.RealError, s.Err())
			if want, ok := tt.want.(error); ok {
				require.ErrorIs(t, err, want)
			} else {
				require.ErrorAs(t, err, tt.want)
			}
			_, err = read.Await()
			require.ErrorIs(t, err, s.Err())
			_, err = sent.Await()
			require.ErrorIs(t, err, s.Err())
			pause(s)
			require.True(t, closed)
			require.Empty(t, log())
		})
	}
}

// Closing the stream cancels the dialer and fails the future.
func TestCloseWhileConnecting(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		given := make(chan error, 100)
		dialer := &net.Dialer{Resolver: &net.Resolver{PreferGo: true,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				given <- ctx.Err()
				return nil, ctx.Err()
			}}}
		s := NewUnconnected(l, &Options{Dialer: dialer})
		f := s.Connect("tcp", "example.test.:80")
		pause(s)
		s.Close()
		_, err := f.Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		_, err = off(s, func() (int, error) { return 0, <-given })
		require.ErrorIs(t, err, context.Canceled)
	})
}

// A connection that is made after the stream was closed is closed too.
func TestCloseBeforeConnected(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		ended := make(chan error, 1)
		address := listen(t, "tcp", nil, func(c net.Conn) {
			c.SetDeadline(time.Now().Add(looptest.Patience))
			_, err := c.Read(make([]byte, 1))
			ended <- err
		})
		s := NewUnconnected(l, nil)
		fd, err := dial(context.Background(), &net.Dialer{}, "tcp", address)
		require.NoError(t, err)
		s.Close()
		s.connected(fd, address, nil)
		_, err = off(s, func() (int, error) { return 0, <-ended })
		require.ErrorIs(t, err, io.EOF)
	})
}

// The function Connect and the method give the same results.
func TestConnectToAUnixPathThatIsTooLong(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		_, err := NewUnconnected(l, nil).Connect("unix", "/"+strings.Repeat("x", 200)).Await()
		require.ErrorContains(t, err, "the socket's path has 201 bytes, but at most")
		require.ErrorIs(t, err, unix.EINVAL)
	})
}

func TestConnectFunction(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		address := listen(t, "tcp", nil, echoBack)
		s, err := Connect(l, "tcp", address, nil).Await()
		require.NoError(t, err)
		defer s.Close()
		s.Send([]byte("hello"))
		require.Equal(t, "hello", await(t, s.ReadBytes(5, false)))
		_, err = Connect(l, "tcp", "127.0.0.1:1", nil).Await()
		require.ErrorIs(t, err, unix.ECONNREFUSED)
	})
}

// Cancelling the future of the function Connect closes the stream.
func TestCancelConnect(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		accepted, ended := make(chan int, 1), make(chan error, 1)
		address := listen(t, "tcp", nil, func(c net.Conn) {
			accepted <- 0
			c.SetDeadline(time.Now().Add(looptest.Patience))
			_, err := io.Copy(io.Discard, c) // without a handshake
			ended <- err
		})
		f := Connect(l, "tcp", address, &Options{TLS: certificates().client})
		wait := func() (int, error) { return <-accepted, nil }
		_, err := ioloop.RunInExecutor(l, wait).Await()
		require.NoError(t, err)
		f.Cancel()
		_, err = f.Await()
		require.ErrorIs(t, err, ioloop.ErrCancelled)
		_, err = ioloop.RunInExecutor(l, func() (int, error) { return 0, <-ended }).Await()
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// A connection that is made after its loop was closed is closed too.
func TestLoopClosesBeforeConnected(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{Debug: true})
	require.NoError(t, err)
	fd, peer := connect(t, "tcp")
	defer peer.Close()
	onTheWay(l, fd)
	taken, other := connect(t, "tcp")
	defer other.Close()
	require.True(t, onTheWay(l, taken).taken())
	require.NoError(t, l.Close())
	peer.SetDeadline(time.Now().Add(looptest.Patience))
	_, err = peer.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, unix.Close(taken), "it is the stream's")
}

// Any number of pending Connects leaves room in the executor.
func TestConnectUsesNoExecutorPlace(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{Debug: true, Executor: ioloop.NewExecutor(1)})
	require.NoError(t, err)
	defer l.Close()
	silent := &net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	_, err = ioloop.RunSync(l, looptest.Patience, func() (int, error) {
		Connect(l, "tcp", "example.test.:80", &Options{Dialer: silent})
		return ioloop.RunInExecutor(l, func() (int, error) { return 0, nil }).Await()
	})
	require.NoError(t, err)
}
