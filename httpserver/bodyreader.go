package httpserver

import "github.com/gotornado/tornado/httputil"

// firstBody is the largest buffer in bytes that is allocated for a body before data arrives.
const firstBody = 64 << 10

// A bodyReader finds the body of a request in the bytes that arrive. It does no I/O. It
// gathers the whole body, or returns pieces of it.
type bodyReader struct {
	framing  framing
	chunks   chunkedReader
	max      int64
	got      int64 // bytes of the body that have arrived
	gather   bool
	whole    []byte   // the gathered part of a body with a Content-Length
	parts    segments // the gathered part of a chunked body
	finished bool
}

func newBodyReader(f framing, mode httputil.BodyMode, max int64) *bodyReader {
	return &bodyReader{framing: f, max: max, gather: mode == httputil.BodyWhole}
}

// checkLength returns an error if the Content-Length is larger than the limit.
func (b *bodyReader) checkLength() error {
	if b.framing.kind == framingLength && b.framing.length > b.max {
		return &httputil.HTTPInputError{Reason: "Content-Length too long"}
	}
	return nil
}

// nextPiece reads n bytes of buf; n = 0 means that it needs more bytes. chunk is a piece of
// the body of at most piece bytes and refers to buf. It is nil if the body is gathered.
// done means that the body is complete.
func (b *bodyReader) nextPiece(buf []byte, piece int) (chunk []byte, n int, done bool, err error) {
	if b.gather {
		piece = len(buf)
	}
	if b.framing.kind == framingChunked {
		chunk, n, done, err = b.nextChunk(buf, piece)
	} else {
		n = int(min(int64(min(len(buf), piece)), b.framing.length-b.got))
		chunk = buf[:n]
		done = b.got+int64(n) == b.framing.length
	}
	b.got += int64(len(chunk))
	b.finished = done
	if b.gather {
		b.gatherBytes(chunk)
		chunk = nil
	}
	return chunk, n, done, err
}

func (b *bodyReader) nextChunk(buf []byte, piece int) (chunk []byte, n int, done bool, err error) {
	b.chunks.most = piece
	chunk, n, done, err = b.chunks.nextData(buf)
	if err == nil && b.chunks.total > b.max {
		err = &httputil.HTTPInputError{Reason: "chunked body too large"}
	}
	return chunk, n, done, err
}

// gatherBytes appends p to the gathered body. The buffer grows as bytes arrive, so a
// Content-Length alone costs the server little memory.
func (b *bodyReader) gatherBytes(p []byte) {
	if b.framing.kind == framingChunked {
		b.parts.appendBytes(p)
		return
	}
	if b.whole == nil {
		b.whole = make([]byte, 0, max(int64(len(p)), min(b.framing.length, firstBody)))
	}
	b.whole = append(b.whole, p...)
}

// directBuffer returns the buffer for the next bytes of a gathered body, or nil.
func (b *bodyReader) directBuffer() []byte {
	if !b.gather || b.framing.kind != framingLength {
		return nil
	}
	missing := b.framing.length - b.got
	if len(b.whole) == cap(b.whole) && missing > 0 {
		grown := make([]byte, len(b.whole), min(int64(cap(b.whole))+missing, max(2*int64(cap(b.whole)), firstBody)))
		copy(grown, b.whole)
		b.whole = grown
	}
	free := b.whole[len(b.whole):cap(b.whole)]
	return free[:min(int64(len(free)), missing)]
}

// directFilled records that n bytes were read into the buffer of directBuffer, and reports
// whether the body is complete.
func (b *bodyReader) directFilled(n int) (done bool) {
	b.whole = b.whole[:len(b.whole)+n]
	b.got += int64(n)
	b.finished = b.got == b.framing.length
	return b.finished
}

// isComplete reports whether the whole body has arrived.
func (b *bodyReader) isComplete() bool { return b.finished }

// takeWhole returns the gathered body. The caller owns it.
func (b *bodyReader) takeWhole() []byte {
	if b.framing.kind == framingChunked {
		return b.parts.takeBytes()
	}
	whole := b.whole
	b.whole = nil
	return whole
}
