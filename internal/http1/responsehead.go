package http1

import (
	"bytes"

	"github.com/gotornado/tornado/httputil"
)

// A ResponseHead is the status line and the header fields of one response. All its text
// refers to one copy of the head.
type ResponseHead struct {
	Start   httputil.ResponseStartLine
	Headers httputil.HTTPHeaders
}

// Parse sets h to head, which a HeadFinder has found. The error is an
// *httputil.HTTPInputError.
func (h *ResponseHead) Parse(head []byte) error {
	line, block, err := splitHead(head)
	if err != nil {
		return err
	}
	if h.Start, err = httputil.ParseResponseStartLine(viewString(line)); err != nil {
		return err
	}
	h.Headers, err = httputil.ParseHeaderBlock(block)
	return err
}

// BeginsResponse reports whether data can be the beginning of a response's head. A client
// checks an incomplete head with it, to fail at once when the server speaks another
// protocol. Empty data can be any beginning.
func BeginsResponse(data []byte) bool {
	const version = "HTTP/1."
	data = bytes.TrimPrefix(bytes.TrimPrefix(data, []byte{'\r'}), lineFeed)
	n := min(len(data), len(version))
	return string(data[:n]) == version[:n]
}
