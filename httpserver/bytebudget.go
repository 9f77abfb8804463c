package httpserver

import "sync/atomic"

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
