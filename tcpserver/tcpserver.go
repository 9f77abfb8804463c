package tcpserver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"golang.org/x/sys/unix"
)

// Options configure a server. The zero value is ready for use.
type Options struct {
	Loop    *ioloop.IOLoop   // nil means ioloop.Instance
	Stream  iostream.Options // for each connection; Stream.TLS makes TLS connections
	Sockets SocketOptions    // for Listen and Bind

	ProxyProtocol ProxyProtocol // the proxies that name their clients
}

// A HandleStream serves one connection. It runs in a coroutine of the connection's loop, so
// it may wait. If it returns nil, the stream stays open. An error or a panic closes the
// stream and is logged, except a *iostream.StreamClosedError: peers may disconnect. peer is
// the zero AddrPort on a unix socket. With Options.ProxyProtocol, peer is the client that
// the proxy names, and stream.RemoteAddr is the proxy. Tornado: TCPServer.handle_stream.
type HandleStream func(stream *iostream.IOStream, peer netip.AddrPort) error

// A TCPServer accepts connections. Make it with New. Call its methods on its loop, or
// before the loop runs. Tornado: tcpserver.TCPServer.
type TCPServer struct {
	handle  HandleStream
	options Options
	proxies proxyPolicy
	paused  atomic.Bool  // PauseAccepting was called
	opening atomic.Int64 // connections whose PROXY header has not arrived

	mu        sync.Mutex
	started   bool
	bound     []int            // sockets that wait for Start
	listeners []*listener      // sockets that accept
	workers   []*ioloop.IOLoop // the loops that Start made
}

// New makes a server that calls handle for each connection. On a TLS connection, handle is
// called during the handshake, and reads and writes wait for its end. New panics for a TLS
// config without a certificate, and for an invalid ProxyProtocol. Tornado:
// TCPServer(ssl_options).
func New(handle HandleStream, o Options) *TCPServer {
	if c := o.Stream.TLS; c != nil && len(c.Certificates) == 0 && c.GetCertificate == nil && c.GetConfigForClient == nil {
		panic("tcpserver: Options.Stream.TLS has no certificate: set Certificates (tls.LoadX509KeyPair), GetCertificate or GetConfigForClient")
	}
	if o.Loop == nil {
		o.Loop = ioloop.Instance()
	}
	s := &TCPServer{handle: handle, options: o, proxies: newProxyPolicy(o.ProxyProtocol)}
	succession.AddListener(s, func(s *TCPServer) succession.Listener { return s })
	return s
}

// Opening returns the number of accepted connections that the handler has not received,
// because their PROXY header has not arrived. Any goroutine may call it.
func (s *TCPServer) Opening() int { return int(s.opening.Load()) }

// Listen binds sockets and accepts on the server's own loop. Port 0 means a free port.
// address is a name or an IP address; "" means all interfaces. Listen returns the first
// address; all addresses have its port. If one cannot be bound, it returns an error. It may
// be called several times. Tornado: listen.
func (s *TCPServer) Listen(port int, address string) (netip.AddrPort, error) {
	fds, err := s.bind(port, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	first := boundTo(fds[0])
	return first, s.acceptOn(fds)
}

// Bind is Listen without accepting, which Start does. Until then connections wait in the
// backlog. After Start, Bind is Listen. Tornado: bind.
func (s *TCPServer) Bind(port int, address string) (netip.AddrPort, error) {
	fds, err := s.bind(port, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return s.keepBound(fds)
}

// keepBound keeps fds until Start. After Start it accepts on them at once.
func (s *TCPServer) keepBound(fds []int) (first netip.AddrPort, err error) {
	first = boundTo(fds[0])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return first, s.addListeners(fds)
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

// AddSockets accepts on listening sockets, such as those of BindSockets or of a parent
// process, on the server's own loop. It takes the sockets over and closes them. A listener
// without a descriptor, such as that of crypto/tls, is an error. Tornado: add_sockets.
func (s *TCPServer) AddSockets(sockets []net.Listener) error {
	fds, err := takeAll(sockets)
	if err != nil {
		return err
	}
	return s.acceptOn(fds)
}

// AddSocket is AddSockets for one socket. Tornado: add_socket.
func (s *TCPServer) AddSocket(socket net.Listener) error {
	return s.AddSockets([]net.Listener{socket})
}

// AddFile is AddSocket for the descriptor of a listening socket, such as one that systemd
// has opened: AddFile(os.NewFile(3, "socket")). It takes the file over unless it returns an
// error that the file is not such a socket.
func (s *TCPServer) AddFile(socket *os.File) error {
	listener, err := net.FileListener(socket) // a listener on a copy of the socket, if it is a listening stream socket
	if err != nil {
		return fmt.Errorf("tcpserver: %w", err)
	}
	socket.Close()
	return s.AddSocket(listener)
}

// takeAll takes over all sockets. After an error all of them are closed.
func takeAll(sockets []net.Listener) (fds []int, err error) {
	for _, socket := range sockets {
		fd, takeErr := takeSocket(socket)
		if takeErr == nil {
			fds = append(fds, fd)
			// Accepted connections inherit the option. Streams gather their output, so delaying
			// it in the kernel gains nothing. Unix sockets return an error, which is ignored.
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		}
		err = errors.Join(err, takeErr)
		if u, ok := socket.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // the copy still needs the path
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

// acceptOn makes the server's own loop accept on fds.
func (s *TCPServer) acceptOn(fds []int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addListeners(fds)
}

// addListeners is acceptOn for callers that hold mu.
func (s *TCPServer) addListeners(fds []int) error {
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
	succession.Accepting(s.options.Loop.AddCallback)
	return nil
}

// closeListeners closes listeners that have not accepted yet.
func closeListeners(listeners []*listener) {
	for _, l := range listeners {
		l.Close()
	}
}
