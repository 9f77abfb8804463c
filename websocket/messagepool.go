package websocket

import (
	"bytes"
	"slices"
	"unsafe"
)

const (
	minRecycled = 16 << 10 // bytes of the smallest buffer that is kept
	maxRecycled = 4 << 20  // bytes that the pool of a loop keeps
)

// A messagePool is a loop's pool of buffers for large messages, filled by Recycle. A new
// buffer costs as much as the message itself: it must be cleared, is not in the processor's
// cache, and is work for the garbage collector. A nil pool always allocates.
type messagePool struct {
	free      [][]byte // in the order in which they were given back
	bytes     int      // their capacities together
	overwrite bool     // overwrite released buffers, so that use after Recycle shows
}

// take returns an empty slice with room for n bytes, which may hold bytes of old messages.
func (m *messagePool) take(n int) []byte {
	if b := m.find(n); b != nil {
		return b
	}
	return make([]byte, 0, n)
}

// copy returns a copy of p.
func (m *messagePool) copy(p []byte) []byte {
	if b := m.find(len(p)); b != nil {
		return append(b, p...)
	}
	return bytes.Clone(p)
}

// find returns a pooled buffer with room for n bytes, or nil. A buffer of more than twice
// that size is not used, because it would be wasted if it is not recycled.
func (m *messagePool) find(n int) []byte {
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

// give puts b, which nobody uses any more, into the pool. If the pool is full, its oldest
// buffers are dropped.
func (m *messagePool) give(b []byte) {
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

// recycle puts b into the loop's pool as soon as no part of b waits to be sent.
func (s *session) recycle(b []byte) {
	if cap(b) < minRecycled {
		return // too small for the pool
	}
	m := &s.shared.buffers
	switch {
	case s.buffered() == 0:
		m.give(b)
	case s.out == nil || len(s.out.queue) == 0:
		s.stream.Flushed(func(error) { m.give(b) })
	} // else b may be queued for longer, so it is left to the garbage collector
}
