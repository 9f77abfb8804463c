package tcpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// connect runs Connect on a loop. If that succeeds, it calls use with the stream.
func connect(t *testing.T, c TCPClient, host string, port int, o Options, use func(*iostream.IOStream) error) error {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	require.NoError(t, err)
	defer l.Close()
	_, err = ioloop.RunSync(l, looptest.Patience, func() (struct{}, error) {
		stream, err := c.Connect(l, host, port, o).Await()
		if err != nil {
			return struct{}{}, err
		}
		defer stream.Close()
		require.Zero(t, l.Stats().Timeouts-1, "only RunSync's timeout is left")
		if use != nil {
			err = use(stream)
		}
		return struct{}{}, err
	})
	return err
}

// listen starts an echo server that reports each peer.
func listen(t *testing.T, address string) (port int, peers <-chan netip.AddrPort) {
	t.Helper()
	ln, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	accepted := make(chan netip.AddrPort, 10)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- c.RemoteAddr().(*net.TCPAddr).AddrPort()
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return ln.Addr().(*net.TCPAddr).Port, accepted
}

func echo(s *iostream.IOStream) error {
	if _, err := s.Write([]byte("hello\n")).Await(); err != nil {
		return err
	}
	line, err := s.ReadUntil([]byte("\n"), 0).Await()
	if err == nil && string(line) != "hello\n" {
		return errors.New("got " + string(line))
	}
	return err
}

func TestConnect(t *testing.T) {
	v4, _ := listen(t, "127.0.0.1")
	v6, _ := listen(t, "::1")
	for _, tt := range []struct {
		host string
		port int
		o    Options
		want string // part of the error; "" means success
	}{
		{"127.0.0.1", v4, Options{}, ""},
		{"127.0.0.1", v4, Options{Timeout: time.Minute}, ""},
		{"localhost", v4, Options{Network: "tcp4"}, ""},
		{"localhost", v4, Options{}, ""},
		{"::1", v6, Options{Network: "tcp6"}, ""},
		{"127.0.0.1", v4, Options{Network: "tcp6"}, "no address for tcp6"},
		{"127.0.0.1", v4, Options{Network: "udp"}, "unknown network udp"},
		{"127.0.0.1", 0, Options{}, "port"},
		{"127.0.0.1", 1<<16 + v4, Options{}, "port"},
		{"no such host", v4, Options{}, "no such host"},
	} {
		err := connect(t, TCPClient{}, tt.host, tt.port, tt.o, echo)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s:%d %+v: %v, want %q", tt.host, tt.port, tt.o, err, tt.want)
		}
	}
}

// tcp-15: the error of the last address is returned.
func TestConnectRefused(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ln.Close()
	err = connect(t, TCPClient{}, "127.0.0.1", ln.Addr().(*net.TCPAddr).Port, Options{Timeout: time.Minute}, nil)
	require.ErrorIs(t, err, unix.ECONNREFUSED)
	require.ErrorContains(t, err, "tcpclient: "+ln.Addr().String())
}

func TestUnknownHost(t *testing.T) {
	err := connect(t, TCPClient{}, "no such host", 80, Options{}, nil)
	require.ErrorAs(t, err, new(*net.DNSError))
}

// A resolverFunc is a function that implements Resolver.
type resolverFunc func(ctx context.Context) ([]netip.AddrPort, error)

func (f resolverFunc) Resolve(ctx context.Context, _, _ string, _ int) ([]netip.AddrPort, error) {
	return f(ctx)
}

func TestResolverPanics(t *testing.T) {
	c := TCPClient{Resolver: resolverFunc(func(context.Context) ([]netip.AddrPort, error) { panic("boom") })}
	panicked := &log.PanicError{}
	require.ErrorAs(t, connect(t, c, "x", 80, Options{}, nil), &panicked)
	require.Equal(t, "boom", panicked.Value)
}

// tcp-13, tcp-14: a client uses its resolver, and tries the next address after a failure.
func TestClientsResolver(t *testing.T) {
	port, _ := listen(t, "127.0.0.1")
	override := OverrideResolver{Mapping: map[Target]HostPort{{"example.com", 443, ""}: {Host: "127.0.0.1", Port: port}}}
	require.NoError(t, connect(t, TCPClient{Resolver: override}, "example.com", 443, Options{}, echo))

	refusing, err := net.Listen("tcp", "[::1]:0")
	require.NoError(t, err)
	refusing.Close()
	both := resolverFunc(func(context.Context) ([]netip.AddrPort, error) {
		return []netip.AddrPort{
			refusing.Addr().(*net.TCPAddr).AddrPort(),
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)),
		}, nil
	})
	require.NoError(t, connect(t, TCPClient{Resolver: both}, "example.com", 443, Options{}, echo))
}

