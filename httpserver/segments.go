package httpserver

import "sync/atomic"

const (
	minSegment = 4 << 10 // bytes of the second segment; each further one doubles the total size
	maxSegment = 1 << 20
)

// segments gather a body of unknown length. Bytes that have arrived are not copied again when
// more arrive.
type segments struct {
	full [][]byte
	last []byte
	size int
}

// appendBytes appends a copy of p.
func (s *segments) appendBytes(p []byte) {
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
func (s *segments) beginSegment(n int) {
	if s.size > 0 {
		s.full = append(s.full, s.last)
		n = min(max(s.size, minSegment), maxSegment)
	}
	s.last = make([]byte, 0, n)
}

// takeBytes returns all bytes as one slice and empties s.
func (s *segments) takeBytes() []byte {
	whole := s.last
	if len(s.full) > 0 {
		whole = make([]byte, 0, s.size)
		for _, segment := range append(s.full, s.last) {
			whole = append(whole, segment...)
		}
	}
	*s = segments{}
	return whole
}

// A byteBudget limits the bytes that all loops of a server hold together.
type byteBudget struct {
	max  int64 // a negative value means no limit
	used atomic.Int64
}

// reserveBytes reserves n bytes and returns true, or reserves nothing if the limit would be
// exceeded.
func (b *byteBudget) reserveBytes(n int64) bool {
	if b.used.Add(n) > b.max && b.max >= 0 {
		b.used.Add(-n)
		return false
	}
	return true
}

// releaseBytes releases n reserved bytes.
func (b *byteBudget) releaseBytes(n int64) { b.used.Add(-n) }
