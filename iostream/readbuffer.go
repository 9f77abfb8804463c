package iostream

// keepCapacity is the maximal capacity of a buffer that is kept for reuse.
const keepCapacity = 64 << 10

// A readBuffer holds input that was not read yet.
type readBuffer struct {
	buf   []byte
	start int // index in buf of the first byte that was not read
}

// bytes returns the bytes that were not read.
func (b *readBuffer) bytes() []byte { return b.buf[b.start:] }

// append adds p. It first moves the unread bytes to the front of buf if that frees half the
// space.
func (b *readBuffer) append(p []byte) {
	if b.start > len(b.buf)/2 {
		b.buf = b.buf[:copy(b.buf, b.buf[b.start:])]
		b.start = 0
	}
	b.buf = append(b.buf, p...)
}

// dropFront drops the first n bytes.
func (b *readBuffer) dropFront(n int) { b.start += n }

func (b *readBuffer) resetRead() { b.buf, b.start = b.buf[:0], 0 }
