package iostream

import (
	"cmp"
	"fmt"
	"log/slog"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// Options tune a stream. The zero value does what Tornado does.
type Options struct {
	MaxBufferSize      int // bytes that may wait to be read; 0 means 100 MiB
	MaxWriteBufferSize int // bytes that may wait to be sent; 0 means no limit
}

func (o *Options) maxBufferSize() int { return cmp.Or(o.MaxBufferSize, 100<<20) }

// An IOStream reads and writes one non-blocking socket. It is read either by
// Read... methods or by a [Consumer]. Tornado: iostream.IOStream.
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
	fd       int32

	watching     ioloop.Events // what the poller watches for
	paused       bool          // the consumer wants no data now
	offering     bool          // what is held will be offered in the next turn
	flushPlanned bool
	eof          bool // the peer has closed its side
	closeFlushed bool // close when nothing is unsent
	closed       bool
}

// New makes a stream of fd, a connected non-blocking socket, and watches it. The
// stream closes fd. Options may be shared by many streams.
func New(l *ioloop.IOLoop, fd int, o *Options) (*IOStream, error) {
	if o == nil {
		o = &Options{}
	}
	s := &IOStream{loop: l, shared: buffersOf(l), limits: o, fd: int32(fd), watching: ioloop.Read}
	if err := l.AddHandler(fd, s, ioloop.Read); err != nil {
		return nil, err
	}
	return s, nil
}

// Loop returns the loop that drives the stream.
func (s *IOStream) Loop() *ioloop.IOLoop { return s.loop }

// Closed reports whether the stream is closed. Tornado: closed.
func (s *IOStream) Closed() bool { return s.closed }

// Err returns why the stream was closed; nil if it is open or ended in order.
// Tornado: the attribute error.
func (s *IOStream) Err() error { return s.err }

// Reading reports whether a read waits. Tornado: reading.
func (s *IOStream) Reading() bool { return s.pending != nil }

// Writing reports whether bytes are unsent. Tornado: writing.
func (s *IOStream) Writing() bool { return s.out != nil }

// SetCloseCallback has fn called once in a loop coroutine when the stream closes,
// after reads and writes that waited have failed. One set later does not run by
// itself. nil removes it. Tornado: set_close_callback.
func (s *IOStream) SetCloseCallback(fn func()) {
	s.loop.CheckOwner("IOStream.SetCloseCallback")
	s.onClose = fn
}

