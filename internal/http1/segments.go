package http1

const (
	minSegment = 4 << 10 // size of the second segment in bytes; each further segment doubles the total size
	maxSegment = 1 << 20
)

// Segments gather a body of unknown length. Bytes that have arrived are not copied again when
// more arrive.
type Segments struct {
	full [][]byte
	last []byte
	size int
}

// AppendBytes appends a copy of p.
func (s *Segments) AppendBytes(p []byte) {
	for len(p) > 0 {
		if len(s.last) == cap(s.last) {
			s.beginSegment(len(p))
		}
		n := min(len(p), cap(s.last)-len(s.last))
		s.last = append(s.last, p[:n]...)
		s.size += n
		p = p[n:]
	}
}

// beginSegment starts a new segment. The first one has n bytes, because most bodies are
// small.
func (s *Segments) beginSegment(n int) {
	if s.size > 0 {
		s.full = append(s.full, s.last)
		n = min(max(s.size, minSegment), maxSegment)
	}
	s.last = make([]byte, 0, n)
}

// TakeBytes returns all bytes as one slice and empties s.
func (s *Segments) TakeBytes() []byte {
	whole := s.last
	if len(s.full) > 0 {
		whole = make([]byte, 0, s.size)
		for _, segment := range append(s.full, s.last) {
			whole = append(whole, segment...)
		}
	}
	*s = Segments{}
	return whole
}
