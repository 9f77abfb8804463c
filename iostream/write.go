package iostream

import (
	"fmt"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// Write queues p and returns a future that completes when the kernel has taken all of p. Up
// to 16 KiB are copied; a larger p must not change until then. On a closed stream the
// future fails with *StreamClosedError. Above MaxWriteBufferSize it fails with
// ErrStreamBufferFull and nothing of p is queued. Tornado: write.
func (s *IOStream) Write(p []byte) *ioloop.Future[struct{}] {
	s.loop.CheckOwner("IOStream.Write")
	f := ioloop.NewFuture[struct{}](s.loop)
	limit := s.limits.MaxWriteBufferSize
	switch {
	case !s.takesOutput():
		f.SetError(s.closedError())
		return f
	case limit > 0 && s.Buffered()+len(p) > limit:
		f.SetError(ErrStreamBufferFull)
		return f
	}
	s.Send(p)
	s.Flushed(func(err error) {
		if err != nil {
			f.SetError(err)
		} else {
			f.SetResult(struct{}{})
		}
	})
	return f
}

// Send queues p as Write does, for callers that do not need the result: it makes no future
// and ignores MaxWriteBufferSize. Up to 16 KiB are copied; a larger p must not change until
// it was sent. On a closed stream Send does nothing.
func (s *IOStream) Send(p []byte) {
	if len(p) > refThreshold {
		s.SendRef(p)
		return
	}
	s.EndWrite(append(s.BeginWrite(), p...))
}

// SendRef is Send without a copy for any size: p must not change until it was sent (see
// Flushed).
func (s *IOStream) SendRef(p []byte) {
	s.loop.CheckOwner("IOStream.SendRef")
	if !s.takesOutput() || len(p) == 0 {
		return
	}
	s.ensureOutput().appendRef(p)
	s.planFlush()
}

// Push sends the queued bytes now instead of at the end of the loop's turn, as far as the
// kernel has room. It does nothing if parts of files are queued. Use it after a large piece:
// gathering more gains nothing, and the bytes are still in the processor's cache. Write
// errors and Flushed callbacks are delivered at the end of the turn.
func (s *IOStream) Push() {
	s.loop.CheckOwner("IOStream.Push")
	if s.Buffered() == 0 || s.tls.isOpening() || s.watching&ioloop.Write != 0 || len(s.out.files) > 0 {
		return
	}
	for s.out.size > 0 {
		n, err := s.writeOnce(s.out)
		if err != nil {
			return // the flush at the end of the turn will find the error again
		}
		s.out.dropSent(n)
		if s.tls == nil {
			return
		}
	}
}

// SendNow is Send for bytes that the caller reuses at once, such as the argument of
// [Consumer.Consume]. It writes them to the kernel without waiting for the end of the
// loop's turn, and copies and queues only the rest. Use Send for many small pieces, which
// it gathers into one write.
func (s *IOStream) SendNow(p []byte) {
	s.loop.CheckOwner("IOStream.SendNow")
	if s.out == nil && s.tls == nil && s.takesOutput() && len(p) > 0 {
		switch n, err := writeTo(int(s.fd), p); {
		case err == nil && n == len(p):
			return
		case err == nil || err == errAgain:
			p = p[n:]
			s.watch(s.watching | ioloop.Write)
		} // the flush at the end of the turn will find any other error again
	}
	if len(p) > 0 {
		s.EndWrite(append(s.BeginWrite(), p...))
	}
}

// BeginWrite returns the stream's output buffer. The caller appends to it and passes the
// result to EndWrite, without another call on the stream in between.
func (s *IOStream) BeginWrite() []byte {
	s.loop.CheckOwner("IOStream.BeginWrite")
	return s.ensureOutput().beginAppend()
}

// EndWrite queues the bytes that were appended to the buffer of BeginWrite. They are sent
// at the end of the loop's turn.
func (s *IOStream) EndWrite(b []byte) {
	switch {
	case s.closed:
		s.dropOutput()
		return
	case s.takesOutput():
		s.out.endAppend(b)
	}
	s.planFlush()
}

// EndWriteRef is EndWrite for b, and then SendRef and Push for p unless p is empty: p must not
// change until it was sent (see Flushed).
func (s *IOStream) EndWriteRef(b, p []byte) {
	switch {
	case s.closed:
		s.dropOutput()
		return
	case s.takesOutput():
		s.out.endAppend(b)
		if len(p) > 0 {
			s.out.appendRef(p)
		}
	}
	s.planFlush()
	if len(p) > 0 {
		s.Push()
	}
}

// takesOutput reports whether writes are still accepted.
func (s *IOStream) takesOutput() bool {
	return !s.closed && (s.closeState == sendOpen || s.closeState == closeWhenFlushed)
}

// Buffered returns the number of unsent bytes: those that the kernel has not taken.
func (s *IOStream) Buffered() int {
	if s.out == nil {
		return 0
	}
	return s.out.size
}

// Sent returns how many bytes the kernel has taken since all output was last sent. If the
// count does not change while bytes are unsent, the peer is not reading.
func (s *IOStream) Sent() uint64 {
	if s.out == nil {
		return 0
	}
	return s.out.sent
}

// Flushed calls fn on the loop's own stack, in a later turn: with nil after the kernel has
// taken all bytes that are queued now, or with a *StreamClosedError.
func (s *IOStream) Flushed(fn func(error)) {
	s.loop.CheckOwner("IOStream.Flushed")
	switch {
	case s.closed:
		s.loop.CallSettled(func() { fn(s.closedError()) })
	case s.out == nil:
		s.loop.CallSoon(func() { fn(nil) })
	default:
		s.out.waiters = append(s.out.waiters, flushWaiter{s.out.queued, fn})
	}
}

// ensureOutput returns the output buffer and takes one from the pool on first use.
func (s *IOStream) ensureOutput() *writeBuffer {
	if s.out == nil {
		s.out = s.pool.getWrite()
	}
	return s.out
}

// planFlush schedules a flush at the end of the loop's turn, unless the poller will report
// room.
func (s *IOStream) planFlush() {
	if !s.flushPlanned && s.watching&ioloop.Write == 0 {
		s.flushPlanned = true
		s.loop.FlushLater((*streamFlush)(s))
	}
}

// streamFlush is the stream as the loop's flusher; see streamEvents.
type streamFlush IOStream

// Flush implements [ioloop.Flusher].
func (f *streamFlush) Flush() { (*IOStream)(f).flushOutput() }

// flushOutput sends the unsent bytes, as far as the kernel has room.
func (s *IOStream) flushOutput() {
	s.flushPlanned = false
	if s.closed || s.tls.isOpening() {
		return
	}
	if s.out == nil && !s.tls.hasUnsent() {
		if s.watching&ioloop.Write != 0 { // the stream watched for room for ciphertext, which has been sent meanwhile
			s.watch(s.watching &^ ioloop.Write)
		}
		return
	}
	drained, err := s.sendQueued()
	switch {
	case err != nil:
		if !isDisconnect(err) {
			log.Gen().Warn(fmt.Sprintf("Write error on %d: %v", s.fd, err))
		} else if s.limits.ReadBeforeClose && s.wantsInput() && !s.eof {
			s.handleRead()
		}
		s.closeWith(err)
	case !drained:
		s.watch(s.watching | ioloop.Write)
	default:
		s.watch(s.watching &^ ioloop.Write)
		s.finishClosing()
	}
}

// sendQueued writes until all output is sent or the kernel has no room.
func (s *IOStream) sendQueued() (drained bool, err error) {
	w := s.out
	if w == nil {
		return s.tls.sendRest()
	}
	for w.size > 0 {
		n, err := s.writeOnce(w)
		if err != nil {
			s.notifyFlushed(w.takeFlushed())
			if err == errAgain {
				err = nil
			}
			return false, err
		}
		w.dropSent(n)
	}
	s.notifyFlushed(w.takeFlushed())
	s.out = nil
	s.pool.putWrite(w)
	return true, nil
}

// writeOnce writes once.
func (s *IOStream) writeOnce(w *writeBuffer) (int, error) {
	if s.tls != nil {
		return s.tls.writeEncrypted(w)
	}
	if w.fileIsNext() {
		return s.sendFile(w)
	}
	return w.writeTo(int(s.fd))
}

// dropOutput drops the unsent output. Its Flushed callbacks get an error, after the
// consumer's ConnectionLost.
func (s *IOStream) dropOutput() {
	w := s.out
	s.out = nil
	err := s.closedError()
	for _, waiter := range w.waiters {
		s.loop.CallSettled(func() { waiter.fn(err) })
	}
	s.pool.putWrite(w)
}

// notifyFlushed schedules the callbacks of bytes that were sent.
func (s *IOStream) notifyFlushed(waiters []flushWaiter) {
	for _, w := range waiters {
		s.loop.CallSoon(func() { w.fn(nil) })
	}
}
