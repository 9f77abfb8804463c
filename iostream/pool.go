package iostream

import "github.com/gotornado/tornado/ioloop"

// scratchSize is what one read takes in at most.
const scratchSize = 64 << 10

// maxPooled bounds the buffers that a loop keeps for reuse.
const maxPooled = 1024

// buffers are what the streams of one loop share.
type buffers struct {
	scratch []byte // where reads land; valid until the next read of any stream
	cipher  []byte // the same for ciphertext; nil before the first
	reads   []*readBuffer
	writes  []*writeBuffer
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

func (b *buffers) takeRead() *readBuffer {
	if n := len(b.reads) - 1; n >= 0 {
		r := b.reads[n]
		b.reads = b.reads[:n]
		return r
	}
	return &readBuffer{}
}

func (b *buffers) giveRead(r *readBuffer) {
	if cap(r.buf) <= keepCapacity && len(b.reads) < maxPooled {
		r.reset()
		b.reads = append(b.reads, r)
	}
}

func (b *buffers) takeWrite() *writeBuffer {
	if n := len(b.writes) - 1; n >= 0 {
		w := b.writes[n]
		b.writes = b.writes[:n]
		return w
	}
	return &writeBuffer{}
}

func (b *buffers) giveWrite(w *writeBuffer) {
	if cap(w.buf) <= keepCapacity && len(b.writes) < maxPooled {
		w.reset()
		b.writes = append(b.writes, w)
	}
}
