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

// Options configure a stream. The zero value has Tornado's defaults. Streams may share
// Options, which must not change while a stream uses them.
type Options struct {
	MaxBufferSize      int // limit of unread bytes, above which the stream closes; 0 means 100 MiB
	MaxWriteBufferSize int // limit of unsent bytes, above which Write fails; 0 means no limit
	ReadChunkSize      int // largest number of bytes of one read, at most 64 KiB and half of MaxBufferSize; 0 means 64 KiB

	// TLS makes a TLS stream: of a server in New, of a client in Connect. Its callbacks run
	// in a coroutine of the loop and may wait. Streams share the config, with its session
	// tickets and its ClientSessionCache. Renegotiation is always disabled.
	TLS              *tls.Config
	HandshakeTimeout time.Duration // counts from connecting on; 0 means 30 s, a negative value disables it

	Dialer *net.Dialer // for Connect; nil means the zero Dialer

	// HalfOpen keeps the stream open after the peer has closed its sending side: reads
	// fail, and writes work until CloseWrite or Close. It is for Read... methods; a
	// Consumer implements InputEnder instead.
	HalfOpen bool

	// ReadBeforeClose delivers the input that has arrived when a write fails, before the
	// stream closes. It is for clients: a server may refuse a long request with a response,
	// and close the connection before it has read the request.
	ReadBeforeClose bool
}

func (o *Options) maxBufferSize() int { return cmp.Or(o.MaxBufferSize, 100<<20) }

func (o *Options) readChunkSize() int {
	if o.ReadChunkSize == 0 && o.MaxBufferSize == 0 {
		return scratchSize
	}
	return max(1, min(cmp.Or(o.ReadChunkSize, scratchSize), scratchSize, o.maxBufferSize()/2))
}

// A closeState says how far a stream has come in closing its sending side.
type closeState uint8

const (
	sendOpen         closeState = iota // the sending side is open
	shutWhenFlushed                    // CloseWrite was called while bytes were unsent
	sendShut                           // the sending side is closed
	closeWhenFlushed                   // the stream closes when all output is sent
	closeWhenShut                      // as closeWhenFlushed, after CloseWrite
)

// An IOStream reads and writes one non-blocking socket, pipe end or TLS connection. Either
// its Read... methods or a [Consumer] receive the input. Tornado: iostream.IOStream,
// SSLIOStream, PipeIOStream.
type IOStream struct {
	loop     *ioloop.IOLoop
	pool     *bufferPool
	consumer Consumer
	in       *readBuffer  // nil if the stream holds no input
	out      *writeBuffer // nil if all output is sent
	pending  *pendingRead
	onClose  func()
	err      error
	limits   *Options
	tls      *tlsLayer // nil on a plain stream that is connected
	fd       int32     // -1 while connecting and when closed

	watching     ioloop.Events // the events that the poller reports, or will report after the next call of watch
	unwatched    bool          // the descriptor is not registered with the loop
	paused       bool          // Pause was called
	offering     bool          // an offer of the held input is scheduled for the next turn
	flushPlanned bool
	eof          bool // the peer has closed its sending side
	closeState   closeState
	closed       bool
}

// New makes a stream of fd, a connected non-blocking socket. With Options.TLS it is the
// server's side of a TLS connection. nil options are the defaults. The stream closes fd;
// after an error, the caller still owns fd. Tornado: IOStream(socket).
func New(l *ioloop.IOLoop, fd int, o *Options) (*IOStream, error) {
	s := newStream(l, o)
	if s.limits.TLS != nil {
		s.startTLSLayer(tls.Server, s.limits.TLS)
	}
	if err := s.attach(fd); err != nil {
		return nil, err
	}
	if s.tls != nil {
		s.tls.startTimeout()
	}
	return s, nil
}

// newStream returns a stream without a descriptor.
func newStream(l *ioloop.IOLoop, o *Options) *IOStream {
	if o == nil {
		o = &Options{}
	}
	return &IOStream{loop: l, pool: poolOf(l), limits: o, fd: -1, watching: ioloop.Read, unwatched: true}
}

// attach gives the stream its descriptor and registers it with the loop.
func (s *IOStream) attach(fd int) error {
	if err := s.loop.AddHandler(fd, (*streamEvents)(s), s.watching); err != nil {
		return err
	}
	s.fd, s.unwatched = int32(fd), false
	return nil
}

// Loop returns the loop that drives the stream.
func (s *IOStream) Loop() *ioloop.IOLoop { return s.loop }

// Fileno returns the descriptor, which the stream still owns, or -1 while the stream
// connects and after it is closed. Tornado: fileno.
func (s *IOStream) Fileno() int { return int(s.fd) }

// Closed reports whether the stream is closed. Tornado: closed.
func (s *IOStream) Closed() bool { return s.closed }

// Err returns the error that closed the stream, such as a *net.OpError or a syscall.Errno.
// It returns nil while the stream is open and after an orderly end. Tornado: the attribute
// error.
func (s *IOStream) Err() error { return s.err }

// Reading reports whether a read is pending. Tornado: reading.
func (s *IOStream) Reading() bool { return s.pending != nil }

// Writing reports whether bytes are unsent. Tornado: writing.
func (s *IOStream) Writing() bool { return s.out != nil }

// SetCloseCallback sets the function that runs once in a loop coroutine after the stream
// has closed and the pending reads and writes have failed. If the stream is closed already,
// fn runs only if Close is called again. nil removes the callback. Tornado:
// set_close_callback.
func (s *IOStream) SetCloseCallback(fn func()) {
	s.loop.CheckOwner("IOStream.SetCloseCallback")
	s.onClose = fn
}

// streamEvents is the stream as the loop's event handler. Converting the pointer hides the
// loop's methods from users of IOStream and needs no allocation.
type streamEvents IOStream

