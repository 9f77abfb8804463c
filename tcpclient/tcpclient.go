package tcpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"golang.org/x/sys/unix"
)

// Options configure one connection. The zero value does what Tornado does.
type Options struct {
	Network    string        // "tcp4" or "tcp6" for addresses of one family only; "" or "tcp" means both
	SourceIP   netip.Addr    // local address to connect from; the zero Addr means any
	SourcePort int           // local port; 0 means any; without SourceIP the address is loopback
	Timeout    time.Duration // limits resolving, connecting and TLS together; 0 means none

	// Stream configures the stream. With Stream.TLS the stream uses TLS, and the future is
	// done after the handshake. The server name is host unless the config has one.
	Stream iostream.Options
}

// A TCPClient connects to servers. The zero value is ready for use.
// Tornado: tcpclient.TCPClient.
type TCPClient struct {
	Resolver Resolver // nil means DefaultResolver
}

// Connect returns a future of a stream that is connected to host, a name or numeric address,
// and port. The error wraps one of these: the last error of all addresses, the resolver's
// error (*net.DNSError), a TLS error, or ioloop.ErrTimeout after Options.Timeout; or it says
// which argument is invalid. Cancelling the future cancels the attempt. Call it on the loop.
// Tornado: TCPClient.connect.
func (c *TCPClient) Connect(loop *ioloop.IOLoop, host string, port int, o Options) *ioloop.Future[*iostream.IOStream] {
	loop.CheckOwner("TCPClient.Connect")
	var f *ioloop.Future[*iostream.IOStream]
	var limit *ioloop.Timeout
	expired := false
	if o.Timeout > 0 {
		limit = loop.CallLater(o.Timeout, func() { expired = true; f.Cancel() })
	}
	f = ioloop.Go(loop, func() (*iostream.IOStream, error) {
		stream, err := c.connect(loop, host, port, &o)
		if limit != nil {
			loop.RemoveTimeout(limit)
		}
		if expired && errors.Is(err, ioloop.ErrCancelled) {
			err = ioloop.ErrTimeout
		}
		if err != nil {
			return nil, fmt.Errorf("tcpclient: %s: %w", net.JoinHostPort(host, strconv.Itoa(port)), err)
		}
		return stream, nil
	})
	return f
}

// onGoroutine is an executor without a limit. Waiting for a slow server occupies no thread, so it
// must not take a place in a limited executor.
func onGoroutine(fn func()) { go fn() }

// connect resolves, connects and starts TLS. It runs in a coroutine. If the coroutine is
// cancelled, the work on other goroutines is cancelled too.
func (c *TCPClient) connect(loop *ioloop.IOLoop, host string, port int, o *Options) (*iostream.IOStream, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dialed := ioloop.RunOnExecutor(loop, ioloop.ExecutorFunc(onGoroutine), func() (net.Conn, error) {
		return c.dial(ctx, host, port, o)
	})
	return awaitStream(loop, dialed, host, &o.Stream)
}

// awaitStream waits for the connection and returns it as a stream.
func awaitStream(loop *ioloop.IOLoop, dialed *ioloop.Future[net.Conn], host string, o *iostream.Options) (*iostream.IOStream, error) {
	conn, err := dialed.Await()
	if err != nil {
		dialed.AddDoneCallback(closeLate)
		return nil, err
	}
	defer conn.Close()
	stream, err := streamOf(loop, conn, *o)
	if err != nil {
		return nil, err
	}
	connected := false
	defer func() {
		if !connected { // only this function can close the connection, because the loop may be closing
			stream.Close()
		}
	}()
	if o.TLS != nil {
		_, err = stream.StartTLS(false, clientConfig(o.TLS, host)).Await()
	}
	if err == nil {
		err = ioloop.Moment(loop) // this fails if the coroutine was cancelled after its last wait
	}
	if err != nil {
		return nil, err
	}
	connected = true
	return stream, nil
}

// closeLate closes a connection that was established after the attempt was cancelled.
func closeLate(dialed *ioloop.Future[net.Conn]) {
	if conn, err := dialed.Result(); err == nil {
		conn.Close()
	}
}

// clientConfig returns config with the server name set to host, unless it has one.
func clientConfig(config *tls.Config, host string) *tls.Config {
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName = host
	}
	return config
}

// dial resolves and connects. It may block.
func (c *TCPClient) dial(ctx context.Context, host string, port int, o *Options) (net.Conn, error) {
	network := cmp.Or(o.Network, "tcp")
	switch {
	case network != "tcp" && network != "tcp4" && network != "tcp6":
		return nil, net.UnknownNetworkError(network)
	case port < 1 || port > 1<<16-1:
		return nil, errors.New("the port is not within 1 and 65535")
	}
	if r, ok := c.Resolver.(UnixResolver); ok {
		path, err := r.ResolveUnix(ctx, host, port)
		if err != nil {
			return nil, err
		}
		if path != "" {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	addresses, err := orDefault(c.Resolver).Resolve(ctx, network, host, port)
	if err != nil {
		return nil, err
	}
	return connectFirst(ctx, addresses, func(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
		d := net.Dialer{KeepAlive: -1} // as for accepted streams
		if o.Stream.Dialer != nil {
			d = *o.Stream.Dialer
		}
		if source := o.source(address.Addr()); source != nil {
			d.LocalAddr = source
		}
		return d.DialContext(ctx, "tcp", address.String())
	})
}

// source returns the local address to connect from, or nil for any.
func (o *Options) source(target netip.Addr) net.Addr {
	ip := o.SourceIP
	switch {
	case ip.IsValid():
	case o.SourcePort == 0:
		return nil
	case target.Is4():
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		ip = netip.IPv6Loopback()
	}
	return &net.TCPAddr{IP: ip.AsSlice(), Port: o.SourcePort, Zone: ip.Zone()}
}

// streamOf makes a stream of a duplicate of conn's descriptor: the standard library goes on
// polling the original.
func streamOf(loop *ioloop.IOLoop, conn net.Conn, o iostream.Options) (*iostream.IOStream, error) {
	o.TLS = nil // iostream.New would start TLS as a server
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, err := duplicate(raw)
	if err != nil {
		return nil, err
	}
	stream, err := iostream.New(loop, fd, &o)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return stream, nil
}

func duplicate(raw syscall.RawConn) (fd int, err error) {
	ctlErr := raw.Control(func(its uintptr) { fd, err = unix.FcntlInt(its, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, cmp.Or(ctlErr, err)
}
