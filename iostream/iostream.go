package iostream

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"golang.org/x/sys/unix"
)

// Options tune a stream. The zero value does what Tornado does. They may be shared
// by many streams and must not change while one uses them.
type Options struct {
	MaxBufferSize      int // bytes that may wait to be read, more close the stream; 0 means 100 MiB
	MaxWriteBufferSize int // bytes that may wait to be sent, more make Write fail; 0 means no limit
	ReadChunkSize      int // bytes read at once; 0 means 64 KiB, which is the most; at most half of MaxBufferSize

	// TLS makes a TLS stream: New a server's, Connect a client's. Its callbacks run in
	// a loop coroutine and may wait. It is used as it is, so that streams share its
	// session tickets and its ClientSessionCache; renegotiation is never done.
	TLS              *tls.Config
	HandshakeTimeout time.Duration // from the connection on; 0 means 30s, below 0 none

	Dialer *net.Dialer // what Connect dials with; nil means the zero Dialer

	// HalfOpen keeps the stream open when the peer ends its side: reads fail, and writes
	// go on until CloseWrite or Close. It is for Read... methods; a Consumer implements
	// InputEnder.
	HalfOpen bool
}

func (o *Options) maxBufferSize() int { return cmp.Or(o.MaxBufferSize, 100<<20) }

func (o *Options) readChunkSize() int {
	if o.ReadChunkSize == 0 && o.MaxBufferSize == 0 {
		return scratchSize
	}
	return max(1, min(cmp.Or(o.ReadChunkSize, scratchSize), scratchSize, o.maxBufferSize()/2))
}

// An ending says how far a stream has come in closing its sending side.
type ending uint8

const (
	sends             ending = iota // it is open
	shutsWhenFlushed                // CloseWrite was called, and bytes are unsent
	shut                            // the peer has been told that no more comes
	closesWhenFlushed               // the whole stream closes when nothing is unsent
	closesWhenShut                  // the same, after CloseWrite
)

// An IOStream reads and writes one non-blocking socket, pipe end or TLS connection.
// It is read either by Read... methods or by a [Consumer].
// Tornado: iostream.IOStream, SSLIOStream, PipeIOStream.
type IOStream struct {
	loop     *ioloop.IOLoop
	shared   *buffers
	consumer Consumer
	in       *readBuffer  // nil when nothing is held
	out      *writeBuffer // nil when nothing is unsent
	pending  *pendingRead
	onClose  func()
	err      error
	limits   *Options
	layer    *layer // nil on a plain stream that is connected
	fd       int32  // -1 while connecting and when closed

	watching     ioloop.Events // what the poller watches for
	unwatched    bool          // the poller does not know the descriptor
	paused       bool          // the consumer wants no data now
	offering     bool          // what is held will be offered in the next turn
	flushPlanned bool
	eof          bool // the peer has closed its side
	ending       ending
	closed       bool
}

// New makes a stream of fd, a connected non-blocking socket, and watches it; with
// Options.TLS it is the server's end of a TLS connection. nil options are the defaults.
// The stream closes fd; after an error it is still the caller's.
// Tornado: IOStream(socket).
func New(l *ioloop.IOLoop, fd int, o *Options) (*IOStream, error) {
	s := newStream(l, o)
	if s.limits.TLS != nil {
		s.startLayer(tls.Server, s.limits.TLS)
	}
	if err := s.attach(fd); err != nil {
		return nil, err
	}
	if s.layer != nil {
		s.layer.limit()
	}
	return s, nil
}

func newStream(l *ioloop.IOLoop, o *Options) *IOStream {
	if o == nil {
		o = &Options{}
	}
	return &IOStream{loop: l, shared: buffersOf(l), limits: o, fd: -1, watching: ioloop.Read, unwatched: true}
}