// SetNodelay switches TCP_NODELAY; on other sockets it does nothing.
// Tornado: set_nodelay.
func (s *IOStream) SetNodelay(on bool) {
	if !s.closed {
		value := 0
		if on {
			value = 1
		}
		unix.SetsockoptInt(int(s.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
	}
}

// ReadUntil reads through the first delim, which the result includes. With maxBytes
// above 0, a delimiter that does not end within so many bytes closes the stream
// with an *UnsatisfiableReadError. Tornado: read_until.
func (s *IOStream) ReadUntil(delim []byte, maxBytes int) *ioloop.Future[[]byte] {
	return s.read("IOStream.ReadUntil", pendingRead{delim: delim, maxBytes: maxBytes})
}

// ReadBytes reads n bytes; with partial, from 1 to n, as soon as there are any.
// Tornado: read_bytes.
func (s *IOStream) ReadBytes(n int, partial bool) *ioloop.Future[[]byte] {
	return s.read("IOStream.ReadBytes", pendingRead{n: n, partial: partial && n > 0})
}

// ReadUntilClose reads until the peer closes, even by an error; on a stream that is
// closed it returns what is left. Tornado: read_until_close.
func (s *IOStream) ReadUntilClose() *ioloop.Future[[]byte] {
	return s.read("IOStream.ReadUntilClose", pendingRead{all: true})
}

// read starts a read. Its result is the caller's to keep.
func (s *IOStream) read(call string, r pendingRead) *ioloop.Future[[]byte] {
	s.loop.CheckOwner(call)
	f := ioloop.NewFuture[[]byte](s.loop)
	if s.pending != nil {
		f.SetError(ErrAlreadyReading)
		return f
	}
	r.future = f
	s.pending = &r
	s.serveRead()
	if s.pending != nil {
		s.watchReading()
	}
	return f
}

// serveRead completes the pending read if it can be, now or never.
func (s *IOStream) serveRead() {
	r := s.pending
	if r == nil {
		return
	}
	n, ok, err := r.satisfied(s.held(), s.eof || s.closed)
	switch {
	case err != nil:
		s.pending = nil
		s.closeWith(err)
		r.future.SetError(&StreamClosedError{err})
	case ok:
		s.pending = nil
		data := make([]byte, n)
		copy(data, s.held())
		s.taken(n)
		r.future.SetResult(data)
		s.endIfDrained()
	case s.closed:
		s.pending = nil
		r.future.SetError(&StreamClosedError{s.err})
	case s.eof:
		s.pending = nil
		r.future.SetError(&StreamClosedError{})
		s.CloseWhenFlushed()
	}
}

// held returns the bytes that came and were not taken yet.
func (s *IOStream) held() []byte {
	if s.in == nil {
		return nil
	}
	return s.in.bytes()
}

// taken drops the first n bytes held.
func (s *IOStream) taken(n int) {
	if s.in == nil {
		return
	}
	s.in.take(n)
	if len(s.in.bytes()) == 0 {
		s.shared.giveRead(s.in)
		s.in = nil
	}
}

// hold keeps p for later.
func (s *IOStream) hold(p []byte) {
	if len(p) == 0 {
		return
	}
	if s.in == nil {
		s.in = s.shared.takeRead()
	}
	s.in.append(p)
}

// HandleEvents is for the loop alone.
func (s *IOStream) HandleEvents(_ int, events ioloop.Events) {
	if events&ioloop.Write != 0 {
		s.Flush()
	}
	if events&ioloop.Read != 0 && !s.closed {
		s.handleRead()
	} else if events&ioloop.Error != 0 && !s.closed {
		s.closeWith(socketError(int(s.fd)))
	}
}

// handleRead reads what is there, unless more than a chunk waits untaken.
func (s *IOStream) handleRead() {
	for rounds := 0; rounds < 16 && !s.closed && !s.eof; rounds++ {
		if !s.wantsInput() {
			s.watch(s.watching &^ ioloop.Read)
			return
		}
		more, err := s.readOnce()
		if err == errAgain {
			return
		}
		if err != nil {
			if !isDisconnect(err) {
				s.logger().Warn(fmt.Sprintf("error on read: %v", err))
			}
			s.closeWith(err)
			return
		}
		if !more {
			return
		}
	}
}

func (s *IOStream) wantsInput() bool {
	switch {
	case s.pending != nil, s.consumer != nil && !s.paused:
		return true
	default:
		return len(s.held()) < scratchSize
	}
}

// readOnce reads one chunk and hands it on. more says that there may be another.
func (s *IOStream) readOnce() (more bool, err error) {
	if s.consumer != nil && !s.paused {
		if target := s.consumer.Direct(); target != nil && s.in == nil {
			return s.readDirect(target)
		}
	}
	n, err := readFrom(int(s.fd), s.shared.scratch)
	if err != nil {
		return false, err
	}
	if n == 0 {
		s.handleEOF()
		return false, nil
	}
	s.received(s.shared.scratch[:n])
	return n == len(s.shared.scratch), nil
}

// received hands on bytes that are valid during the call only.
func (s *IOStream) received(p []byte) {
	switch {
	case len(s.held())+len(p) > s.limits.maxBufferSize():
		s.logger().Error("Reached maximum read buffer size")
		s.closeWith(ErrStreamBufferFull)
	case s.consumer != nil && !s.paused && s.in == nil:
		s.hold(s.offer(p))
	default:
		s.hold(p)
		s.offerHeld()
	}
	s.serveRead()
}

// handleEOF notes that the peer has closed its side. What is held or unsent is
// still delivered first.
func (s *IOStream) handleEOF() {
	s.eof = true
	s.watch(s.watching &^ ioloop.Read)
	if s.pending != nil {
		s.serveRead()
		return
	}
	s.endIfDrained()
}

// endIfDrained closes the stream after the end of the file was seen and nothing
// that came before is left to take.
func (s *IOStream) endIfDrained() {
	if !s.eof || s.closed || s.pending != nil {
		return
	}
	if s.in == nil || s.consumer != nil && !s.paused {
		s.CloseWhenFlushed()
	}
}

func (s *IOStream) watchReading() {
	if !s.closed && !s.eof {
		s.watch(s.watching | ioloop.Read)
	}
}

func (s *IOStream) watch(events ioloop.Events) {
	if events == s.watching || s.closed {
		return
	}
	s.watching = events
	if err := s.loop.UpdateHandler(int(s.fd), events); err != nil {
		s.closeWith(err)
	}
}

// Close closes the stream. What was written goes out first as far as the kernel
// takes it at once; reads and writes that wait fail with *StreamClosedError, then
// the close callback is scheduled. Closing twice does nothing. Tornado: close.
func (s *IOStream) Close() {
	s.loop.CheckOwner("IOStream.Close")
	s.closeWith(nil)
}

// CloseWithError is Close for a fault, which Err and the failing reads and writes
// then tell. Unsent output is dropped. Tornado: close(exc_info).
func (s *IOStream) CloseWithError(err error) {
	s.loop.CheckOwner("IOStream.CloseWithError")
	s.closeWith(err)
}

// CloseWhenFlushed closes the stream when all that was written has been sent.
func (s *IOStream) CloseWhenFlushed() {
	s.loop.CheckOwner("IOStream.CloseWhenFlushed")
	s.closeFlushed = true
	if s.out == nil {
		s.closeWith(nil)
	}
}

func (s *IOStream) closeWith(err error) {
	if s.closed {
		return
	}
	s.closed = true // before the last write, whose failure would close again
	if err == nil && s.out != nil {
		_, err = s.send()
	}
	s.err = err
	s.loop.RemoveHandler(int(s.fd))
	unix.Close(int(s.fd))
	s.fd = -1
	s.serveRead()
	if s.out != nil {
		s.dropOutput()
	}
	s.announceClose()
}

// announceClose tells consumer and close callback, through the loop.
func (s *IOStream) announceClose() {
	c, fn := s.consumer, s.onClose
	s.consumer, s.onClose = nil, nil
	if c != nil {
		err := s.err
		s.loop.CallSoon(func() { c.ConnectionLost(err) })
	}
	if fn != nil {
		s.loop.AddCallback(fn)
	}
}

// logger is Tornado's general log.
func (s *IOStream) logger() *slog.Logger { return slog.Default().With("logger", "tornado.general") }
