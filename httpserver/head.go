package httpserver

import (
	"bytes"
	"errors"
	"strings"
	"unsafe"

	"github.com/gotornado/tornado/httputil"
)

// maxHeaderLines limits the memory of a parsed head. A field takes 32 bytes besides its text,
// so with lines of four bytes it would be nine times MaxHeaderSize. Real requests have fewer
// than a hundred lines.
const maxHeaderLines = 1000

// errHeadTooLarge closes the connection without a response, as Tornado does.
var errHeadTooLarge = errors.New("httpserver: request head too large")

// A requestHead is the request line and the header fields of one request. All its text
// refers to one copy of the head.
type requestHead struct {
	start   httputil.RequestStartLine
	headers httputil.HTTPHeaders
}

// A headParser finds and parses request heads (RFC 9112, section 2.1) in the bytes of a
// stream. The zero value is ready, and so is a parser that has returned a head.
type headParser struct {
	scanned uint32 // bytes that were searched and do not contain the end of the head
}

// nextHead returns the head at the start of buf and its length n. If n is 0, the head is
// not complete: call nextHead again with the same bytes and more. Bytes that were searched
// are not searched again. The error is errHeadTooLarge for a head of more than
// maxHeaderSize bytes, and an *httputil.HTTPInputError for a malformed one.
func (p *headParser) nextHead(buf []byte, maxHeaderSize int) (h requestHead, n int, err error) {
	n = p.findEnd(buf[:min(len(buf), maxHeaderSize)])
	if n == 0 {
		if len(buf) > maxHeaderSize {
			err = errHeadTooLarge
		}
		return requestHead{}, 0, err
	}
	p.scanned = 0
	h, err = parseHead(buf[:n])
	return h, n, err
}

// findEnd returns the end of the first empty line of buf that follows another line, or 0 if
// it has not arrived. A line ends with LF; a CR before it is part of the line end (RFC
// 9112, section 2.2).
func (p *headParser) findEnd(buf []byte) int {
	for at := int(p.scanned); ; at++ {
		i := bytes.IndexByte(buf[at:], '\n')
		if i < 0 {
			p.scanned = uint32(len(buf))
			return 0
		}
		at += i
		next := buf[at+1:]
		switch {
		case len(next) == 0 || len(next) == 1 && next[0] == '\r':
			p.scanned = uint32(at) // the next call looks at this line end again
			return 0
		case next[0] == '\n':
			return at + 2
		case next[0] == '\r' && next[1] == '\n':
			return at + 3
		}
	}
}

// parseHead parses head, which ends with an empty line.
func parseHead(head []byte) (requestHead, error) {
	head = trimLineEnd(head)
	if head[0] == '\r' && head[1] == '\n' { // the empty line that some clients send after a body
		head = head[2:]
	} else if head[0] == '\n' {
		head = head[1:]
	}
	if bytes.Count(head, lineFeed) > maxHeaderLines+1 {
		return requestHead{}, &httputil.HTTPInputError{Reason: "too many header lines"}
	}
	// The only copy of the head. Header names are normalized in it. After this function
	// nothing writes to it, so strings can refer to it.
	block := append([]byte(nil), head...)
	end := bytes.IndexByte(block, '\n') + 1
	line := trimLineEnd(block[:end])
	start, err := httputil.ParseRequestStartLine(unsafe.String(unsafe.SliceData(line), len(line)))
	if err != nil {
		return requestHead{}, err
	}
	if !validTarget(start.Method, start.Path) {
		return requestHead{}, &httputil.HTTPInputError{Reason: "invalid request target"}
	}
	headers, err := httputil.ParseHeaderBlock(block[end:])
	return requestHead{start, headers}, err
}

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

var lineFeed = []byte{'\n'} // never written to

// trimLineEnd returns b without its final CRLF or LF.
func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, lineFeed)
	if len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	}
	return b
}
