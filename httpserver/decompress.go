package httpserver

import (
	"errors"
	"fmt"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/ioloop"
)

// piecesAtOnce is the number of inflated pieces that the delegate gets before other connections
// get their turn. A small body can contain very many.
const piecesAtOnce = 16

// A decompressor is the message delegate of a request whose body is compressed with gzip.
// It passes the inflated body to the delegate of the application. It reads the body as a
// stream, so that neither the time of the loop nor memory exceeds the limits. Tornado:
// http1connection._GzipMessageDelegate.
type decompressor struct {
	httputil.HTTPMessageDelegate
	conn     *connection
	inflater *http1.Inflater
	mode     httputil.BodyMode // of the application's delegate
	size     int64             // inflated bytes
	whole    http1.Segments    // the inflated bytes, for BodyWhole
	reserved int64             // bytes reserved in the server's budget
}

// errTooMuchInflated leads to a 503 response: other requests hold too many bytes.
var errTooMuchInflated = errors.New("httpserver: the inflated bodies of all requests exceed Options.MaxDecompressed")

// isCompressed reports whether a body must be inflated. x-gzip is the same coding as gzip
// (RFC 9110, section 8.4.1.3).
func isCompressed(headers *httputil.HTTPHeaders) bool {
	coding := headers.Get("Content-Encoding")
	return httputil.EqualFold(coding, "gzip") || httputil.EqualFold(coding, "x-gzip")
}

// newDecompressor returns a decompressor in front of message.
func newDecompressor(c *connection, message httputil.HTTPMessageDelegate) *decompressor {
	return &decompressor{HTTPMessageDelegate: message, conn: c, inflater: http1.NewInflater(c.server().options.ChunkSize)}
}

// HeadersReceived renames the Content-Encoding header, so that no handler inflates the body
// again.
func (d *decompressor) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	coding := headers.Get("Content-Encoding")
	headers.Del("Content-Encoding")
	headers.Set("X-Consumed-Content-Encoding", coding)
	mode, err := d.HTTPMessageDelegate.HeadersReceived(start, headers)
	d.mode = mode
	return httputil.BodyStream, err
}

// Prepare calls Prepare of a delegate that streams the body, if it has that method.
func (d *decompressor) Prepare() {
	if p, ok := d.HTTPMessageDelegate.(httputil.HTTPMessagePreparer); ok && d.mode == httputil.BodyStream {
		p.Prepare()
	}
}

// DataReceived inflates chunk and passes on the result.
func (d *decompressor) DataReceived(chunk []byte) error {
	d.inflater.SetInput(chunk)
	for n := 1; ; n++ {
		piece, err := d.inflater.NextPiece()
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
			return nil // the response is complete, or the client has left
		}
	}
}

// acceptPiece passes a piece to the delegate, or gathers it.
func (d *decompressor) acceptPiece(piece []byte) error {
	d.size += int64(len(piece))
	switch {
	case d.size > d.conn.exchange.body.Max:
		return &httputil.HTTPInputError{Reason: "decompressed body too large"}
	case d.mode == httputil.BodyWhole:
		return d.gatherPiece(piece)
	}
	return d.HTTPMessageDelegate.DataReceived(append([]byte(nil), piece...))
}

// gatherPiece appends piece to the gathered body. The memory of all gathered bodies is
// limited, because a few compressed bytes can contain very many.
func (d *decompressor) gatherPiece(piece []byte) error {
	n := int64(len(piece))
	if !d.conn.server().inflated.reserveBytes(n) {
		return errTooMuchInflated
	}
	d.reserved += n
	d.whole.AppendBytes(piece)
	return nil
}

// stopInflating ends the inflater at the end of the request, and releases the bytes
// reserved in the server's budget.
func (d *decompressor) stopInflating() {
	d.inflater.Stop()
	d.conn.server().inflated.releaseBytes(d.reserved)
	d.reserved = 0
}

// Finish passes on a gathered body and finishes the request. It refuses a body that is cut
// off.
func (d *decompressor) Finish() {
	if err := d.inflater.FinishInput(); err != nil {
		d.conn.failBody(fmt.Errorf("httpserver: compressed body: %w", err))
		return
	}
	if whole := d.whole.TakeBytes(); len(whole) > 0 {
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