// HandleEvents implements [ioloop.EventHandler].
func (e *streamEvents) HandleEvents(_ int, events ioloop.Events) { (*IOStream)(e).handleEvents(events) }

// Close closes the stream. IOLoop.CloseAll calls it.
func (e *streamEvents) Close() { (*IOStream)(e).Close() }

// handleEvents reads and writes, depending on the events.
func (s *IOStream) handleEvents(events ioloop.Events) {
	defer s.closeOnPanic()
	if s.tls.isOpening() {
		s.tls.handleEvents(events)
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

// handleHangup handles an error or a hang-up that came without bytes to read, or while the
// stream does not read. The poller reports these events again until the stream acts.
func (s *IOStream) handleHangup() {
	switch {
	case s.eof && s.in == nil:
		s.closeWith(socketError(int(s.fd)))
	case s.wantsInput() && !s.eof:
		s.handleRead() // meets the error
	case s.out != nil || s.tls.hasUnsent():
		s.flushOutput() // a write finds the error as soon as the kernel has room
	case s.wantsOutputOnly():
		s.closeWith(socketError(int(s.fd)))
	default:
		s.unwatch() // until the next read, which gets the input that came before the hang-up
	}
}

// closeOnPanic recovers a panic of a consumer and closes this connection only.
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

// watch changes the events that the poller reports.
func (s *IOStream) watch(events ioloop.Events) {
	if s.closed || events == s.watching && !s.unwatched {
		return
	}
	s.watching = events
	var err error
	switch {
	case s.fd < 0: // connecting: attach registers s.watching later
	case s.unwatched:
		err = s.attach(int(s.fd))
	default:
		err = s.loop.UpdateHandler(int(s.fd), events)
	}
	if err != nil {
		s.closeWith(err)
	}
}

// unwatch removes the descriptor from the poller until the next watch. No event is reported
// in between, not even an error.
func (s *IOStream) unwatch() {
	s.loop.RemoveHandler(int(s.fd))
	s.watching, s.unwatched = ioloop.None, true
}

// Close closes the stream. It first sends the output that the kernel takes at once. Pending
// reads and writes fail with *StreamClosedError, then the close callback runs. A second
// Close does nothing. Tornado: close.
func (s *IOStream) Close() {
	s.loop.CheckOwner("IOStream.Close")
	s.closeWith(nil)
}

// CloseWithError closes the stream and drops unsent output. Err, and the reads and writes
// that fail, return err. Tornado: close(exc_info).
func (s *IOStream) CloseWithError(err error) {
	s.loop.CheckOwner("IOStream.CloseWithError")
	s.closeWith(err)
}

// CloseWhenFlushed closes the stream when all output has been sent. It does not block. A
// peer that reads nothing keeps the stream open.
func (s *IOStream) CloseWhenFlushed() {
	s.loop.CheckOwner("IOStream.CloseWhenFlushed")
	if s.takesOutput() {
		s.closeState = closeWhenFlushed
	} else {
		s.closeState = closeWhenShut
	}
	if s.out == nil {
		s.closeWith(nil)
	}
}

// CloseWrite closes the sending side when all output has been sent; reading goes on. Writes
// after CloseWrite fail. A TLS stream sends a close_notify alert (RFC 8446, section 6.1);
// any other socket is shut down for sending.
func (s *IOStream) CloseWrite() {
	s.loop.CheckOwner("IOStream.CloseWrite")
	switch {
	case s.closeState == closeWhenFlushed:
		s.closeState = closeWhenShut
		return
	case s.closed || s.closeState != sendOpen:
		return
	}
	s.closeState = shutWhenFlushed
	if s.out == nil && !s.tls.isOpening() {
		s.shutdown()
	}
}

// shutdown closes the sending side now.
func (s *IOStream) shutdown() {
	s.closeState = sendShut
	if s.tls != nil {
		s.tls.closeNotify()
	} else {
		unix.Shutdown(int(s.fd), unix.SHUT_WR) // this fails if the peer has closed the connection; a read then finds the error too
	}
	s.endIfDrained()
}

// finishClosing does the closing that waited until all output was sent.
func (s *IOStream) finishClosing() {
	switch s.closeState {
	case shutWhenFlushed:
		s.shutdown()
	case closeWhenFlushed, closeWhenShut:
		s.closeWith(nil)
	}
}

// closeWith closes the stream with err, or in order if err is nil.
func (s *IOStream) closeWith(err error) {
	if s.closed {
		s.announceClose()
		return
	}
	s.closed = true // must be set before the last write, which would close the stream again if it failed
	if err == nil && s.out != nil && !s.tls.isOpening() {
		_, err = s.sendQueued()
	}
	s.err = err
	if s.tls != nil {
		s.tls.closeLayer()
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

// announceClose schedules ConnectionLost of the consumer, and the close callback. Flushed
// callbacks of sent bytes run before ConnectionLost; those of unsent bytes run after it.
func (s *IOStream) announceClose() {
	c, fn := s.consumer, s.onClose
	s.consumer, s.onClose = nil, nil
	if c != nil {
		err := s.err
		s.loop.CallSettled(func() { c.ConnectionLost(err) })
	}
	if fn != nil { // one turn later, so that the coroutines whose writes failed run first
		s.loop.CallSettled(func() { s.loop.AddCallback(fn) })
	}
}

// closedError returns the error of reads and writes on a closed stream.
func (s *IOStream) closedError() error {
	if !s.closed && s.closeState >= shutWhenFlushed {
		return &StreamClosedError{errShut}
	}
	return &StreamClosedError{s.err}
}

var errShut = errors.New("iostream: CloseWrite or CloseWhenFlushed was called before this write")
