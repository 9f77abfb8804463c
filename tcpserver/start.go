package tcpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// A loopWorker is one of the loops that Start makes, with its listeners.
type loopWorker struct {
	loop      *ioloop.IOLoop
	listeners []*listener
}

// Start accepts on the bound sockets, with n loops: the server's own loop and n-1 new ones,
// each with its own goroutine and its own sockets (SO_REUSEPORT). 0 means one loop for each
// CPU that Go may use. The caller still starts the server's own loop. A connection stays on
// one loop; the application must guard data that its loops share. A second call is an
// error. After an error nothing has started. Tornado: start, which forks instead.
func (s *TCPServer) Start(n int) error {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return errors.New("tcpserver: Start was called twice: Bind and Listen accept at once after Start")
	}
	groups := byAddress(s.bound)
	var workers []*loopWorker
	for i := 1; i < n; i++ {
		w, err := s.newWorker(groups, i, n)
		if err != nil {
			abandon(workers)
			return err
		}
		workers = append(workers, w)
	}
	var own []int
	for _, group := range groups {
		own = append(own, shareOf(group, 0, n)...)
		for i := 1; i < n; i++ {
			closeAll(shareOf(group, i, n)) // the workers have copies
		}
	}
	s.bound = nil
	if err := s.addListeners(own); err != nil {
		abandon(workers)
		return err
	}
	s.started = true
	for _, w := range workers {
		s.workers = append(s.workers, w.loop)
		s.listeners = append(s.listeners, w.listeners...)
		go w.runLoop()
	}
	return nil
}

// newWorker makes one of n loops, with its sockets of each address. number is the number of the
// loop.
func (s *TCPServer) newWorker(groups [][]int, number, n int) (*loopWorker, error) {
	loop, err := ioloop.New(s.options.Loop.Options())
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	w := &loopWorker{loop: loop}
	for _, group := range groups {
		if err := s.addShare(w, group, number, n); err != nil {
			abandon([]*loopWorker{w})
			return nil, err
		}
	}
	return w, nil
}

// addShare adds the sockets of one address on which w accepts. If no socket is left for w,
// addShare binds another one to the address. A unix socket cannot be bound twice: the loops share
// one socket, and the first loop that accepts gets the connection.
func (s *TCPServer) addShare(w *loopWorker, group []int, number, n int) error {
	mine, listen := shareOf(group, number, n), s.newCopy
	if mine == nil {
		mine = group[:1]
		if boundTo(group[0]).IsValid() {
			listen = s.newSibling
		}
	}
	for _, fd := range mine {
		l, err := listen(w.loop, fd)
		if err != nil {
			return err
		}
		w.listeners = append(w.listeners, l)
	}
	return nil
}

// newSibling accepts on a new socket with the address of fd. fd itself was bound without
// SO_REUSEPORT, so that a port in use by another server was an error. The kernel checks the
// option when the sibling is bound.
func (s *TCPServer) newSibling(loop *ioloop.IOLoop, fd int) (*listener, error) {
	if err := setReusePort(fd); err != nil {
		return nil, fmt.Errorf("tcpserver: SO_REUSEPORT: %w", err)
	}
	socket, err := listen(boundTo(fd), SocketOptions{Backlog: s.options.Sockets.Backlog, ReusePort: true})
	if err != nil {
		return nil, err
	}
	fds, err := takeAll([]net.Listener{socket})
	if err != nil {
		return nil, err
	}
	return s.newListener(loop, fds[0])
}

// abandon closes workers that never ran.
func abandon(workers []*loopWorker) {
	for _, w := range workers {
		closeListeners(w.listeners)
		w.loop.Close()
	}
}

// runLoop runs the loop until it ends.
func (w *loopWorker) runLoop() {
	if err := w.loop.Start(); err != nil {
		log.Error(log.Gen(), "a loop of the server ended", err)
	}
}

// Loops returns the loops that serve connections, with the server's own loop first. Any
// goroutine may call it.
func (s *TCPServer) Loops() []*ioloop.IOLoop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*ioloop.IOLoop{s.options.Loop}, s.workers...)
}

// Stop stops accepting; open connections go on. A second Stop does nothing. Any goroutine
// may call it. Each loop closes its sockets in its next turn, or when it is closed.
// Tornado: stop.
func (s *TCPServer) Stop() {
	s.mu.Lock()
	listeners, bound := s.listeners, s.bound
	s.listeners, s.bound = nil, nil
	s.mu.Unlock()
	closeAll(bound)
	for _, l := range listeners {
		l.stopped.Store(true)
		dropped := context.AfterFunc(l.loop.Context(), l.closeSocket) // closes the socket if the loop is closed before its next turn
		l.loop.AddCallback(func() { dropped(); l.Close() })
	}
}

// PauseAccepting leaves new connections in the backlog until ResumeAccepting. Any goroutine
// may call it.
func (s *TCPServer) PauseAccepting() { s.paused.Store(true) }

// ResumeAccepting accepts again after PauseAccepting. Any goroutine may call it.
func (s *TCPServer) ResumeAccepting() {
	s.paused.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		l.loop.AddCallback(l.unpark)
	}
}

// Close stops accepting, and closes the loops that Start made and their connections. The
// server's own loop and its connections go on. A second Close does nothing. Any goroutine
// may call it. It does not block, and returns nil.
func (s *TCPServer) Close() error {
	s.Stop()
	s.mu.Lock()
	workers := s.workers
	s.workers = nil
	s.mu.Unlock()
	for _, loop := range workers {
		loop.AddCallback(func() { loop.CloseAll() }) // after the closing of its sockets
	}
	return nil
}
