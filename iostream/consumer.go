package iostream

// A Consumer is a protocol core's end of the push interface: the stream offers it
// the bytes that came, in place. Its methods run on the loop's own stack.
type Consumer interface {
	// Consume looks at data and returns how many bytes it took. The stream keeps the rest
	// and offers it again when there is more, after Resume, or after Yield. data is valid
	// during the call only; the consumer may change the bytes that it takes.
	Consume(data []byte) int
	// Direct returns where the next bytes are to be read to, or nil to have them
	// offered by Consume. It is asked only when nothing is held for Consume.
	Direct() []byte
	// DirectFilled tells that n bytes were read into what Direct returned.
	DirectFilled(n int)
	// ConnectionLost is called once, when the stream was closed by either side;
	// err is nil for an orderly end.
	ConnectionLost(err error)
}

// An InputEnder is a Consumer that may have output for a peer that has closed its sending
// side (a half-close).
type InputEnder interface {
	Consumer
	// InputEnded is called when the peer sends no more and the consumer has taken what it
	// takes of the input; perhaps more than once. If it returns true, the stream stays open
	// for output until the consumer closes it. Otherwise the stream closes when the queued
	// output has been sent. A peer that closes its socket altogether looks the same at
	// first. ConnectionLost is called when the system knows that the peer has gone: by a
	// reset or, after about a minute, by a keep-alive probe.
	InputEnded() bool
}

// SetConsumer gives the bytes that come to c, or with nil back to the Read...
// methods. Bytes that are held are c's from the next turn on, or at once if it is
// set from within Consume.
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

// Pause stops offering data to the consumer. The stream reads ahead a little, so
// that it sees the peer go, then no more: the peer is held back.
func (s *IOStream) Pause() {
	s.loop.CheckOwner("IOStream.Pause")
	s.paused = true
}

// Resume goes on after Pause. The bytes that the stream holds are offered in the next turn.
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

// Yield lets a consumer stop within Consume although it could go on, so that other
// connections get their turn. The bytes that Consume leaves are offered again in the next
// turn of the loop; until then the consumer gets none.
func (s *IOStream) Yield() {
	s.loop.CheckOwner("IOStream.Yield")
	if !s.offering && !s.paused {
		s.offerSoon()
	}
}

// offerSoon plans an offer of the bytes that the stream holds for the next turn.
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

// consuming reports whether bytes that come may be given to a consumer now.
func (s *IOStream) consuming() bool { return s.consumer != nil && !s.paused && !s.offering }

// offer gives p to the consumer, and to the one it may set in its place, and
// returns what was not taken.
func (s *IOStream) offer(p []byte) []byte {
	for len(p) > 0 && s.consumer != nil && !s.paused && !s.closed {
		c := s.consumer
		p = p[c.Consume(p):]
		if s.consumer == c {
			break
		}
	}
	if len(p) > 0 && s.layer.isOpening() {
		s.closeWith(errEarlyBytes) // they came in the clear, and would be taken for what came encrypted
	}
	return p
}

func (s *IOStream) offerHeld() {
	if s.in == nil || !s.consuming() {
		return
	}
	in := s.in
	s.in = nil // what the consumer does meanwhile must not see these bytes
	in.take(len(in.bytes()) - len(s.offer(in.bytes())))
	s.in = in
	s.taken(0)
}
