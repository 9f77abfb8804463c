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
	acceptBatch = 128                    // connections accepted before the loop goes on
	acceptPause = 100 * time.Millisecond // after running out of descriptors
)

// A listener is one listening socket on one loop.
type listener struct {
	server  *TCPServer
	loop    *ioloop.IOLoop
	closing sync.Mutex // while fd is closed, or copied off the loop
	fd      int        // -1 when it is closed
	accept  func(fd int) (int, unix.Sockaddr, error)
	stopped atomic.Bool // accept no more; close comes
	warned  bool        // of what keeps it from accepting
	parked  bool        // it waits for ResumeAccepting
}

// newListener has loop accept on fd, which it closes if that fails.
func (s *TCPServer) newListener(loop *ioloop.IOLoop, fd int) (*listener, error) {
	l := &listener{server: s, loop: loop, fd: fd, accept: accept}
	if err := loop.AddHandler(fd, l, ioloop.Read); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return l, nil
}

// HandleEvents is for the loop alone: it accepts what waits.
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
			err = l.serve(fd, sa)
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

// isPeersFault says whether err is about one connection, which has gone: the next may
// be well. Linux tells errors of the new connection's network in accept (accept(2)).
func isPeersFault(err error) bool {
	switch err {
	case unix.EINTR, unix.ECONNABORTED, unix.ECONNRESET, unix.EPROTO, unix.EPERM,
		unix.ENETDOWN, unix.ENETUNREACH, unix.EHOSTDOWN, unix.EHOSTUNREACH:
		return true
	}
	return false
}

// pause stops accepting for a moment: out of descriptors or memory (EMFILE, ENFILE,
// ENOBUFS, ENOMEM), the socket would stay readable and the loop would spin. The
// connections wait in the backlog meanwhile. It is logged once until all that
// waited were accepted.
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

// unpark accepts again after ResumeAccepting. If the server was paused again, the
// next event says so.
func (l *listener) unpark() {
	if l.parked && l.fd >= 0 {
		l.parked = false
		l.loop.UpdateHandler(l.fd, ioloop.Read)
	}
}

// Close is for the loop alone, whose CloseAll calls it.
func (l *listener) Close() {
	l.loop.RemoveHandler(l.fd)
	l.closeSocket()
}

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

// serve hands a connection over, or waits for the PROXY header of a trusted proxy's. An
// error is not the connection's fault; serve has closed fd then.
func (l *listener) serve(fd int, sa unix.Sockaddr) error {
	open, peer := l.open, addrPort(sa)
	if l.server.proxies.trusts(peer) {
		open = l.awaitHeader
	}
	err := open(fd, peer)
	if err != nil {
		unix.Close(fd)
	}
	return err
}

// open makes a stream of fd and calls the handler. After an error the caller closes fd.
func (l *listener) open(fd int, peer netip.AddrPort) error {
	stream, err := iostream.New(l.loop, fd, &l.server.options.Stream)
	if err != nil {
		return err
	}
	fault := "Error in connection callback"
	l.loop.SpawnFunc(func() { l.server.run(stream, peer, &fault) })
	fault = "Exception in callback" // of a handler that has waited: Tornado's coroutine
	return nil
}

// run calls the handler. What goes wrong there ends this connection alone.
func (s *TCPServer) run(stream *iostream.IOStream, peer netip.AddrPort, fault *string) {
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
