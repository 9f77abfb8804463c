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

// ParseResponseHead parses head, which a HeadFinder has found. The error is an
// *httputil.HTTPInputError.
func ParseResponseHead(head []byte) (ResponseHead, error) {
	line, block, err := splitHead(head)
	if err != nil {
		return ResponseHead{}, err
	}
	start, err := httputil.ParseResponseStartLine(viewString(line))
	if err != nil {
		return ResponseHead{}, err
	}
	headers, err := httputil.ParseHeaderBlock(block)
	return ResponseHead{start, headers}, err
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