// tcp-16: the timeout covers resolving and connecting, even with a resolver that ignores its
// context.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, tt := range map[string]struct {
		resolver Resolver
		port     int
	}{
		"name":          {resolverFunc(func(ctx context.Context) ([]netip.AddrPort, error) { <-ctx.Done(); return nil, ctx.Err() }), 80},
		"stubborn name": {resolverFunc(func(context.Context) ([]netip.AddrPort, error) { <-release; return nil, nil }), 80},
		"connection":    {nil, silentPort(t)},
	} {
		err := connect(t, TCPClient{Resolver: tt.resolver}, "127.0.0.1", tt.port, Options{Timeout: 50 * time.Millisecond}, nil)
		if !errors.Is(err, ioloop.ErrTimeout) {
			t.Errorf("%s: %v, want a timeout", name, err)
		}
	}
}

// silentPort returns a port whose backlog is full, so that the kernel drops new connections.
func silentPort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	raw, err := ln.(*net.TCPListener).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), 0) }))
	require.NoError(t, err)
	for {
		c, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second)
		if err != nil {
			return ln.Addr().(*net.TCPAddr).Port
		}
		t.Cleanup(func() { c.Close() })
	}
}

// tcp-15: the timeout cancels the running attempt.
func TestTimeoutEndsTheAttempt(t *testing.T) {
	ended := make(chan error, 1)
	c := TCPClient{Resolver: resolverFunc(func(ctx context.Context) ([]netip.AddrPort, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})}
	require.ErrorIs(t, connect(t, c, "x", 80, Options{Timeout: time.Millisecond}, nil), ioloop.ErrTimeout)
	require.ErrorIs(t, <-ended, context.Canceled)
}

// tcp-15
func TestALateConnectionIsClosed(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	require.NoError(t, err)
	defer l.Close()
	conn := &fakeConn{}
	for _, late := range []func(*ioloop.Future[net.Conn]) bool{
		func(f *ioloop.Future[net.Conn]) bool { return f.SetResult(conn) },
		func(f *ioloop.Future[net.Conn]) bool { return f.SetError(io.EOF) },
	} {
		f := ioloop.NewFuture[net.Conn](l)
		late(f)
		closeLate(f)
	}
	require.True(t, conn.closed)
}

// Cancelling the future cancels the attempt, as the timeout does.
func TestCancel(t *testing.T) {
	ended := make(chan error, 1)
	c := TCPClient{Resolver: resolverFunc(func(ctx context.Context) ([]netip.AddrPort, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})}
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	require.NoError(t, err)
	defer l.Close()
	_, err = ioloop.RunSync(l, looptest.Patience, func() (*iostream.IOStream, error) {
		f := c.Connect(l, "x", 80, Options{})
		f.Cancel()
		return f.Await()
	})
	require.ErrorIs(t, err, ioloop.ErrCancelled)
	require.NotErrorIs(t, err, ioloop.ErrTimeout)
	require.ErrorIs(t, <-ended, context.Canceled)
}

// A connection that is established but not delivered yet is closed if the attempt is cancelled in
// the turn of its arrival, or if the loop closes.
func TestConnectionGivenUp(t *testing.T) {
	cancel := func(_ *ioloop.IOLoop, f *ioloop.Future[*iostream.IOStream]) { f.Cancel() }
	end := func(l *ioloop.IOLoop, _ *ioloop.Future[*iostream.IOStream]) { ioloop.Sleep(l, 0).Await(); l.Close() }
	for _, tt := range []struct {
		name   string
		config *tls.Config
		giveUp func(*ioloop.IOLoop, *ioloop.Future[*iostream.IOStream])
	}{
		{"cancelled", nil, cancel},
		{"cancelled, TLS", &tls.Config{}, cancel},
		{"loop closed", &tls.Config{}, end},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer ln.Close()
			conn, err := net.Dial("tcp", ln.Addr().String())
			require.NoError(t, err)
			peer, err := ln.Accept()
			require.NoError(t, err)
			defer peer.Close()
			l, err := ioloop.New(ioloop.Options{Debug: true})
			require.NoError(t, err)
			defer l.Close()
			_, err = ioloop.RunSync(l, looptest.Patience, func() (*iostream.IOStream, error) {
				dialed := ioloop.NewFuture[net.Conn](l)
				f := ioloop.Go(l, func() (*iostream.IOStream, error) {
					return awaitStream(l, dialed, "x", &iostream.Options{TLS: tt.config})
				})
				dialed.SetResult(conn)
				tt.giveUp(l, f)
				return f.Await()
			})
			require.ErrorIs(t, err, ioloop.ErrCancelled)
			peer.SetDeadline(time.Now().Add(looptest.Patience))
			_, err = io.Copy(io.Discard, peer) // perhaps the start of a handshake
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		})
	}
}

