package websocket

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/gotornado/tornado/ioloop"
)

const (
	minRecycled = 16 << 10 // bytes from where on a message's memory is worth keeping
	maxRecycled = 4 << 20  // that a loop keeps
)

// A memory is where the large messages of a loop are put: it keeps what Recycle gives
// back, for those that come next. New memory is cleared, cold in the processor's cache and
// the collector's work, which costs as much as the message itself. nil is always new.
type memory struct {
	free      [][]byte // the one given back last is the last
	bytes     int      // in them
	overwrite bool     // what is given back, so that who still uses it finds out
}

type memoryKey struct{}

func memoryOf(l *ioloop.IOLoop) *memory {
	return l.Local(memoryKey{}, func() any { return &memory{overwrite: l.Options().Debug} }).(*memory)
}

// take returns an empty slice with room for n bytes. What stands in that room is
// anybody's.
func (m *memory) take(n int) []byte {
	if b := m.find(n); b != nil {
		return b
	}
	return make([]byte, 0, n)
}

// copy returns p in memory of its own.
func (m *memory) copy(p []byte) []byte {
	if b := m.find(len(p)); b != nil {
		return append(b, p...)
	}
	return bytes.Clone(p)
}

// find is take, but nil if nothing that is kept suits: too small, or more than twice as
// large, which would be a waste if it is not given back.
func (m *memory) find(n int) []byte {
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

// give takes b back: nobody uses it any more. What there is no room for is dropped, the
// oldest first.
func (m *memory) give(b []byte) {
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

// recycle gives b back when none of it waits to be sent.
func (s *session) recycle(b []byte) {
	if cap(b) < minRecycled {
		return // as give would
	}
	m := memoryOf(s.stream.Loop())
	switch {
	case s.buffered() == 0:
		m.give(b)
	case s.out == nil || len(s.out.queue) == 0:
		s.stream.Flushed(func(error) { m.give(b) })
	} // else it may be queued for longer, and is left to the collector
}
