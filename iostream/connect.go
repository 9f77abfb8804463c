package iostream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// ErrConnected is the error of a second Connect.
var ErrConnected = errors.New("iostream: stream is connected, or connects, already")

// Connect makes a stream and connects it; see [IOStream.Connect] for its arguments and
// errors. nil options are the defaults. Cancelling the future gives up, for nobody else
// has the stream. Tornado: IOStream.connect.
func Connect(l *ioloop.IOLoop, network, address string, o *Options) *ioloop.Future[*IOStream] {
	s := NewUnconnected(l, o)
	f := s.Connect(network, address)
	f.AddDoneCallback(func(*ioloop.Future[*IOStream]) {
		if _, err := f.Result(); err == ioloop.ErrCancelled {
			s.Close()
		}
	})
	return f
}

// NewUnconnected makes a stream for [IOStream.Connect]. What is written and read before
// it is connected waits for that. nil options are the defaults.
func NewUnconnected(l *ioloop.IOLoop, o *Options) *IOStream {
	l.CheckOwner("iostream.NewUnconnected")
	s := newStream(l, o)
	s.layer = &layer{stream: s, opening: &opening{}}
	return s
}

// Connect connects the stream: network is tcp, tcp4, tcp6 or unix, address as for
// net.Dial. The standard library looks names up and tries the addresses, off the
// loop; Options.Dialer tunes that. With Options.TLS the handshake follows, for which the
// host of address is the server's name unless the config has one. The future is
// the stream itself; on failure the stream is closed, and the error is a
// *StreamClosedError around that of the dialer (*net.OpError, *net.DNSError) or of
// TLS. Closing the stream gives up. Tornado: connect.
func (s *IOStream) Connect(network, address string) *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.Connect")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.closed:
		f.SetError(s.closedError())
		return f
	case s.layer == nil || s.layer.opening == nil || s.layer.opening.cancel != nil || s.fd >= 0:
		f.SetError(ErrConnected)
		return f
	}
	ctx, cancel := context.WithCancel(s.loop.Context())
	s.layer.opening.cancel, s.layer.opening.result = cancel, f
	dialer := s.limits.Dialer
	if dialer == nil {
		dialer = &net.Dialer{}
	}
	ioloop.RunOnExecutor(s.loop, ioloop.ExecutorFunc(onGoroutine), func() (dialed, error) {
		fd, err := dial(ctx, dialer, network, address)
		if err != nil {
			return dialed{fd: -1}, err
		}
		return onTheWay(s.loop, fd), nil
	}).AddDoneCallback(func(f *ioloop.Future[dialed]) {
		d, err := f.Result()
		if err == nil {
			d.taken()
		}
		s.connected(d.fd, address, err)
	})
	return f
}

// onGoroutine is an executor without a limit: who waits for a slow server holds no
// thread, and must not take the place of work that does.
func onGoroutine(fn func()) { go fn() }

// dialed is a connection on its way to the loop, which may be closed before it comes.
type dialed struct {
	fd    int
	taken func() bool // it has come
}

// onTheWay has fd closed with l unless it is taken before.
func onTheWay(l *ioloop.IOLoop, fd int) dialed {
	return dialed{fd, context.AfterFunc(l.Context(), func() { unix.Close(fd) })}
}

// connected goes on when dialing has ended.
func (s *IOStream) connected(fd int, address string, err error) {
	switch {
	case s.closed && err == nil:
		unix.Close(fd)
		return
	case err == nil:
		if err = s.attach(fd); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		s.closeWith(err)
		return
	}
	t := s.layer
	t.opening.cancel()
	if s.limits.TLS == nil {
		t.opened()
		return
	}
	t.conn = tls.Client(t, clientConfig(s.limits.TLS, address))
	t.limit()
	t.start()
}

// clientConfig is config with the name of the server.
func clientConfig(config *tls.Config, address string) *tls.Config {
	host, _, err := net.SplitHostPort(address)
	if config.ServerName == "" && err == nil {
		config = config.Clone()
		config.ServerName = host
	}
	return withoutRenegotiation(config)
}

// dial returns the descriptor of a new connection. It runs off the loop.
func dial(ctx context.Context, d *net.Dialer, network, address string) (fd int, err error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "unix":
	default:
		return -1, net.UnknownNetworkError(network)
	}
	conn, err := d.DialContext(ctx, network, address)
	if limit := len(unix.RawSockaddrUnix{}.Path) - 1; network == "unix" && len(address) > limit && errors.Is(err, unix.EINVAL) {
		return -1, fmt.Errorf("iostream: the path has %d bytes, and a unix socket takes at most %d: %w", len(address), limit, err)
	}
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	return dupConn(conn.(syscall.Conn))
}

// dupConn returns a descriptor of conn's that is the caller's. It shares the
// non-blocking mode that package net has set.
func dupConn(conn syscall.Conn) (fd int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("iostream: %w", err)
	}
	ctlErr := raw.Control(func(h uintptr) { fd, err = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(ctlErr, err); err != nil {
		return -1, fmt.Errorf("iostream: %w", err)
	}
	return fd, nil
}