// When the loop closes, resolving and connecting on other goroutines end too.
func TestLoopClosesWhileConnecting(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	c := TCPClient{Resolver: resolverFunc(func(ctx context.Context) ([]netip.AddrPort, error) {
		close(started)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})}
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	require.NoError(t, err)
	l.AddCallback(func() { c.Connect(l, "x", 80, Options{}).Await() })
	go l.Start()
	<-started
	l.Close()
	<-ended
}

// Connect uses the caller's dialer with the source address of the options.
func TestDialer(t *testing.T) {
	port, peers := listen(t, "127.0.0.1")
	dialed := make(chan string, 1)
	dialer := &net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)},
		Control:   func(_, address string, _ syscall.RawConn) error { dialed <- address; return nil },
	}
	for ip, want := range map[netip.Addr]string{
		{}:                               "127.0.0.3",
		netip.MustParseAddr("127.0.0.2"): "127.0.0.2",
	} {
		o := Options{SourceIP: ip, Stream: iostream.Options{Dialer: dialer}}
		require.NoError(t, connect(t, TCPClient{}, "127.0.0.1", port, o, echo))
		require.Equal(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), <-dialed)
		require.Equal(t, want, (<-peers).Addr().String())
	}
}

// tcp-17
func TestSource(t *testing.T) {
	v4, peers4 := listen(t, "127.0.0.1")
	v6, peers6 := listen(t, "::1")
	taken, _ := listen(t, "127.0.0.1")
	free := func(address string) int {
		ln, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		require.NoError(t, err)
		defer ln.Close()
		return ln.Addr().(*net.TCPAddr).Port
	}
	other := netip.AddrFrom4([4]byte{127, 0, 0, 2})
	free4, free6, otherFree := free("127.0.0.1"), free("::1"), free("127.0.0.2")
	for _, tt := range []struct {
		name string
		host string
		o    Options
		want netip.AddrPort // the expected address of the client; a zero port matches any port, and a zero AddrPort means an error
	}{
		{"none", "127.0.0.1", Options{}, netip.MustParseAddrPort("127.0.0.1:0")},
		{"IP", "127.0.0.1", Options{SourceIP: other}, netip.AddrPortFrom(other, 0)},
		{"port", "127.0.0.1", Options{SourcePort: free4}, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(free4))},
		{"port, IPv6", "::1", Options{SourcePort: free6}, netip.AddrPortFrom(netip.IPv6Loopback(), uint16(free6))},
		{"both", "127.0.0.1", Options{SourceIP: other, SourcePort: otherFree}, netip.AddrPortFrom(other, uint16(otherFree))},
		{"IP of another machine", "127.0.0.1", Options{SourceIP: netip.MustParseAddr("8.8.8.8")}, netip.AddrPort{}},
		{"IP of the other family", "127.0.0.1", Options{SourceIP: netip.IPv6Loopback()}, netip.AddrPort{}},
		{"port that is taken", "127.0.0.1", Options{SourcePort: taken}, netip.AddrPort{}},
	} {
		port, peers := v4, peers4
		if tt.host == "::1" {
			port, peers = v6, peers6
		}
		err := connect(t, TCPClient{}, tt.host, port, tt.o, echo)
		if !tt.want.IsValid() {
			if err == nil {
				t.Errorf("%s: no error", tt.name)
			}
			continue
		}
		require.NoError(t, err, tt.name)
		got := <-peers
		if got.Addr() != tt.want.Addr() || tt.want.Port() != 0 && got.Port() != tt.want.Port() {
			t.Errorf("%s: connected from %v, want %v", tt.name, got, tt.want)
		}
	}
}
