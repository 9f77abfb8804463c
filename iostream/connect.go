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

// ErrConnected is the error of Connect on a stream that is connected or connecting.
var ErrConnected = errors.New("iostream: the stream is already connected or connecting: make a new one with NewUnconnected")

// Connect makes a stream and connects it. See [IOStream.Connect] for the arguments and
// errors. nil options are the defaults. Cancelling the future closes the stream. Tornado:
// IOStream.connect.
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

// NewUnconnected makes a stream for [IOStream.Connect]. Reads and writes before Connect
// wait until the stream is connected. nil options are the defaults.
func NewUnconnected(l *ioloop.IOLoop, o *Options) *IOStream {
	l.CheckOwner("iostream.NewUnconnected")
	s := newStream(l, o)
	s.tls = &tlsLayer{stream: s, opening: &openingState{}}
	return s
}

// Connect connects the stream. network is tcp, tcp4, tcp6 or unix; address is as for
// net.Dial. A goroutine resolves names and tries the addresses with Options.Dialer. With
// Options.TLS, the TLS handshake follows. If the config has no ServerName, it is the host
// of address.
//
// The future completes with the stream itself. If connecting fails, the stream is closed,
// and the error is a *StreamClosedError around the error of the dialer (*net.OpError,
// *net.DNSError) or of TLS. Closing the stream cancels the attempt. Tornado: connect.
func (s *IOStream) Connect(network, address string) *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.Connect")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.closed:
		f.SetError(s.closedError())
		return f
	case s.tls == nil || s.tls.opening == nil || s.tls.opening.cancel != nil || s.fd >= 0:
		f.SetError(ErrConnected)
		return f
	}
	ctx, cancel := context.WithCancel(s.loop.Context())
	s.tls.opening.cancel, s.tls.opening.result = cancel, f
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

// onGoroutine is an executor without a limit. Dialing a slow server occupies no thread, so
// it must not take a place in a limited executor.
func onGoroutine(fn func()) { go fn() }

// A dialed is a connected descriptor that the loop has not received yet. Closing the loop
// closes it.
type dialed struct {
	fd    int
	taken func() bool // records that the loop has received the descriptor; the result is false if the loop was closed before
}

// onTheWay returns a dialed that closes fd when l is closed, until taken is called.
func onTheWay(l *ioloop.IOLoop, fd int) dialed {
	return dialed{fd, context.AfterFunc(l.Context(), func() { unix.Close(fd) })}
}

// connected continues Connect when dialing has ended.
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
	t := s.tls
	t.opening.cancel()
	if s.limits.TLS == nil {
		t.finishOpening()
		return
	}
	t.conn = tls.Client(t, clientConfig(s.limits.TLS, address))
	t.startTimeout()
	t.startHandshake()
}

// clientConfig returns config with the server's name, taken from address if the config has
// none.
func clientConfig(config *tls.Config, address string) *tls.Config {
	host, _, err := net.SplitHostPort(address)
	if config.ServerName == "" && err == nil {
		config = config.Clone()
		config.ServerName = host
	}
	return withoutRenegotiation(config)
}

// dial connects and returns the descriptor. It runs off the loop.
func dial(ctx context.Context, d *net.Dialer, network, address string) (fd int, err error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "unix":
	default:
		return -1, net.UnknownNetworkError(network)
	}
	conn, err := d.DialContext(ctx, network, address)
	if limit := len(unix.RawSockaddrUnix{}.Path) - 1; network == "unix" && len(address) > limit && errors.Is(err, unix.EINVAL) {
		return -1, fmt.Errorf("iostream: the socket's path has %d bytes, but at most %d are allowed: shorten the path: %w", len(address), limit, err)
	}
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	return dupConn(conn.(syscall.Conn))
}

// dupConn returns a duplicate of conn's descriptor, which the caller owns. It is
// non-blocking, as package net has set it.
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