// attach gives the stream its descriptor and watches it.
func (s *IOStream) attach(fd int) error {
	if err := s.loop.AddHandler(fd, (*streamEvents)(s), s.watching); err != nil {
		return err
	}
	s.fd, s.unwatched = int32(fd), false
	return nil
}

// Loop returns the loop that drives the stream.
func (s *IOStream) Loop() *ioloop.IOLoop { return s.loop }

// Fileno returns the descriptor, which stays the stream's; -1 while it connects and
// when it is closed. Tornado: fileno.
func (s *IOStream) Fileno() int { return int(s.fd) }

// Closed reports whether the stream is closed. Tornado: closed.
func (s *IOStream) Closed() bool { return s.closed }

// Err returns why the stream was closed, such as a *net.OpError or a syscall.Errno; nil
// if it is open or ended in order. Tornado: the attribute error.
func (s *IOStream) Err() error { return s.err }

// Reading reports whether a read waits. Tornado: reading.
func (s *IOStream) Reading() bool { return s.pending != nil }

// Writing reports whether bytes are unsent. Tornado: writing.
func (s *IOStream) Writing() bool { return s.out != nil }

// SetCloseCallback has fn called once in a loop coroutine when the stream closes,
// after reads and writes that waited have failed. One set later runs only if Close
// is called again. nil removes it. Tornado: set_close_callback.
func (s *IOStream) SetCloseCallback(fn func()) {
	s.loop.CheckOwner("IOStream.SetCloseCallback")
	s.onClose = fn
}

// streamEvents is the stream as the loop's event handler. The conversion of the pointer
// keeps the loop's methods out of IOStream's, without an allocation.
type streamEvents IOStream

// HandleEvents implements [ioloop.EventHandler].
func (e *streamEvents) HandleEvents(_ int, events ioloop.Events) { (*IOStream)(e).handleEvents(events) }

// Close closes the stream. IOLoop.CloseAll calls it.
func (e *streamEvents) Close() { (*IOStream)(e).Close() }

// handleEvents reads and writes as the events allow.
func (s *IOStream) handleEvents(events ioloop.Events) {
	defer s.closeOnPanic()
	if s.layer.isOpening() {
		s.layer.handleEvents(events)
		return
	}
	if events&ioloop.Write != 0 {
		s.flushOutput()
	}
	switch {
	case s.closed:
	case events&ioloop.Read != 0:
		s.handleRead()
	case events&ioloop.Error != 0:
		s.handleHangup()
	}
}

// handleHangup is for an error or a hang-up that came without bytes to read, or
// while nobody wants them. It would be reported again and again, watched for or not.
func (s *IOStream) handleHangup() {
	switch {
	case s.eof && s.in == nil:
		s.closeWith(socketError(int(s.fd)))
	case s.wantsInput() && !s.eof:
		s.handleRead() // finds out what it was
	case s.out != nil || s.layer.unsent():
		s.flushOutput() // does so too, as soon as there is room
	case s.wantsOutputOnly():
		s.closeWith(socketError(int(s.fd)))
	default:
		s.unwatch() // until somebody wants what came before it
	}
}

// closeOnPanic ends the connection, and no other, in which a consumer panicked.
func (s *IOStream) closeOnPanic() {
	if r := recover(); r != nil {
		if ioloop.Unwinding(r) {
			panic(r)
		}
		err := log.NewPanicError(r)
		log.Error(log.Gen(), "Uncaught exception, closing connection", err)
		s.closeWith(fmt.Errorf("iostream: %w", err))
	}
}

func (s *IOStream) watch(events ioloop.Events) {
	if s.closed || events == s.watching && !s.unwatched {
		return
	}
	s.watching = events
	var err error
	switch {
	case s.fd < 0: // connecting: attach takes it from here
	case s.unwatched:
		err = s.attach(int(s.fd))
	default:
		err = s.loop.UpdateHandler(int(s.fd), events)
	}
	if err != nil {
		s.closeWith(err)
	}
}

