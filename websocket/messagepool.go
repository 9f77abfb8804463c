package websocket

import (
	"bytes"
	"slices"
	"unsafe"
)

const (
	minRecycled = 16 << 10 // size in bytes of the smallest buffer that the pool keeps
	maxRecycled = 4 << 20  // size in bytes of all buffers that the pool of a loop keeps
)

// A messagePool is a loop's pool of buffers for large messages, filled by Recycle. A new buffer
// costs about as much as the message itself: it must be cleared, it is not in the processor's
// cache, and it is work for the garbage collector. A nil pool always allocates.
type messagePool struct {
	free      [][]byte // the free buffers, in the order of their release
	bytes     int      // the sum of their capacities
	overwrite bool     // released buffers are overwritten, so that a use after Recycle is noticed
}

// newBuffer returns an empty slice with a capacity of at least n bytes. Its memory may hold old
// messages.
func (m *messagePool) newBuffer(n int) []byte {
	if b := m.findBuffer(n); b != nil {
		return b
	}
	return make([]byte, 0, n)
}

// copyOf returns a copy of p.
func (m *messagePool) copyOf(p []byte) []byte {
	if b := m.findBuffer(len(p)); b != nil {
		return append(b, p...)
	}
	return bytes.Clone(p)
}

// findBuffer removes a buffer with a capacity of at least n bytes from the pool, or returns
// nil. It leaves buffers of more than twice that size, whose memory would be wasted.
func (m *messagePool) findBuffer(n int) []byte {
	if m == nil || n < minRecycled {
		return nil
	}
	for i, b := range slices.Backward(m.free) {
		if n <= cap(b) && cap(b) <= 2*n {
			m.free = slices.Delete(m.free, i, i+1)
			m.bytes -= cap(b)
			return b
		}
	}
	return nil
}

// releaseBuffer puts b into the pool. No other code may use b any more. If the pool is full,
// its oldest buffers are dropped.
func (m *messagePool) releaseBuffer(b []byte) {
	if m == nil || cap(b) < minRecycled || cap(b) > maxRecycled {
		return
	}
	for _, kept := range m.free {
		if unsafe.SliceData(kept) == unsafe.SliceData(b) {
			panic("websocket: Recycle of a message that was recycled already")
		}
	}
	if m.overwrite {
		b = b[:cap(b)]
		for i := range b {
			b[i] = '!'
		}
	}
	for m.bytes+cap(b) > maxRecycled {
		m.bytes -= cap(m.free[0])
		m.free = slices.Delete(m.free, 0, 1)
	}
	m.bytes += cap(b)
	m.free = append(m.free, b[:0])
}

// recycle puts b into the loop's pool when no part of b waits to be sent.
func (s *session) recycle(b []byte) {
	if cap(b) < minRecycled {
		return // too small for the pool
	}
	m := &s.shared.buffers
	switch {
	case s.buffered() == 0:
		m.releaseBuffer(b)
	case s.out == nil || len(s.out.queue) == 0:
		s.stream.Flushed(func(error) { m.releaseBuffer(b) })
	} // otherwise b may still wait to be sent, so the garbage collector releases it
}
