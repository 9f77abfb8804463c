package httpclient

import (
	"fmt"

	"github.com/gotornado/tornado/httputil"
)

// A producedBody compares the bytes that a BodyProducer writes with the Content-Length.
type producedBody struct {
	declared int64 // -1 without a Content-Length
	written  int64
}

// addBytes counts n bytes before they are sent. It returns an error if they are too many; then
// none of them may be sent.
func (b *producedBody) addBytes(n int) error {
	if b.declared >= 0 && b.written+int64(n) > b.declared {
		return &httputil.HTTPOutputError{Reason: "the body is longer than its Content-Length"}
	}
	b.written += int64(n)
	return nil
}

// finishBody returns an error if bytes are missing.
func (b *producedBody) finishBody() error {
	if missing := b.declared - b.written; b.declared >= 0 && missing > 0 {
		return &httputil.HTTPOutputError{Reason: fmt.Sprintf("the body is %d bytes shorter than its Content-Length", missing)}
	}
	return nil
}
