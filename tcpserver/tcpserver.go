package tcpserver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"golang.org/x/sys/unix"
)

// Options tune a server. The zero value is fit for use.
type Options struct {
	Loop    *ioloop.IOLoop   // nil means ioloop.Instance
	Stream  iostream.Options // of each connection; with Stream.TLS they are TLS connections
	Sockets SocketOptions    // of Listen and Bind

	ProxyProtocol ProxyProtocol // the proxies that name their clients
}

// HandleStream serves one connection. It runs in a coroutine of the loop that the
// connection lives on, so it may wait; when it returns nil, the stream stays open
// for whom it was given to. An error or a panic closes the stream and is logged,
// unless it is a *iostream.StreamClosedError: that peers go is no fault. peer is the
// zero AddrPort on a unix socket. With Options.ProxyProtocol it is the client that the proxy
// names, and stream.RemoteAddr is the proxy. Tornado: TCPServer.handle_stream.
type HandleStream func(stream *iostream.IOStream, peer netip.AddrPort) error

// A TCPServer accepts connections: make it with New. Set it up on the goroutine of its
// loop, or before that runs. Tornado: tcpserver.TCPServer.
type TCPServer struct {
	handle  HandleStream
	options Options
	proxies proxyPolicy
	paused  atomic.Bool  // accept no more for now
	opening atomic.Int64 // connections whose PROXY header is missing

	mu        sync.Mutex
	started   bool
	bound     []int            // sockets that wait for Start
	listeners []*listener      // those that accept
	workers   []*ioloop.IOLoop // the loops that Start made
}

// New makes a server that calls handle for each connection; the handshake of a TLS
// connection goes on meanwhile, reads and writes wait for it. A TLS config that has
// no certificate panics, and so does a mistake in ProxyProtocol.
// Tornado: TCPServer(ssl_options).
func New(handle HandleStream, o Options) *TCPServer {
	if c := o.Stream.TLS; c != nil && len(c.Certificates) == 0 && c.GetCertificate == nil && c.GetConfigForClient == nil {
		panic("tcpserver: Options.Stream.TLS has no certificate: set Certificates (tls.LoadX509KeyPair), GetCertificate or GetConfigForClient")
	}
	if o.Loop == nil {
		o.Loop = ioloop.Instance()
	}
	return &TCPServer{handle: handle, options: o, proxies: newProxyPolicy(o.ProxyProtocol)}
}

// Opening returns the number of connections that the server has accepted and the handler
// has not seen, because their PROXY header has not arrived. Any goroutine may call it.
func (s *TCPServer) Opening() int { return int(s.opening.Load()) }

// Listen binds and starts to accept on the server's own loop. port 0 is any that is
// free; address is a name or an address in numbers, "" is all interfaces. It returns
// the first address that it listens on; all have its port. The error says why one
// cannot be had. It may be called again, for more. Tornado: listen.
func (s *TCPServer) Listen(port int, address string) (netip.AddrPort, error) {
	fds, err := s.bind(port, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	first := boundTo(fds[0])
	return first, s.accept(fds)
}

// Bind is Listen without accepting: Start does. Connections wait in the backlog
// meanwhile. After Start, it is Listen. Tornado: bind.
func (s *TCPServer) Bind(port int, address string) (netip.AddrPort, error) {
	fds, err := s.bind(port, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return s.keep(fds)
}

// keep holds fds ready for Start, or accepts on them if that has been called.
func (s *TCPServer) keep(fds []int) (first netip.AddrPort, err error) {
	first = boundTo(fds[0])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return first, s.add(fds)
	}
	s.bound = append(s.bound, fds...)
	return first, nil
}

func (s *TCPServer) bind(port int, address string) ([]int, error) {
	sockets, err := BindSockets(port, address, s.options.Sockets)
	if err != nil {
		return nil, err
	}
	return takeAll(sockets)
}

// AddSockets accepts on sockets that listen already, such as BindSockets' or those a
// parent process handed down, on the server's own loop. It takes them over: they are
// closed here, and by Stop. A listener with no descriptor is an error (that of
// crypto/tls is one). Tornado: add_sockets.
func (s *TCPServer) AddSockets(sockets []net.Listener) error {
	fds, err := takeAll(sockets)
	if err != nil {
		return err
	}
	return s.accept(fds)
}

// AddSocket accepts on a socket that listens already, as AddSockets does for several:
// it takes it over. Tornado: add_socket.
func (s *TCPServer) AddSocket(socket net.Listener) error {
	return s.AddSockets([]net.Listener{socket})
}

// AddFile is AddSocket for a descriptor of a socket that listens, such as one that
// systemd has opened: AddFile(os.NewFile(3, "socket")). It takes it over, if it is one;
// anything else is an error.
func (s *TCPServer) AddFile(socket *os.File) error {
	listener, err := net.FileListener(socket) // a copy, if it is a socket of streams
	if err != nil {
		return fmt.Errorf("tcpserver: %w", err)
	}
	socket.Close()
	return s.AddSocket(listener)
}

// takeAll takes over all sockets or, closing them, none.
func takeAll(sockets []net.Listener) (fds []int, err error) {
	for _, socket := range sockets {
		fd, takeErr := take(socket)
		if takeErr == nil {
			fds = append(fds, fd)
			// Connections inherit it: output is gathered already, and waiting for more of it
			// would only delay. Unix sockets fail, and need it not.
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		}
		err = errors.Join(err, takeErr)
		if u, ok := socket.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // the socket lives on, under its name
		}
		socket.Close()
	}
	if err != nil {
		closeAll(fds)
		return nil, err
	}
	return fds, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// accept has the server's own loop accept on fds.
func (s *TCPServer) accept(fds []int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(fds)
}

// add is accept for who holds mu.
func (s *TCPServer) add(fds []int) error {
	var added []*listener
	for i, fd := range fds {
		l, err := s.newListener(s.options.Loop, fd)
		if err != nil {
			closeAll(fds[i+1:])
			closeListeners(added)
			return err
		}
		added = append(added, l)
	}
	s.listeners = append(s.listeners, added...)
	return nil
}

// closeListeners closes those that have not accepted yet.
func closeListeners(listeners []*listener) {
	for _, l := range listeners {
		l.Close()
	}
}
