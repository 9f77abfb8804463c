package iostream

import (
	"fmt"
	"regexp"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// ReadUntil reads through the first delim, which the result includes. With maxBytes
// above 0, a delimiter that does not end within so many bytes closes the stream; the
// error is then a *StreamClosedError around an *UnsatisfiableReadError. Other errors
// are those of ReadBytes. Tornado: read_until.
func (s *IOStream) ReadUntil(delim []byte, maxBytes int) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntil", pendingRead{delim: delim, maxBytes: maxBytes})
}

// ReadUntilRegex reads through the end of the first match of re in what has come. It
// looks whenever there is more, at a cost that is linear in all; $ and \b hold at the
// end of what has come. re is of Go's own syntax, not of regexp.CompilePOSIX. maxBytes
// and errors are as for ReadUntil. Tornado: read_until_regex.
func (s *IOStream) ReadUntilRegex(re *regexp.Regexp, maxBytes int) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntilRegex", pendingRead{regex: &regexSearch{re: re}, maxBytes: maxBytes})
}

// ReadBytes reads n bytes; with partial, from 1 to n, as soon as there are any. The
// bytes are the caller's to keep. The error is a *StreamClosedError if the stream is
// closed, by either side, before they have come, or ErrAlreadyReading while another
// read waits; another one if n is negative. Tornado: read_bytes.
func (s *IOStream) ReadBytes(n int, partial bool) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadBytes", pendingRead{n: n, partial: partial && n > 0})
}

// ReadUntilClose reads until the peer closes, even by an error, which Err tells; on a
// stream that is closed it returns what is left. The one error is ErrAlreadyReading,
// while another read waits. Tornado: read_until_close.
func (s *IOStream) ReadUntilClose() *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntilClose", pendingRead{all: true})
}

// ReadInto fills p, without a copy where it can, and returns how many bytes that were:
// len(p), or with partial from 1 on, as soon as there are any. p is the stream's until
// then. Errors are those of ReadBytes. Tornado: read_into.
func (s *IOStream) ReadInto(p []byte, partial bool) *ioloop.Future[int] {
	f := ioloop.NewFuture[int](s.loop)
	s.read("IOStream.ReadInto", pendingRead{
		n: len(p), partial: partial && len(p) > 0, into: p,
		finish: func(p []byte, err error) {
			if err != nil {
				f.SetError(err)
			} else {
				f.SetResult(len(p))
			}
		},
	})
	return f
}

// readBytes starts a read whose result is the caller's to keep.
func (s *IOStream) readBytes(call string, r pendingRead) *ioloop.Future[[]byte] {
	f := ioloop.NewFuture[[]byte](s.loop)
	r.future = f
	s.read(call, r)
	return f
}

func (s *IOStream) read(call string, r pendingRead) {
	s.loop.CheckOwner(call)
	switch {
	case r.n < 0: // a length that a peer has sent, perhaps
		r.complete(nil, fmt.Errorf("iostream: a read of %d bytes", r.n))
		return
	case s.pending != nil:
		r.complete(nil, ErrAlreadyReading)
		return
	}
	s.pending = &r
	s.serveRead()
	if s.pending != nil {
		s.watchReading()
	}
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
		log.Gen().Info(fmt.Sprintf("Unsatisfiable read, closing connection: %v", err))
		s.closeWith(err)
		r.complete(nil, &StreamClosedError{err})
	case ok:
		s.pending = nil
		r.complete(s.result(r, n), nil)
		s.endIfDrained()
	case s.closed || s.eof:
		s.pending = nil
		s.hold(r.into[:r.got]) // for a smaller read
		r.complete(nil, &StreamClosedError{s.err})
		s.endOfInput()
	}
}

