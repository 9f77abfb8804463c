package http1

import "errors"

// firstBody is the largest buffer in bytes that is allocated for a body before data arrives.
const firstBody = 64 << 10

// The errors of bodies that are larger than BodyReader.Max.
var (
	errLengthTooLarge = inputError("Content-Length too long")
	errChunksTooLarge = inputError("chunked body too large")
	errBodyTooLarge   = inputError("body too large")
)

// IsTooLarge reports whether err, of a BodyReader, says that the body is larger than Max.
func IsTooLarge(err error) bool {
	return err == errLengthTooLarge || err == errChunksTooLarge || err == errBodyTooLarge
}

// ErrTruncated is the error of a body whose connection ends before the body does.
var ErrTruncated = errors.New("http1: the connection closed before the end of the body")

// A BodyReader finds the body of a message in the bytes that arrive. It gathers the whole
// body, or returns pieces of it. The zero value is the reader of a message without a body.
type BodyReader struct {
	Framing Framing
	Max     int64 // size in bytes of the longest body that is accepted
	Gather  bool  // keep the body for TakeWhole; without it, Next returns pieces

	chunks   ChunkedReader
	got      int64    // bytes of the body that have arrived
	whole    []byte   // the gathered part of a body with a Content-Length
	parts    Segments // the gathered part of another body
	finished bool
}

// CheckLength returns an *httputil.HTTPInputError if the Content-Length is larger than Max.
func (b *BodyReader) CheckLength() error {
	if b.Framing.Kind == LengthBody && b.Framing.Length > b.Max {
		return errLengthTooLarge
	}
	return nil
}

// NextPiece reads n bytes of buf; n = 0 means that it needs more bytes. chunk is a piece of
// the body of at most piece bytes and refers to buf. It is nil if the body is gathered.
// done means that the body is complete. The error is an *httputil.HTTPInputError or
// ErrChunkLineTooLong.
func (b *BodyReader) NextPiece(buf []byte, piece int) (chunk []byte, n int, done bool, err error) {
	if b.Gather {
		piece = len(buf)
	}
	switch b.Framing.Kind {
	case ChunkedBody:
		chunk, n, done, err = b.nextChunk(buf, piece)
	case UntilCloseBody:
		n = min(len(buf), piece)
		chunk = buf[:n]
		if b.got+int64(n) > b.Max {
			return nil, 0, false, errBodyTooLarge
		}
	default:
		n = int(min(int64(min(len(buf), piece)), b.Framing.Length-b.got))
		chunk = buf[:n]
		done = b.got+int64(n) == b.Framing.Length
	}
	b.got += int64(len(chunk))
	b.finished = done
	if b.Gather {
		b.gatherBytes(chunk)
		chunk = nil
	}
	return chunk, n, done, err
}

func (b *BodyReader) nextChunk(buf []byte, piece int) (chunk []byte, n int, done bool, err error) {
	b.chunks.most = piece
	chunk, n, done, err = b.chunks.NextData(buf)
	if err == nil && b.chunks.total > b.Max {
		err = errChunksTooLarge
	}
	return chunk, n, done, err
}

// EndInput records that the connection has ended. It returns ErrTruncated unless that is
// the end of the body.
func (b *BodyReader) EndInput() error {
	if !b.finished && b.Framing.Kind != UntilCloseBody {
		return ErrTruncated
	}
	b.finished = true
	return nil
}

// gatherBytes appends p to the gathered body. The buffer grows as bytes arrive, so a
// Content-Length alone costs little memory.
func (b *BodyReader) gatherBytes(p []byte) {
	if b.Framing.Kind != LengthBody {
		b.parts.AppendBytes(p)
		return
	}
	if b.whole == nil {
		b.whole = make([]byte, 0, max(int64(len(p)), min(b.Framing.Length, firstBody)))
	}
	b.whole = append(b.whole, p...)
}

// DirectBuffer returns the buffer for the next bytes of a gathered body, or nil.
func (b *BodyReader) DirectBuffer() []byte {
	if !b.Gather || b.Framing.Kind != LengthBody {
		return nil
	}
	missing := b.Framing.Length - b.got
	if len(b.whole) == cap(b.whole) && missing > 0 {
		grown := make([]byte, len(b.whole), min(int64(cap(b.whole))+missing, max(2*int64(cap(b.whole)), firstBody)))
		copy(grown, b.whole)
		b.whole = grown
	}
	free := b.whole[len(b.whole):cap(b.whole)]
	return free[:min(int64(len(free)), missing)]
}

// DirectFilled records that n bytes were read into the buffer of DirectBuffer, and reports
// whether the body is complete.
func (b *BodyReader) DirectFilled(n int) (done bool) {
	b.whole = b.whole[:len(b.whole)+n]
	b.got += int64(n)
	b.finished = b.got == b.Framing.Length
	return b.finished
}

// IsComplete reports whether the whole body has arrived.
func (b *BodyReader) IsComplete() bool { return b.finished }

// TakeWhole returns the gathered body. The caller owns it.
func (b *BodyReader) TakeWhole() []byte {
	if b.Framing.Kind != LengthBody {
		return b.parts.TakeBytes()
	}
	whole := b.whole
	b.whole = nil
	return whole
}
