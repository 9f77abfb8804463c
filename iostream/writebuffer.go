package iostream

// refThreshold is the size above which a write is queued by reference instead of being
// copied.
const refThreshold = 16 << 10

// A writeBuffer holds unsent output: pieces by reference, and between them small writes
// that are gathered in buf.
type writeBuffer struct {
	pieces [][]byte // the pieces that are sent before buf[start:]; some of them are parts of buf
	buf    []byte
	start  int          // index in buf of the bytes that follow the pieces
	size   int          // unsent bytes
	files  []fileOutput // unsent parts of files, by position

	queued, sent uint64 // total bytes, for the waiters
	waiters      []flushWaiter
}

// A flushWaiter is a callback that runs when the first at bytes of the output have been sent.
type flushWaiter struct {
	at uint64
	fn func(error)
}

// beginAppend returns the buffer to which the caller appends. endAppend must follow.
func (w *writeBuffer) beginAppend() []byte {
	if len(w.pieces) == 0 && w.start > 0 {
		w.buf = w.buf[:copy(w.buf, w.buf[w.start:])]
		w.start = 0
	}
	return w.buf
}

// endAppend queues the bytes that were appended to the buffer of beginAppend.
func (w *writeBuffer) endAppend(b []byte) {
	added := len(b) - len(w.buf)
	w.buf = b
	w.size += added
	w.queued += uint64(added)
}

// appendRef queues p by reference.
func (w *writeBuffer) appendRef(p []byte) {
	if w.start < len(w.buf) {
		w.pieces = append(w.pieces, w.buf[w.start:len(w.buf):len(w.buf)])
		w.start = len(w.buf)
	}
	w.pieces = append(w.pieces, p)
	w.size += len(p)
	w.queued += uint64(len(p))
}

// unsentPieces appends the pieces to send next to dst, up to cap(dst) pieces and up to the
// next part of a file.
func (w *writeBuffer) unsentPieces(dst [][]byte) [][]byte {
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

// writeTo writes once. There is nearly always one piece, which needs no list.
func (w *writeBuffer) writeTo(fd int) (int, error) {
	if len(w.pieces) == 0 {
		return writeTo(fd, w.buf[w.start:w.start+w.beforeFile()])
	}
	var storage [maxPieces][]byte
	return writevTo(fd, w.unsentPieces(storage[:0]))
}

// dropSent drops the first n bytes, which were sent.
func (w *writeBuffer) dropSent(n int) {
	file := w.fileIsNext()
	w.size -= n
	w.sent += uint64(n)
	if file {
		w.dropSentFile(n)
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

// takeFlushed removes and returns the waiters whose bytes were sent.
func (w *writeBuffer) takeFlushed() []flushWaiter {
	n := 0
	for n < len(w.waiters) && w.waiters[n].at <= w.sent {
		n++
	}
	done := w.waiters[:n:n]
	w.waiters = w.waiters[n:]
	return done
}

// resetWrite empties the buffer for reuse.
func (w *writeBuffer) resetWrite() {
	clear(w.pieces)
	*w = writeBuffer{pieces: w.pieces[:0], buf: w.buf[:0]}
}