// result takes the n bytes that satisfy r.
func (s *IOStream) result(r *pendingRead, n int) []byte {
	if r.into != nil {
		copy(r.into[r.got:n], s.held())
		s.taken(n - r.got)
		return r.into[:n]
	}
	if in := s.in; in != nil && n > keepCapacity && n == len(in.bytes()) {
		s.in = nil // too large to be pooled: it changes hands
		return in.bytes()
	}
	data := make([]byte, n)
	copy(data, s.held())
	s.taken(n)
	return data
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

// handleRead reads what is there, unless a chunk waits untaken. What a TLS layer
// has taken off the socket is read in any case: no event will tell of it.
func (s *IOStream) handleRead() {
	for rounds := 0; (rounds < 16 || s.layer.holds()) && !s.closed && !s.eof; rounds++ {
		if !s.wantsInput() && !s.layer.holds() {
			s.watch(s.watching &^ ioloop.Read)
			return
		}
		more, err := s.readOnce()
		if err == errAgain {
			return
		}
		if err != nil {
			s.failRead(err)
			return
		}
		if !more {
			return
		}
	}
}

func (s *IOStream) failRead(err error) {
	if !isDisconnect(err) {
		log.Gen().Warn(fmt.Sprintf("error on read: %v", err))
	}
	s.closeWith(err)
}

func (s *IOStream) wantsInput() bool {
	switch {
	case s.pending != nil, s.consuming():
		return true // what is held is taken first, or a slow consumer would gather ever more
	default:
		return len(s.held()) < s.limits.readChunkSize()
	}
}

// readOnce reads one chunk and hands it on. more says that there may be another.
func (s *IOStream) readOnce() (more bool, err error) {
	if target := s.direct(); target != nil {
		return s.readDirect(target)
	}
	n, more, err := s.fill(s.shared.scratch[:s.limits.readChunkSize()])
	if err != nil {
		return false, err
	}
	if n == 0 {
		s.handleEOF()
		return false, nil
	}
	s.received(s.shared.scratch[:n])
	return more, nil
}

// fill reads once; 0 bytes are the end of the file.
func (s *IOStream) fill(p []byte) (n int, more bool, err error) {
	if s.layer != nil {
		return s.layer.fill(p)
	}
	n, err = readFrom(int(s.fd), p)
	return n, n == len(p), err
}

// direct returns where the next bytes are wanted, if not in the scratch buffer.
func (s *IOStream) direct() []byte {
	switch {
	case s.in != nil:
		return nil
	case s.consuming():
		return s.consumer.Direct()
	case s.pending != nil && s.pending.into != nil:
		return s.pending.into[s.pending.got:]
	}
	return nil
}

func (s *IOStream) readDirect(target []byte) (more bool, err error) {
	n, more, err := s.fill(target)
	switch {
	case err != nil:
		return false, err
	case n == 0:
		s.handleEOF()
		return false, nil
	case s.consuming():
		s.consumer.DirectFilled(n)
	default:
		s.pending.got += n
		s.serveRead()
	}
	return more, nil
}

// received hands on bytes that are valid during the call only.
func (s *IOStream) received(p []byte) {
	switch {
	case len(s.held())+len(p) > s.limits.maxBufferSize() && s.wantsInput():
		log.Gen().Error("Reached maximum read buffer size")
		s.closeWith(ErrStreamBufferFull)
	case s.consuming() && s.in == nil:
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
	if s.in == nil || s.consuming() {
		s.endOfInput()
	}
}

// endOfInput closes the stream, unless its own side shall stay open.
func (s *IOStream) endOfInput() {
	if s.closed || s.ending == sends && (s.limits.HalfOpen || s.consumerGoesOn()) {
		return
	}
	s.CloseWhenFlushed()
}

// consumerGoesOn asks the consumer whether it has output for a peer that sends no more.
func (s *IOStream) consumerGoesOn() bool {
	c, ok := s.consumer.(InputEnder)
	if !ok || !c.InputEnded() {
		return false
	}
	probePeer(int(s.fd))
	return true
}

// wantsOutputOnly reports whether the consumer has no use for what came from a peer that
// has gone, because it would only respond to it.
func (s *IOStream) wantsOutputOnly() bool {
	_, ok := s.consumer.(InputEnder)
	return ok
}

func (s *IOStream) watchReading() {
	if !s.closed && !s.eof {
		s.watch(s.watching | ioloop.Read)
	}
}
