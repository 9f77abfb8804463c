package iostream

// keepCapacity bounds the buffers that are kept for reuse.
const keepCapacity = 64 << 10

// A readBuffer holds bytes that came and were not taken yet.
type readBuffer struct {
	buf   []byte
	start int // of the first byte not taken
}

func (b *readBuffer) bytes() []byte { return b.buf[b.start:] }

// append adds p, moving what is held to the front when that frees half the space.
func (b *readBuffer) append(p []byte) {
	if b.start > len(b.buf)/2 {
		b.buf = b.buf[:copy(b.buf, b.buf[b.start:])]
		b.start = 0
	}
	b.buf = append(b.buf, p...)
}

// take drops the first n bytes.
func (b *readBuffer) take(n int) { b.start += n }

func (b *readBuffer) reset() { b.buf, b.start = b.buf[:0], 0 }
