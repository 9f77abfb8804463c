package iostream

// A Consumer is a protocol core that parses a stream's input in place. Its methods run on
// the loop's own stack and must not block.
type Consumer interface {
	// Consume parses data and returns how many bytes it took. The stream keeps the rest
	// and offers it again when there is more, after Resume, or after Yield. data is valid
	// during the call only; the consumer may change the bytes that it takes.
	Consume(data []byte) int
	// Direct returns a buffer for the next bytes, or nil to receive them by Consume. It is
	// called only when the stream holds no bytes for Consume.
	Direct() []byte
	// DirectFilled is called after n bytes were read into the buffer that Direct returned.
	DirectFilled(n int)
	// ConnectionLost is called once, after either side has closed the stream. err is nil
	// if the stream ended in order.
	ConnectionLost(err error)
}

// An InputEnder is a Consumer that may have output for a peer that has closed its sending
// side (a half-close).
type InputEnder interface {
	Consumer
	// InputEnded is called after the peer has closed its sending side and the consumer has
	// taken the input that it wants; perhaps more than once. If it returns true, the stream stays open
	// for output until the consumer closes it. Otherwise the stream closes when the queued
	// output has been sent. A peer that closes its whole socket looks the same at
	// first. ConnectionLost is called when the system knows that the peer has gone: by a
	// reset or, after about a minute, by a keep-alive probe.
	InputEnded() bool
}

// SetConsumer makes c receive the stream's input; nil returns it to the Read... methods.
// The stream offers the bytes that it holds in the next turn, or at once if SetConsumer is
// called within Consume.
func (s *IOStream) SetConsumer(c Consumer) {
	s.loop.CheckOwner("IOStream.SetConsumer")
	s.consumer, s.paused = c, false
	if c == nil {
		return
	}
	if s.closed {
		s.announceClose()
		return
	}
	s.Resume()
}

// Pause stops offering input to the consumer. The stream reads ahead by one chunk, to
// notice that the peer closes, and then stops reading (backpressure).
func (s *IOStream) Pause() {
	s.loop.CheckOwner("IOStream.Pause")
	s.paused = true
}

// Resume ends a Pause. The stream offers the bytes that it holds in the next turn.
func (s *IOStream) Resume() {
	s.loop.CheckOwner("IOStream.Resume")
	s.paused = false
	switch {
	case s.offering:
	case s.in == nil && !s.eof:
		s.watchReading()
	default:
		s.offerSoon()
	}
}

// Yield lets a consumer stop within Consume while bytes are left, so that other connections
// are served first. The stream offers the rest in the next turn; until then Consume is not
// called.
func (s *IOStream) Yield() {
	s.loop.CheckOwner("IOStream.Yield")
	if !s.offering && !s.paused {
		s.offerSoon()
	}
}

// offerSoon schedules an offer of the held input in the next turn.
func (s *IOStream) offerSoon() {
	s.offering = true
	s.loop.CallSoon(func() {
		defer s.closeOnPanic()
		s.offering = false
		s.offerHeld()
		if s.wantsInput() {
			s.watchReading()
		}
		s.serveRead()
		s.endIfDrained()
	})
}

// consuming reports whether input may be given to a consumer now.
func (s *IOStream) consuming() bool { return s.consumer != nil && !s.paused && !s.offering }

// offer gives p to the consumer, and to the consumer that it may set in its place. It
// returns the bytes that were not taken.
func (s *IOStream) offer(p []byte) []byte {
	for len(p) > 0 && s.consumer != nil && !s.paused && !s.closed {
		c := s.consumer
		p = p[c.Consume(p):]
		if s.consumer == c {
			break
		}
	}
	if len(p) > 0 && s.tls.isOpening() {
		s.closeWith(errEarlyBytes) // plain bytes must not be read as if TLS had protected them
	}
	return p
}

// offerHeld offers the held bytes to the consumer.
func (s *IOStream) offerHeld() {
	if s.in == nil || !s.consuming() {
		return
	}
	in := s.in
	s.in = nil // a read that the consumer calls must not see these bytes
	in.dropFront(len(in.bytes()) - len(s.offer(in.bytes())))
	s.in = in
	s.dropHeld(0)
}
