package iostream

import (
	"fmt"
	"regexp"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// ReadUntil reads through the first delim; the result includes it. If maxBytes is above 0
// and the delimiter does not end within that many bytes, the stream closes and the error is
// a *StreamClosedError around an *UnsatisfiableReadError. Other errors are those of
// ReadBytes. Tornado: read_until.
func (s *IOStream) ReadUntil(delim []byte, maxBytes int) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntil", pendingRead{delim: delim, maxBytes: maxBytes})
}

// ReadUntilRegex reads through the end of the first match of re in the input so far. It
// searches whenever more input comes, in linear time in total; $ and \b match at the end of
// the input so far. re has Go's syntax, not that of regexp.CompilePOSIX. maxBytes and
// errors are as for ReadUntil. Tornado: read_until_regex.
func (s *IOStream) ReadUntilRegex(re *regexp.Regexp, maxBytes int) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntilRegex", pendingRead{regex: &regexSearch{re: re}, maxBytes: maxBytes})
}

// ReadBytes reads n bytes or, with partial, 1 to n bytes as soon as any come. The caller
// owns the result. The error is a *StreamClosedError if either side closes the stream
// first, and ErrAlreadyReading while another read is pending; a negative n is also an
// error. Tornado: read_bytes.
func (s *IOStream) ReadBytes(n int, partial bool) *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadBytes", pendingRead{n: n, partial: partial && n > 0})
}

// ReadUntilClose reads until the connection ends, also if it ends with an error, which Err
// returns. On a closed stream it returns the bytes that are left. Its only error is
// ErrAlreadyReading, while another read is pending. Tornado: read_until_close.
func (s *IOStream) ReadUntilClose() *ioloop.Future[[]byte] {
	return s.readBytes("IOStream.ReadUntilClose", pendingRead{all: true})
}

// ReadInto fills p and returns the number of bytes: len(p) or, with partial, 1 to len(p) as
// soon as any come. It avoids a copy where it can. The stream owns p until the future is
// done. Errors are those of ReadBytes. Tornado: read_into.
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

// readBytes starts a read whose result the caller owns.
func (s *IOStream) readBytes(call string, r pendingRead) *ioloop.Future[[]byte] {
	f := ioloop.NewFuture[[]byte](s.loop)
	r.future = f
	s.read(call, r)
	return f
}

// read starts a read, and completes it at once if the held input is enough.
func (s *IOStream) read(call string, r pendingRead) {
	s.loop.CheckOwner(call)
	switch {
	case r.n < 0: // the caller may have computed n from a length that the peer has sent
		r.complete(nil, fmt.Errorf("iostream: cannot read %d bytes: the number must be 0 or more", r.n))
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

// serveRead completes the pending read if the held input is enough, or if no more input can
// come.
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
		s.hold(r.into[:r.got]) // the bytes stay readable for a smaller read
		r.complete(nil, &StreamClosedError{s.err})
		s.endOfInput()
	}
}

// result returns the n bytes that complete r and removes them from the held input.
func (s *IOStream) result(r *pendingRead, n int) []byte {
	if r.into != nil {
		copy(r.into[r.got:n], s.held())
		s.dropHeld(n - r.got)
		return r.into[:n]
	}
	if in := s.in; in != nil && n > keepCapacity && n == len(in.bytes()) {
		s.in = nil // a buffer that is too large for the pool is given to the caller
		return in.bytes()
	}
	data := make([]byte, n)
	copy(data, s.held())
	s.dropHeld(n)
	return data
}

// held returns the input that was not read yet.
func (s *IOStream) held() []byte {
	if s.in == nil {
		return nil
	}
	return s.in.bytes()
}

// dropHeld drops the first n bytes of the held input.
func (s *IOStream) dropHeld(n int) {
	if s.in == nil {
		return
	}
	s.in.dropFront(n)
	if len(s.in.bytes()) == 0 {
		s.pool.putRead(s.in)
		s.in = nil
	}
}

