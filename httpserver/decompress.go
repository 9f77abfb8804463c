package httpserver

import (
	"errors"
	"fmt"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// piecesAtOnce is how many pieces of an inflated body are handed on before other
// connections have their turn: a small body may hold very many.
const piecesAtOnce = 16

// A decompressor is the message delegate of a request whose body is compressed with
// gzip: it hands on what is inside. It takes the body as a stream, so that neither the
// loop nor memory is held by more than the limit allows.
// Tornado: http1connection._GzipMessageDelegate.
type decompressor struct {
	httputil.HTTPMessageDelegate
	conn     *connection
	inflater *bodyInflater
	mode     httputil.BodyMode // of the delegate
	size     int64             // bytes that came out
	whole    segments          // the bytes that came out, if the delegate wants them whole
	reserved int64             // bytes of the server's budget that the body takes
}

// errTooMuchInflated is answered with 503: other requests hold too many bytes.
var errTooMuchInflated = errors.New("httpserver: the inflated bodies of all requests exceed Options.MaxDecompressed")

// isCompressed reports whether a body is to be inflated. x-gzip is the same coding
// (RFC 9110, section 8.4.1.3).
func isCompressed(headers *httputil.HTTPHeaders) bool {
	coding := headers.Get("Content-Encoding")
	return httputil.EqualFold(coding, "gzip") || httputil.EqualFold(coding, "x-gzip")
}

func newDecompressor(c *connection, message httputil.HTTPMessageDelegate) *decompressor {
	return &decompressor{HTTPMessageDelegate: message, conn: c, inflater: newBodyInflater(c.server().options.ChunkSize)}
}

// HeadersReceived renames the header, so that nobody inflates the body again.
func (d *decompressor) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	coding := headers.Get("Content-Encoding")
	headers.Del("Content-Encoding")
	headers.Set("X-Consumed-Content-Encoding", coding)
	mode, err := d.HTTPMessageDelegate.HeadersReceived(start, headers)
	d.mode = mode
	return httputil.BodyStream, err
}

// Prepare is the delegate's, if it has any.
func (d *decompressor) Prepare() {
	if p, ok := d.HTTPMessageDelegate.(httputil.HTTPMessagePreparer); ok && d.mode == httputil.BodyStream {
		p.Prepare()
	}
}

// DataReceived hands on what comes out of chunk.
func (d *decompressor) DataReceived(chunk []byte) error {
	d.inflater.setInput(chunk)
	for n := 1; ; n++ {
		piece, err := d.inflater.nextPiece()
		if err != nil {
			return fmt.Errorf("httpserver: compressed body: %w", err)
		}
		if piece == nil {
			return nil
		}
		if err := d.acceptPiece(piece); err != nil {
			return err
		}
		if n%piecesAtOnce == 0 {
			if err := ioloop.Moment(d.conn.Loop()); err != nil {
				return err
			}
		}
		if !d.conn.isServing(d) {
			return nil // the answer was finished, or the client left
		}
	}
}

func (d *decompressor) acceptPiece(piece []byte) error {
	d.size += int64(len(piece))
	switch {
	case d.size > d.conn.exchange.body.max:
		return &httputil.HTTPInputError{Reason: "decompressed body too large"}
	case d.mode == httputil.BodyWhole:
		return d.gatherPiece(piece)
	}
	return d.HTTPMessageDelegate.DataReceived(append([]byte(nil), piece...))
}

// gather keeps piece. The memory for all bodies that are gathered is limited, since a few
// bytes may hold very many.
func (d *decompressor) gatherPiece(piece []byte) error {
	n := int64(len(piece))
	if !d.conn.server().inflated.reserveBytes(n) {
		return errTooMuchInflated
	}
	d.reserved += n
	d.whole.appendBytes(piece)
	return nil
}

// stop ends the inflater when the request has ended, and gives back what the body took of
// the server's budget.
func (d *decompressor) stopInflating() {
	d.inflater.stop()
	d.conn.server().inflated.releaseBytes(d.reserved)
	d.reserved = 0
}

// Finish refuses a body that was cut off.
func (d *decompressor) Finish() {
	if err := d.inflater.finishInput(); err != nil {
		d.conn.failBody(fmt.Errorf("httpserver: compressed body: %w", err))
		return
	}
	if whole := d.whole.takeBytes(); len(whole) > 0 {
		err := d.HTTPMessageDelegate.DataReceived(whole)
		if !d.conn.isServing(d) {
			return
		}
		if err != nil {
			d.conn.failBody(err)
			return
		}
	}
	d.HTTPMessageDelegate.Finish()
}
