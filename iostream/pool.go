package iostream

import "github.com/gotornado/tornado/ioloop"

// scratchSize is what one read takes in at most.
const scratchSize = 64 << 10

// maxPooled and maxPooledBytes bound what a loop keeps for reuse.
const (
	maxPooled      = 1024 // buffers of each kind
	maxPooledBytes = 8 << 20
)

// buffers are what the streams of one loop share.
type buffers struct {
	scratch []byte // where reads land; valid until the next read of any stream
	cipher  []byte // the same for ciphertext; nil before the first
	chunk   []byte // of a file that the kernel cannot send by itself; nil before the first
	reads   []*readBuffer
	writes  []*writeBuffer
	pooled  int // bytes in both
}

type buffersKey struct{}

func buffersOf(l *ioloop.IOLoop) *buffers {
	return l.Local(buffersKey{}, func() any { return &buffers{scratch: make([]byte, scratchSize)} }).(*buffers)
}

func (b *buffers) ciphertext() []byte {
	if b.cipher == nil {
		b.cipher = make([]byte, scratchSize)
	}
	return b.cipher
}

func (b *buffers) fileChunk() []byte {
	if b.chunk == nil {
		b.chunk = make([]byte, scratchSize)
	}
	return b.chunk
}

func (b *buffers) takeRead() *readBuffer {
	n := len(b.reads) - 1
	if n < 0 {
		return &readBuffer{}
	}
	r := b.reads[n]
	b.reads[n], b.reads = nil, b.reads[:n]
	b.pooled -= cap(r.buf)
	return r
}

func (b *buffers) giveRead(r *readBuffer) {
	if b.keeps(cap(r.buf), len(b.reads)) {
		r.reset()
		b.reads = append(b.reads, r)
	}
}

func (b *buffers) takeWrite() *writeBuffer {
	n := len(b.writes) - 1
	if n < 0 {
		return &writeBuffer{}
	}
	w := b.writes[n]
	b.writes[n], b.writes = nil, b.writes[:n]
	b.pooled -= cap(w.buf)
	return w
}

func (b *buffers) giveWrite(w *writeBuffer) {
	if b.keeps(cap(w.buf), len(b.writes)) {
		w.reset()
		b.writes = append(b.writes, w)
	}
}

// keeps decides whether a buffer is kept, next to others of its kind, and counts it.
func (b *buffers) keeps(size, others int) bool {
	if size > keepCapacity || others >= maxPooled || b.pooled+size > maxPooledBytes {
		return false
	}
	b.pooled += size
	return true
}
