package iostream

// refThreshold is from where on the bytes of a write are held by reference
// instead of being copied.
const refThreshold = 16 << 10

// A writeBuffer holds what is unsent: pieces held by reference, and between them
// small writes gathered in buf.
type writeBuffer struct {
	pieces [][]byte // come first; some are parts of buf, final from here on
	buf    []byte
	start  int        // in buf: of what is behind the pieces
	size   int        // unsent bytes
	files  []filePart // unsent parts of files, each in its place among the rest

	queued, sent uint64 // bytes in all, for the waiters
	waiters      []flushWaiter
}

// A flushWaiter is called when the first at bytes were sent.
type flushWaiter struct {
	at uint64
	fn func(error)
}

// begin returns the buffer that end takes back with bytes appended.
func (w *writeBuffer) begin() []byte {
	if len(w.pieces) == 0 && w.start > 0 {
		w.buf = w.buf[:copy(w.buf, w.buf[w.start:])]
		w.start = 0
	}
	return w.buf
}

func (w *writeBuffer) end(b []byte) {
	added := len(b) - len(w.buf)
	w.buf = b
	w.size += added
	w.queued += uint64(added)
}

// ref queues p itself.
func (w *writeBuffer) ref(p []byte) {
	if w.start < len(w.buf) {
		w.pieces = append(w.pieces, w.buf[w.start:len(w.buf):len(w.buf)])
		w.start = len(w.buf)
	}
	w.pieces = append(w.pieces, p)
	w.size += len(p)
	w.queued += uint64(len(p))
}

// unsent appends the pieces to send, at most cap(dst) of them, up to the next file.
func (w *writeBuffer) unsent(dst [][]byte) [][]byte {
	left := w.beforeFile()
	for _, p := range w.pieces {
		if len(dst) == cap(dst) || left == 0 {
			return dst
		}
		p = p[:min(len(p), left)]
		left -= len(p)
		dst = append(dst, p)
	}
	if left > 0 && len(dst) < cap(dst) {
		dst = append(dst, w.buf[w.start:w.start+left])
	}
	return dst
}

// writeTo writes once. Nearly always there is one piece, and no list is made.
func (w *writeBuffer) writeTo(fd int) (int, error) {
	if len(w.pieces) == 0 {
		return writeTo(fd, w.buf[w.start:w.start+w.beforeFile()])
	}
	var storage [maxPieces][]byte
	return writevTo(fd, w.unsent(storage[:0]))
}

// advance drops the first n bytes, which were sent.
func (w *writeBuffer) advance(n int) {
	file := w.fileIsNext()
	w.size -= n
	w.sent += uint64(n)
	if file {
		w.advanceFile(n)
		return
	}
	done := 0
	for done < len(w.pieces) && n >= len(w.pieces[done]) {
		n -= len(w.pieces[done])
		w.pieces[done] = nil
		done++
	}
	if done == len(w.pieces) {
		w.pieces = w.pieces[:0]
		w.start += n
		return
	}
	w.pieces = w.pieces[done:]
	w.pieces[0] = w.pieces[0][n:]
}

// flushed takes the waiters whose bytes were sent off the list.
func (w *writeBuffer) flushed() []flushWaiter {
	n := 0
	for n < len(w.waiters) && w.waiters[n].at <= w.sent {
		n++
	}
	done := w.waiters[:n:n]
	w.waiters = w.waiters[n:]
	return done
}

// reset empties the buffer for reuse.
func (w *writeBuffer) reset() {
	clear(w.pieces)
	*w = writeBuffer{pieces: w.pieces[:0], buf: w.buf[:0]}
}
