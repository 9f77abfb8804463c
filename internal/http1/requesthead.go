package http1

import (
	"strings"
	"unsafe"

	"github.com/gotornado/tornado/httputil"
)

// A RequestHead is the request line and the header fields of one request. All its text
// refers to one copy of the head.
type RequestHead struct {
	Start   httputil.RequestStartLine
	Headers httputil.HTTPHeaders
}

// Parse sets h to head, which a HeadFinder has found. The error is an
// *httputil.HTTPInputError.
func (h *RequestHead) Parse(head []byte) error {
	line, block, err := splitHead(head)
	if err != nil {
		return err
	}
	if h.Start, err = httputil.ParseRequestStartLine(viewString(line)); err != nil {
		return err
	}
	if !validTarget(h.Start.Method, h.Start.Path) {
		return inputError("invalid request target")
	}
	h.Headers, err = httputil.ParseHeaderBlock(block)
	return err
}

// viewString returns b as a string without a copy. Header names are normalized in the block
// of a head while it is parsed. After that nothing writes to the block.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// validTarget reports whether target has one of the four forms of RFC 9112, section 3.2. It
// does not check the characters of a URI, nor the authority of a CONNECT request.
func validTarget(method, target string) bool {
	switch {
	case target[0] == '/', method == "CONNECT":
		return true
	case target == "*":
		return method == "OPTIONS"
	}
	scheme, _, absolute := strings.Cut(target, "://")
	return absolute && isScheme(scheme)
}

// isScheme reports whether s is a URI scheme (RFC 3986, section 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || '9' < c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
