package tcpserver

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
	"golang.org/x/sys/unix"
)

const (
	acceptBatch = 128                    // largest number of connections that are accepted in one turn of the loop
	acceptPause = 100 * time.Millisecond // after running out of descriptors
)

// A listener is one listening socket on one loop.
type listener struct {
	server  *TCPServer
	loop    *ioloop.IOLoop
	closing sync.Mutex // held while fd is closed, or copied by another goroutine
	fd      int        // -1 after it is closed
	accept  func(fd int) (int, unix.Sockaddr, error)
	stopped atomic.Bool // accept no more; Close follows
	warned  bool        // an error of accept was logged
	parked  bool        // waits for ResumeAccepting
}

// newListener makes loop accept on fd. It closes fd after an error.
func (s *TCPServer) newListener(loop *ioloop.IOLoop, fd int) (*listener, error) {
	l := &listener{server: s, loop: loop, fd: fd, accept: accept}
	if err := loop.AddHandler(fd, l, ioloop.Read); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return l, nil
}

// HandleEvents implements [ioloop.EventHandler]: it accepts the waiting connections.
func (l *listener) HandleEvents(int, ioloop.Events) {
	for range acceptBatch {
		if l.stopped.Load() {
			return
		}
		if l.server.paused.Load() {
			l.parked = true
			l.loop.UpdateHandler(l.fd, ioloop.None)
			return
		}
		fd, sa, err := l.accept(l.fd)
		if err == nil {
			err = l.serveConnection(fd, sa)
		}
		switch {
		case err == nil, isPeersFault(err):
		case err == unix.EAGAIN:
			l.warned = false
			return
		default:
			l.pause(err)
			return
		}
	}
}

// isPeersFault reports whether err is about one connection only, which has ended. The next call
// of accept may succeed. On Linux, accept also returns network errors of the new connection
// (accept(2)).
func isPeersFault(err error) bool {
	switch err {
	case unix.EINTR, unix.ECONNABORTED, unix.ECONNRESET, unix.EPROTO, unix.EPERM,
		unix.ENETDOWN, unix.ENETUNREACH, unix.EHOSTDOWN, unix.EHOSTUNREACH:
		return true
	}
	return false
}

// pause stops accepting for acceptPause. Without descriptors or memory (EMFILE, ENFILE,
// ENOBUFS, ENOMEM) the socket stays readable, and the loop would be busy. The connections
// wait in the backlog. The error is logged once, until all waiting connections were
// accepted.
func (l *listener) pause(err error) {
	if !l.warned {
		l.warned = true
		log.Gen().Error(fmt.Sprintf("accept: %v; trying again until it succeeds", err))
	}
	l.loop.UpdateHandler(l.fd, ioloop.None)
	l.loop.CallLater(acceptPause, func() {
		if l.fd >= 0 {
			l.loop.UpdateHandler(l.fd, ioloop.Read)
		}
	})
}

// unpark accepts again after ResumeAccepting. If the server was paused again, the next
// event parks the listener again.
func (l *listener) unpark() {
	if l.parked && l.fd >= 0 {
		l.parked = false
		l.loop.UpdateHandler(l.fd, ioloop.Read)
	}
}

// Close closes the socket. It runs on the loop, whose CloseAll also calls it.
func (l *listener) Close() {
	l.loop.RemoveHandler(l.fd)
	l.closeSocket()
}

// closeSocket closes the socket, if it is open. Any goroutine may call it.
func (l *listener) closeSocket() {
	l.closing.Lock()
	defer l.closing.Unlock()
	if l.fd >= 0 {
		unix.Close(l.fd)
		l.fd = -1
	}
}

// duplicate returns a copy of the socket. Any goroutine may call it.
func (l *listener) duplicate() (int, error) {
	l.closing.Lock()
	defer l.closing.Unlock()
	return duplicate(l.fd)
}

// serveConnection opens a connection, or waits for the PROXY header if the peer is a trusted
// proxy. The result is an error of this process, not of the connection; fd is closed then.
func (l *listener) serveConnection(fd int, sa unix.Sockaddr) error {
	open, peer := l.openStream, addrPort(sa)
	if l.server.proxies.trusts(peer) {
		open = l.awaitHeader
	}
	err := open(fd, peer)
	if err != nil {
		unix.Close(fd)
	}
	return err
}

// openStream makes a stream of fd and calls the handler. After an error the caller closes
// fd.
func (l *listener) openStream(fd int, peer netip.AddrPort) error {
	stream, err := iostream.New(l.loop, fd, &l.server.options.Stream)
	if err != nil {
		return err
	}
	fault := "Error in connection callback"
	l.loop.SpawnFunc(func() { l.server.runHandler(stream, peer, &fault) })
	fault = "Exception in callback" // the handler has waited, so the log has the text of Tornado's coroutines
	return nil
}

// runHandler calls the handler. An error or a panic closes this connection only, and is
// logged as fault.
func (s *TCPServer) runHandler(stream *iostream.IOStream, peer netip.AddrPort, fault *string) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		stream.Close()
		if ioloop.Unwinding(r) {
			panic(r)
		}
		log.Error(log.App(), *fault, log.NewPanicError(r))
	}()
	err := s.handle(stream, peer)
	if err == nil {
		return
	}
	stream.Close()
	if closed := (*iostream.StreamClosedError)(nil); !errors.As(err, &closed) {
		log.Error(log.App(), *fault, err)
	}
}
