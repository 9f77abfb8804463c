package cluster

// Sequences checks the numbers of the envelopes that arrive under one topic. It keeps 16
// bytes and a map entry for each sender. The zero value knows no sender.
type Sequences struct {
	last map[uint64]lastNumber
}

// A lastNumber is the highest number of a sender's latest run.
type lastNumber struct{ run, number uint64 }

// Verdict is the result of Sequences.Check.
type Verdict struct {
	Repeated bool   // the envelope has arrived before, or belongs to an earlier run
	Lost     uint64 // how many numbers before this one have not arrived
}

// Check records an envelope. The first number of a sender or of a run may be any: a process
// that subscribes late has missed nothing that was meant for it.
func (s *Sequences) Check(sender, run, number uint64) Verdict {
	last, known := s.last[sender]
	switch {
	case !known || run > last.run:
		s.set(sender, lastNumber{run, number})
		return Verdict{}
	case run < last.run || number <= last.number:
		return Verdict{Repeated: true}
	}
	s.set(sender, lastNumber{run, number})
	return Verdict{Lost: number - last.number - 1}
}

func (s *Sequences) set(sender uint64, n lastNumber) {
	if s.last == nil {
		s.last = map[uint64]lastNumber{}
	}
	s.last[sender] = n
}

// Forget forgets a sender, whose process has ended.
func (s *Sequences) Forget(sender uint64) { delete(s.last, sender) }

// Len returns the number of senders that are known.
func (s *Sequences) Len() int { return len(s.last) }
