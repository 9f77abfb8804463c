package iostream

import (
	"fmt"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// Write queues p and returns the future of its having been taken by the kernel.
// Up to 16 KiB are copied; more is held by reference until sent. On a closed stream
// the future has failed with *StreamClosedError already; above MaxWriteBufferSize
// with ErrStreamBufferFull, and nothing of p is queued. Tornado: write.
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

// Send queues p as Write does, for those who do not ask what becomes of it: no future
// is made, and MaxWriteBufferSize does not count. Up to 16 KiB are copied; more is held
// by reference until sent. On a closed stream it does nothing.
func (s *IOStream) Send(p []byte) {
	if len(p) > refThreshold {
		s.SendRef(p)
		return
	}
	s.EndWrite(append(s.BeginWrite(), p...))
}

// SendRef is Send without a copy, however small p is: it must not change until it was
// sent (see Flushed).
func (s *IOStream) SendRef(p []byte) {
	s.loop.CheckOwner("IOStream.SendRef")
	if !s.takesOutput() || len(p) == 0 {
		return
	}
	s.output().ref(p)
	s.planFlush()
}

// Push sends the queued bytes now instead of at the end of the loop's turn, as far as the
// kernel has room. It does nothing if parts of files are queued. Use it after a large piece:
// gathering more gains nothing, and the bytes are still in the processor's cache. Write
// errors and Flushed callbacks are delivered at the end of the turn.
func (s *IOStream) Push() {
	s.loop.CheckOwner("IOStream.Push")
	if s.Buffered() == 0 || s.layer.isOpening() || s.watching&ioloop.Write != 0 || len(s.out.files) > 0 {
		return
	}
	for s.out.size > 0 {
		n, err := s.write(s.out)
		if err != nil {
			return // the flush at the end of the turn meets the error again
		}
		s.out.advance(n)
		if s.layer == nil {
			return
		}
	}
}

// SendNow is Send for bytes that the caller wants back at once, such as those that a
// Consumer is offered: they go to the kernel without waiting for the end of the
// loop's turn, and only what it does not take is copied and queued. A few bytes at a
// time are better gathered by Send.
func (s *IOStream) SendNow(p []byte) {
	s.loop.CheckOwner("IOStream.SendNow")
	if s.out == nil && s.layer == nil && s.takesOutput() && len(p) > 0 {
		switch n, err := writeTo(int(s.fd), p); {
		case err == nil && n == len(p):
			return
		case err == nil || err == errAgain:
			p = p[n:]
			s.watch(s.watching | ioloop.Write)
		} // another error comes again at the end of the turn, when nobody is in the middle of anything
	}
	if len(p) > 0 {
		s.EndWrite(append(s.BeginWrite(), p...))
	}
}

// BeginWrite returns the stream's output buffer to append to; EndWrite takes it
// back. Nothing else may be called on the stream in between.
func (s *IOStream) BeginWrite() []byte {
	s.loop.CheckOwner("IOStream.BeginWrite")
	return s.output().begin()
}

// EndWrite queues what was appended to the buffer that BeginWrite returned. It
// leaves at the end of the loop's turn.
func (s *IOStream) EndWrite(b []byte) {
	switch {
	case s.closed:
		s.dropOutput()
		return
	case s.takesOutput():
		s.out.end(b)
	}
	s.planFlush()
}

// takesOutput reports whether writes are not yet refused.
func (s *IOStream) takesOutput() bool {
	return !s.closed && (s.ending == sends || s.ending == closesWhenFlushed)
}

// Buffered returns the number of unsent bytes: those that the kernel has not taken.
func (s *IOStream) Buffered() int {
	if s.out == nil {
		return 0
	}
	return s.out.size
}

// Sent returns how many bytes the kernel has taken since something was unsent last: a
// count that stays the same while bytes are unsent says that the peer takes none.
func (s *IOStream) Sent() uint64 {
	if s.out == nil {
		return 0
	}
	return s.out.sent
}

// Flushed calls fn on the loop's own stack, in a later turn, when all that was
// written so far has been taken by the kernel, or with a *StreamClosedError.
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

func (s *IOStream) output() *writeBuffer {
	if s.out == nil {
		s.out = s.shared.takeWrite()
	}
	return s.out
}

func (s *IOStream) planFlush() {
	if !s.flushPlanned && s.watching&ioloop.Write == 0 {
		s.flushPlanned = true
		s.loop.FlushLater((*streamFlush)(s))
	}
}

// streamFlush is the stream as the loop's flusher, as streamEvents is it for events.
type streamFlush IOStream

// Flush implements [ioloop.Flusher].
func (f *streamFlush) Flush() { (*IOStream)(f).flushOutput() }

// flushOutput sends the unsent bytes, as far as the kernel has room.
func (s *IOStream) flushOutput() {
	s.flushPlanned = false
	if s.closed || s.layer.isOpening() {
		return
	}
	if s.out == nil && !s.layer.unsent() {
		if s.watching&ioloop.Write != 0 { // for what has left with something else
			s.watch(s.watching &^ ioloop.Write)
		}
		return
	}
	drained, err := s.send()
	switch {
	case err != nil:
		if !isDisconnect(err) {
			log.Gen().Warn(fmt.Sprintf("Write error on %d: %v", s.fd, err))
		}
		s.closeWith(err)
	case !drained:
		s.watch(s.watching | ioloop.Write)
	default:
		s.watch(s.watching &^ ioloop.Write)
		s.ended()
	}
}

// send writes until nothing is unsent or there is no more room.
func (s *IOStream) send() (drained bool, err error) {
	w := s.out
	if w == nil {
		return s.layer.sendRest()
	}
	for w.size > 0 {
		n, err := s.write(w)
		if err != nil {
			s.tellSent(w.flushed())
			if err == errAgain {
				err = nil
			}
			return false, err
		}
		w.advance(n)
	}
	s.tellSent(w.flushed())
	s.out = nil
	s.shared.giveWrite(w)
	return true, nil
}

// write writes once.
func (s *IOStream) write(w *writeBuffer) (int, error) {
	if s.layer != nil {
		return s.layer.write(w)
	}
	if w.fileIsNext() {
		return s.sendFile(w)
	}
	return w.writeTo(int(s.fd))
}

// dropOutput forgets what is unsent and fails those who wait for it, when the consumer has
// been told of the end.
func (s *IOStream) dropOutput() {
	w := s.out
	s.out = nil
	err := s.closedError()
	for _, waiter := range w.waiters {
		s.loop.CallSettled(func() { waiter.fn(err) })
	}
	s.shared.giveWrite(w)
}

// tellSent tells those who wait for bytes that were sent.
func (s *IOStream) tellSent(waiters []flushWaiter) {
	for _, w := range waiters {
		s.loop.CallSoon(func() { w.fn(nil) })
	}
}