// unwatch hears no more of the descriptor, not even errors, until the next watch.
func (s *IOStream) unwatch() {
	s.loop.RemoveHandler(int(s.fd))
	s.watching, s.unwatched = ioloop.None, true
}

// Close closes the stream. What was written goes out first as far as the kernel
// takes it at once; reads and writes that wait fail with *StreamClosedError, then
// the close callback is scheduled. Closing twice does nothing. Tornado: close.
func (s *IOStream) Close() {
	s.loop.CheckOwner("IOStream.Close")
	s.closeWith(nil)
}

// CloseWithError closes the stream for a fault, which Err and the failing reads and
// writes then tell. Unsent output is dropped. Tornado: close(exc_info).
func (s *IOStream) CloseWithError(err error) {
	s.loop.CheckOwner("IOStream.CloseWithError")
	s.closeWith(err)
}

// CloseWhenFlushed closes the stream when all that was written has been sent; it does
// not wait for that. A peer that takes nothing keeps it open.
func (s *IOStream) CloseWhenFlushed() {
	s.loop.CheckOwner("IOStream.CloseWhenFlushed")
	if s.takesOutput() {
		s.ending = closesWhenFlushed
	} else {
		s.ending = closesWhenShut
	}
	if s.out == nil {
		s.closeWith(nil)
	}
}

// CloseWrite tells the peer, when all that was written has been sent, that no more
// comes; reading goes on. Writes from now on fail. On a TLS stream that is a
// close_notify alert (RFC 8446, section 6.1), else a shutdown of the sending side.
func (s *IOStream) CloseWrite() {
	s.loop.CheckOwner("IOStream.CloseWrite")
	switch {
	case s.ending == closesWhenFlushed:
		s.ending = closesWhenShut
		return
	case s.closed || s.ending != sends:
		return
	}
	s.ending = shutsWhenFlushed
	if s.out == nil && !s.layer.isOpening() {
		s.shutdown()
	}
}

func (s *IOStream) shutdown() {
	s.ending = shut
	if s.layer != nil {
		s.layer.closeNotify()
	} else {
		unix.Shutdown(int(s.fd), unix.SHUT_WR) // fails if the peer has gone, which reading tells
	}
	s.endIfDrained()
}

// ended does what was put off until nothing was unsent.
func (s *IOStream) ended() {
	switch s.ending {
	case shutsWhenFlushed:
		s.shutdown()
	case closesWhenFlushed, closesWhenShut:
		s.closeWith(nil)
	}
}

func (s *IOStream) closeWith(err error) {
	if s.closed {
		s.announceClose()
		return
	}
	s.closed = true // before the last write, whose failure would close again
	if err == nil && s.out != nil && !s.layer.isOpening() {
		_, err = s.send()
	}
	s.err = err
	if s.layer != nil {
		s.layer.close()
	}
	if s.fd >= 0 {
		s.loop.RemoveHandler(int(s.fd))
		unix.Close(int(s.fd))
		s.fd = -1
	}
	s.serveRead()
	if s.out != nil {
		s.dropOutput()
	}
	s.announceClose()
}

// announceClose tells the consumer and the close callback of the end, through the loop.
// Those who wait for bytes that the peer has received are told before, and those whose
// bytes were not sent after the consumer.
func (s *IOStream) announceClose() {
	c, fn := s.consumer, s.onClose
	s.consumer, s.onClose = nil, nil
	if c != nil {
		err := s.err
		s.loop.CallSettled(func() { c.ConnectionLost(err) })
	}
	if fn != nil { // a turn later: the coroutines whose writes failed run in between
		s.loop.CallSettled(func() { s.loop.AddCallback(fn) })
	}
}

// closedError is what reads and writes of a closed stream fail with.
func (s *IOStream) closedError() error {
	if !s.closed && s.ending >= shutsWhenFlushed {
		return &StreamClosedError{errShut}
	}
	return &StreamClosedError{s.err}
}

var errShut = errors.New("iostream: the sending side was closed")
