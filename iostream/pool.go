package iostream

import "github.com/gotornado/tornado/ioloop"

// scratchSize is the maximal number of bytes of one read.
const scratchSize = 64 << 10

// maxPooled and maxPooledBytes limit the buffers that a loop keeps for reuse.
const (
	maxPooled      = 1024 // buffers of each kind
	maxPooledBytes = 8 << 20
)

// A bufferPool has the buffers that the streams of one loop share.
type bufferPool struct {
	scratch []byte // buffer that reads fill; its content is valid until the next read of any stream
	cipher  []byte // buffer like scratch, for ciphertext; it is allocated on first use
	chunk   []byte // buffer for a part of a file that the kernel cannot send by itself; allocated on first use
	reads   []*readBuffer
	writes  []*writeBuffer
	pooled  int // bytes in reads and writes
}

type bufferPoolKey struct{}

// poolOf returns the pool of a loop.
func poolOf(l *ioloop.IOLoop) *bufferPool {
	return l.Local(bufferPoolKey{}, func() any { return &bufferPool{scratch: make([]byte, scratchSize)} }).(*bufferPool)
}

// ciphertext returns the buffer for ciphertext.
func (b *bufferPool) ciphertext() []byte {
	if b.cipher == nil {
		b.cipher = make([]byte, scratchSize)
	}
	return b.cipher
}

// fileChunk returns the buffer for a part of a file.
func (b *bufferPool) fileChunk() []byte {
	if b.chunk == nil {
		b.chunk = make([]byte, scratchSize)
	}
	return b.chunk
}

// getRead returns an empty readBuffer, from the pool if it has one.
func (b *bufferPool) getRead() *readBuffer {
	n := len(b.reads) - 1
	if n < 0 {
		return &readBuffer{}
	}
	r := b.reads[n]
	b.reads[n], b.reads = nil, b.reads[:n]
	b.pooled -= cap(r.buf)
	return r
}

// putRead returns r to the pool.
func (b *bufferPool) putRead(r *readBuffer) {
	if b.admits(cap(r.buf), len(b.reads)) {
		r.resetRead()
		b.reads = append(b.reads, r)
	}
}

// getWrite returns an empty writeBuffer, from the pool if it has one.
func (b *bufferPool) getWrite() *writeBuffer {
	n := len(b.writes) - 1
	if n < 0 {
		return &writeBuffer{}
	}
	w := b.writes[n]
	b.writes[n], b.writes = nil, b.writes[:n]
	b.pooled -= cap(w.buf)
	return w
}

// putWrite returns w to the pool.
func (b *bufferPool) putWrite(w *writeBuffer) {
	if b.admits(cap(w.buf), len(b.writes)) {
		w.resetWrite()
		b.writes = append(b.writes, w)
	}
}

// admits reports whether the pool may keep a buffer of size bytes, and counts its bytes if so.
// others is the number of buffers of the same kind that the pool has.
func (b *bufferPool) admits(size, others int) bool {
	if size > keepCapacity || others >= maxPooled || b.pooled+size > maxPooledBytes {
		return false
	}
	b.pooled += size
	return true
}
