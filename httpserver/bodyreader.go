package httpserver

import "github.com/gotornado/tornado/httputil"

// firstBody is how much is allocated for a body on its announcement alone.
const firstBody = 64 << 10

// A bodyReader finds a request's body in the bytes that come: pure, like the cores
// it joins. It gathers the body, or passes on its pieces.
type bodyReader struct {
	framing  framing
	chunks   chunkedReader
	max      int64
	got      int64 // bytes of the body so far
	gather   bool
	whole    []byte   // what was gathered of a body with a Content-Length
	parts    segments // what was gathered of a chunked body
	finished bool
}

func newBodyReader(f framing, mode httputil.BodyMode, max int64) *bodyReader {
	return &bodyReader{framing: f, max: max, gather: mode == httputil.BodyWhole}
}

// checkLength refuses a body that is announced to be larger than allowed.
func (b *bodyReader) checkLength() error {
	if b.framing.kind == framingLength && b.framing.length > b.max {
		return &httputil.HTTPInputError{Reason: "Content-Length too long"}
	}
	return nil
}

// next takes n bytes of buf; n = 0 means more, please. chunk is a piece of the body
// to pass on, a part of buf, of at most piece bytes. done says that the body is complete.
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

// keep gathers p. A buffer grows as bytes arrive, so that an announcement alone
// costs the server nothing.
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

// direct returns where the next bytes of a gathered body can be read to, or nil.
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

// filled takes note of n bytes read to where direct said, and reports whether the
// body is complete.
func (b *bodyReader) directFilled(n int) (done bool) {
	b.whole = b.whole[:len(b.whole)+n]
	b.got += int64(n)
	b.finished = b.got == b.framing.length
	return b.finished
}

// complete reports whether all of the body has come.
func (b *bodyReader) isComplete() bool { return b.finished }

// takeWhole returns what was gathered, which belongs to the caller from then on.
func (b *bodyReader) takeWhole() []byte {
	if b.framing.kind == framingChunked {
		return b.parts.takeBytes()
	}
	whole := b.whole
	b.whole = nil
	return whole
}
