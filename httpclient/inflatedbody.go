package httpclient

import (
	"fmt"

	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/ioloop"
)

// turnPieces is the number of inflated pieces after which other work of the loop gets its turn. A
// small body can inflate to very many pieces.
const turnPieces = 16

// A bodyError is an error in the body, as opposed to an error of a callback.
type bodyError struct{ error }

// An inflatedBody inflates the body of a response, and gathers it or gives it to a
// StreamingCallback. Tornado: http1connection._GzipMessageDelegate.
type inflatedBody struct {
	deflate  bool            // the coding is deflate
	inflater *http1.Inflater // nil before the first byte
	received int64           // compressed bytes so far
	size     int64           // inflated bytes so far
	max      int64
	ratio    inflateRatio
	whole    http1.Segments // the gathered bytes
}

// newInflatedBody returns nil if coding, of consumeCoding, is "".
func newInflatedBody(coding string, o *Options) *inflatedBody {
	if coding == "" {
		return nil
	}
	return &inflatedBody{deflate: coding == "deflate", max: o.MaxBodySize, ratio: inflateRatio(o.MaxInflateRatio)}
}

// inflateInput inflates input. The StreamingCallback gets the pieces; without one they are
// gathered. inflateInput runs in a coroutine and returns early when the fetch ends.
func (b *inflatedBody) inflateInput(f *fetch, input []byte) error {
	if b.inflater == nil {
		b.inflater = b.newInflater()
	}
	b.received += int64(len(input))
	b.inflater.SetInput(input)
	for n := 1; ; n++ {
		piece, err := b.inflater.NextPiece()
		switch {
		case err != nil:
			return bodyError{fmt.Errorf("compressed body: %w", err)}
		case piece == nil:
			return nil
		}
		if err := b.acceptPiece(f, piece); err != nil {
			return err
		}
		if n%turnPieces == 0 {
			if err := ioloop.Moment(f.client.loop); err != nil {
				return err
			}
		}
		if f.ended() {
			return nil
		}
	}
}

func (b *inflatedBody) newInflater() *http1.Inflater {
	const inflatedPiece = 16 << 10
	if b.deflate {
		return http1.NewDeflateInflater(inflatedPiece)
	}
	return http1.NewInflater(inflatedPiece)
}

// acceptPiece gives a piece to the StreamingCallback, or gathers it.
func (b *inflatedBody) acceptPiece(f *fetch, piece []byte) error {
	if b.size += int64(len(piece)); b.size > b.max {
		return bodyError{ErrBodyTooLarge}
	}
	if err := b.ratio.check(b.size, b.received); err != nil {
		return bodyError{err}
	}
	if f.plan.settings.StreamingCallback == nil {
		b.whole.AppendBytes(piece)
		return nil
	}
	return f.callStreamingCallback(append([]byte(nil), piece...))
}

// finishInflating returns an error if the compressed data is cut off. An empty body is valid.
func (b *inflatedBody) finishInflating() error {
	if b.inflater == nil {
		return nil
	}
	if err := b.inflater.FinishInput(); err != nil {
		return fmt.Errorf("compressed body: %w", err)
	}
	return nil
}

// stopInflating releases the decoder.
func (b *inflatedBody) stopInflating() {
	if b.inflater != nil {
		b.inflater.Stop()
	}
}
