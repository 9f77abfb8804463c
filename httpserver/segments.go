package httpserver

import "sync/atomic"

const (
	minSegment = 4 << 10 // of the second segment; the following ones double what there is
	maxSegment = 1 << 20
)

// segments gather a body whose length is not known. What has come is not copied when more
// comes.
type segments struct {
	full [][]byte
	last []byte
	size int
}

// add copies p.
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

// grow begins a segment, for n bytes if it is the first one: most bodies are small.
func (s *segments) beginSegment(n int) {
	if s.size > 0 {
		s.full = append(s.full, s.last)
		n = min(max(s.size, minSegment), maxSegment)
	}
	s.last = make([]byte, 0, n)
}

// join returns all bytes as one slice, and forgets them.
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

// A byteBudget bounds bytes that all loops of a server hold together.
type byteBudget struct {
	max  int64 // negative: no limit
	used atomic.Int64
}

// take reserves n bytes, or none if that would be too many.
func (b *byteBudget) reserveBytes(n int64) bool {
	if b.used.Add(n) > b.max && b.max >= 0 {
		b.used.Add(-n)
		return false
	}
	return true
}

// release gives n bytes back.
func (b *byteBudget) releaseBytes(n int64) { b.used.Add(-n) }
