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

// A worker is one of the loops that Start makes, with its listeners.
type worker struct {
	loop      *ioloop.IOLoop
	listeners []*listener
}

// Start accepts on what was bound, on n loops: the server's own and n-1 new ones, each
// on a goroutine and with sockets (SO_REUSEPORT) of its own; 0 is one for each CPU
// that Go may use. The server's own loop is still for the caller to start. A connection
// stays on one loop, and the application guards what its loops share. A second call is an
// error; after an error nothing has started. Tornado: start, which forks instead.
func (s *TCPServer) Start(n int) error {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return errors.New("tcpserver: Start was called before")
	}
	groups := byAddress(s.bound)
	var workers []*worker
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
		own = append(own, share(group, 0, n)...)
		for i := 1; i < n; i++ {
			closeAll(share(group, i, n)) // the workers have copies
		}
	}
	s.bound = nil
	if err := s.add(own); err != nil {
		abandon(workers)
		return err
	}
	s.started = true
	for _, w := range workers {
		s.workers = append(s.workers, w.loop)
		s.listeners = append(s.listeners, w.listeners...)
		go w.run()
	}
	return nil
}

// newWorker makes the loop of a number, out of n, with its share of the sockets of each
// address; where there is none left, with a sibling.
func (s *TCPServer) newWorker(groups [][]int, number, n int) (*worker, error) {
	loop, err := ioloop.New(s.options.Loop.Options())
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	w := &worker{loop: loop}
	for _, group := range groups {
		if err := s.equip(w, group, number, n); err != nil {
			abandon([]*worker{w})
			return nil, err
		}
	}
	return w, nil
}

// equip gives w what it is to accept on at one address. Sockets of a file can have no
// siblings: there the loops share one, and who comes first accepts.
func (s *TCPServer) equip(w *worker, group []int, number, n int) error {
	mine, listen := share(group, number, n), s.newCopy
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

// newSibling accepts on another socket that listens where fd does. fd was bound
// without SO_REUSEPORT, so that a port which another server has was an error then;
// the kernel looks at the option when the sibling is bound.
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

// abandon frees workers that never ran.
func abandon(workers []*worker) {
	for _, w := range workers {
		closeListeners(w.listeners)
		w.loop.Close()
	}
}

func (w *worker) run() {
	if err := w.loop.Start(); err != nil {
		log.Error(log.Gen(), "a loop of the server ended", err)
	}
}

// Loops returns the loops that connections live on, the server's own first. Any
// goroutine may call it.
func (s *TCPServer) Loops() []*ioloop.IOLoop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*ioloop.IOLoop{s.options.Loop}, s.workers...)
}

// Stop stops accepting; connections go on. Stopping twice does nothing. Any
// goroutine may call it; the sockets are closed in the next turn of their loops, or when
// these are closed.
// Tornado: stop.
func (s *TCPServer) Stop() {
	s.mu.Lock()
	listeners, bound := s.listeners, s.bound
	s.listeners, s.bound = nil, nil
	s.mu.Unlock()
	closeAll(bound)
	for _, l := range listeners {
		l.stopped.Store(true)
		dropped := context.AfterFunc(l.loop.Context(), l.closeSocket) // a loop that is closed before has no next turn
		l.loop.AddCallback(func() { dropped(); l.Close() })
	}
}

// PauseAccepting leaves connections that come in the backlog, until ResumeAccepting; it
// counts from the next connection on. Any goroutine may call it.
func (s *TCPServer) PauseAccepting() { s.paused.Store(true) }

// ResumeAccepting ends what PauseAccepting began. Any goroutine may call it.
func (s *TCPServer) ResumeAccepting() {
	s.paused.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		l.loop.AddCallback(l.unpark)
	}
}

// Close stops accepting and ends the loops that Start made, with the connections on
// them; the server's own loop goes on, as do its connections. Closing twice does
// nothing. Any goroutine may call it; it does not wait, and its error is nil.
func (s *TCPServer) Close() error {
	s.Stop()
	s.mu.Lock()
	workers := s.workers
	s.workers = nil
	s.mu.Unlock()
	for _, loop := range workers {
		loop.AddCallback(func() { loop.CloseAll() }) // behind the closing of its sockets
	}
	return nil
}