// hold appends p to the held input.
func (s *IOStream) hold(p []byte) {
	if len(p) == 0 {
		return
	}
	if s.in == nil {
		s.in = s.pool.getRead()
	}
	s.in.append(p)
}

// handleRead reads from the socket until it is empty or the stream holds enough. It always
// reads the input that the TLS layer has already read from the socket, because no event
// will report that.
func (s *IOStream) handleRead() {
	for rounds := 0; (rounds < 16 || s.tls.hasInput()) && !s.closed && !s.eof; rounds++ {
		if !s.wantsInput() && !s.tls.hasInput() {
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

// failRead closes the stream after a failed read.
func (s *IOStream) failRead(err error) {
	if !isDisconnect(err) {
		log.Gen().Warn(fmt.Sprintf("error on read: %v", err))
	}
	s.closeWith(err)
}

// wantsInput reports whether the stream should read from the socket now.
func (s *IOStream) wantsInput() bool {
	switch {
	case s.pending != nil, s.consuming():
		return true // the consumer must take the held input first, which would grow without limit otherwise
	default:
		return len(s.held()) < s.limits.readChunkSize()
	}
}

// readOnce reads one chunk and delivers it. more reports whether the socket may have
// another.
func (s *IOStream) readOnce() (more bool, err error) {
	if target := s.direct(); target != nil {
		return s.readDirect(target)
	}
	n, more, err := s.fill(s.pool.scratch[:s.limits.readChunkSize()])
	if err != nil {
		return false, err
	}
	if n == 0 {
		s.handleEOF()
		return false, nil
	}
	s.received(s.pool.scratch[:n])
	return more, nil
}

// fill reads from the connection once into p. n is 0 at the end of the input. more reports
// whether the socket may have more.
func (s *IOStream) fill(p []byte) (n int, more bool, err error) {
	if s.tls != nil {
		return s.tls.fillDecrypted(p)
	}
	n, err = readFrom(int(s.fd), p)
	return n, n == len(p), err
}

// direct returns the buffer of the consumer or the pending read that gets the next bytes, or nil
// if they go to the scratch buffer.
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

// readDirect reads once into the buffer of a consumer or a ReadInto.
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

// received delivers p, which is input. p is valid during the call only.
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

// handleEOF records that the peer has closed its sending side. The stream still delivers held
// input and sends its output.
func (s *IOStream) handleEOF() {
	s.eof = true
	s.watch(s.watching &^ ioloop.Read)
	if s.pending != nil {
		s.serveRead()
		return
	}
	s.endIfDrained()
}

// endIfDrained ends the input if the peer has closed its sending side and all input was
// taken.
func (s *IOStream) endIfDrained() {
	if !s.eof || s.closed || s.pending != nil {
		return
	}
	if s.in == nil || s.consuming() {
		s.endOfInput()
	}
}

// endOfInput closes the stream, unless its sending side stays open (a half-close).
func (s *IOStream) endOfInput() {
	if s.closed || s.closeState == sendOpen && (s.limits.HalfOpen || s.consumerGoesOn()) {
		return
	}
	s.CloseWhenFlushed()
}

// consumerGoesOn asks the consumer whether it still has output for a peer that sends no
// more.
func (s *IOStream) consumerGoesOn() bool {
	c, ok := s.consumer.(InputEnder)
	if !ok || !c.InputEnded() {
		return false
	}
	probePeer(int(s.fd))
	return true
}

// wantsOutputOnly reports whether the consumer ignores unread input of a peer that has
// gone, because it could only respond to it.
func (s *IOStream) wantsOutputOnly() bool {
	_, ok := s.consumer.(InputEnder)
	return ok
}

// watchReading makes the poller report input, unless no more comes.
func (s *IOStream) watchReading() {
	if !s.closed && !s.eof {
		s.watch(s.watching | ioloop.Read)
	}
}
