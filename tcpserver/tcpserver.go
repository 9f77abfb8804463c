package tcpserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"golang.org/x/sys/unix"
)

const (
	acceptBatch = 128                    // connections accepted before the loop goes on
	acceptPause = 100 * time.Millisecond // after running out of descriptors
)

// Options tune a server. The zero value is fit for use.
type Options struct {
	Loop   *ioloop.IOLoop   // nil means ioloop.Instance
	Stream iostream.Options // of each connection
}

// A TCPServer accepts connections. Set it up on the goroutine of its loop, or
// before that runs. Tornado: tcpserver.TCPServer.
type TCPServer struct {
	loop    *ioloop.IOLoop
	stream  iostream.Options
	handle  func(stream *iostream.IOStream, peer netip.AddrPort)
	bound   []binding
	started bool

	mu        sync.Mutex
	listeners []*listener
	workers   []*ioloop.IOLoop // the loops that Start made
}

// A binding is what Bind asked for, to be repeated for each loop.
type binding struct {
	address string
	port    int
	fd      int // the first socket, bound at once so that errors show there
}

// A listener is one listening socket on one loop.
type listener struct {
	server *TCPServer
	loop   *ioloop.IOLoop
	fd     int
	warned bool
}

// New makes a server that calls handle for each connection, in a coroutine of the
// loop that the connection lives on; a panic there is logged and ends that
// connection alone. peer is the zero AddrPort on a unix socket.
// Tornado: TCPServer, with handle in place of handle_stream.
func New(handle func(stream *iostream.IOStream, peer netip.AddrPort), o Options) *TCPServer {
	if o.Loop == nil {
		o.Loop = ioloop.Instance()
	}
	return &TCPServer{loop: o.Loop, stream: o.Stream, handle: handle}
}

// Listen binds and starts to accept on the server's one loop. port 0 is any that is
// free; an empty address is all interfaces. Tornado: listen.
func (s *TCPServer) Listen(port int, address string) (netip.AddrPort, error) {
	fd, bound, err := bindSocket(address, port, false)
	if err != nil {
		return bound, err
	}
	return bound, s.add(s.loop, fd)
}

// Bind binds; Start accepts. The socket has SO_REUSEPORT, for Start to bind more: a
// second server of the same user on the port is no error. Tornado: bind.
func (s *TCPServer) Bind(port int, address string) (netip.AddrPort, error) {
	fd, bound, err := bindSocket(address, port, true)
	if err != nil {
		return bound, err
	}
	s.bound = append(s.bound, binding{address, int(bound.Port()), fd})
	return bound, nil
}

// Start accepts on what was bound, on n loops: the server's own and n-1 new ones,
// each on a goroutine and with a socket (SO_REUSEPORT) of its own; 0 is one for
// each CPU. A connection stays on one loop, and the application guards what its
// loops share. Tornado: start, which forks instead.
func (s *TCPServer) Start(n int) error {
	if s.started {
		return errors.New("tcpserver: Start was called before")
	}
	s.started = true
	if n <= 0 {
		n = runtime.NumCPU()
	}
	for _, b := range s.bound {
		if err := s.add(s.loop, b.fd); err != nil {
			return err
		}
	}
	for range n - 1 {
		if err := s.startWorker(); err != nil {
			return err
		}
	}
	return nil
}

func (s *TCPServer) startWorker() error {
	loop, err := ioloop.New(s.loop.Options())
	if err != nil {
		return fmt.Errorf("tcpserver: %w", err)
	}
	for _, b := range s.bound {
		fd, _, err := bindSocket(b.address, b.port, true)
		if err != nil {
			return err
		}
		if err := s.add(loop, fd); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.workers = append(s.workers, loop)
	s.mu.Unlock()
	go loop.Start()
	return nil
}

func (s *TCPServer) add(loop *ioloop.IOLoop, fd int) error {
	l := &listener{server: s, loop: loop, fd: fd}
	if err := loop.AddHandler(fd, l, ioloop.Read); err != nil {
		unix.Close(fd)
		return fmt.Errorf("tcpserver: %w", err)
	}
	s.mu.Lock()
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()
	return nil
}

// Loops returns the loops that connections live on.
func (s *TCPServer) Loops() []*ioloop.IOLoop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*ioloop.IOLoop{s.loop}, s.workers...)
}

// Stop stops accepting; connections go on. Stopping twice does nothing. Any
// goroutine may call it; the sockets are closed in the next turn of their loops.
// Tornado: stop.
func (s *TCPServer) Stop() {
	s.mu.Lock()
	listeners := s.listeners
	s.listeners = nil
	s.mu.Unlock()
	for _, l := range listeners {
		l.loop.AddCallback(l.close)
	}
}

func (l *listener) close() {
	l.loop.RemoveHandler(l.fd)
	unix.Close(l.fd)
	l.fd = -1
}

// HandleEvents is for the loop alone: it accepts what waits.
func (l *listener) HandleEvents(int, ioloop.Events) {
	for range acceptBatch {
		fd, sa, err := accept(l.fd)
		switch {
		case err == nil:
			l.warned = false
			l.serve(fd, sa)
		case err == unix.EAGAIN:
			return
		case err == unix.EINTR || err == unix.ECONNABORTED:
		default:
			l.pause(err)
			return
		}
		if l.fd < 0 {
			return
		}
	}
}

// pause stops accepting for a moment: out of descriptors or memory, the socket
// would stay readable and the loop would spin.
func (l *listener) pause(err error) {
	if !l.warned {
		l.warned = true
		slog.Default().With("logger", "tornado.general").Error(fmt.Sprintf("accept: %v; pausing", err))
	}
	l.loop.UpdateHandler(l.fd, ioloop.None)
	l.loop.CallLater(acceptPause, func() {
		if l.fd >= 0 {
			l.loop.UpdateHandler(l.fd, ioloop.Read)
		}
	})
}

func (l *listener) serve(fd int, sa unix.Sockaddr) {
	stream, err := iostream.New(l.loop, fd, &l.server.stream)
	if err != nil {
		unix.Close(fd)
		slog.Default().With("logger", "tornado.general").Error(fmt.Sprintf("new connection: %v", err))
		return
	}
	stream.SetNodelay(true) // output is gathered already; waiting for more of it would only delay
	l.loop.SpawnFunc(func() {
		defer func() {
			if r := recover(); r != nil {
				stream.Close()
				panic(r) // logged, or ending this coroutine, where it was started
			}
		}()
		l.server.handle(stream, peerOf(sa))
	})
}
