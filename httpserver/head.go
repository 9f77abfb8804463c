package httpserver

import (
	"bytes"
	"errors"
	"strings"
	"unsafe"

	"github.com/gotornado/tornado/httputil"
)

// maxHeaderLines bounds the memory that a head takes once it is parsed: a field takes
// 32 bytes beside its text, so lines of four bytes would make it nine times what
// max_header_size says. Real requests have fewer than a hundred lines.
const maxHeaderLines = 1000

// errHeadTooLarge is answered with nothing but a close.
var errHeadTooLarge = errors.New("httpserver: request head too large")

// A requestHead is the request line and the header fields of one request. All text in
// it is views into one copy of the head.
type requestHead struct {
	start   httputil.RequestStartLine
	headers httputil.HTTPHeaders
}

// A headParser finds and parses request heads (RFC 9112, section 2.1) in the bytes that
// a stream holds. The zero value waits for a head; it is ready for the next one when it
// has returned one.
type headParser struct {
	scanned uint32 // no head ends with a line end before this
}

// next returns the head at the start of buf and how many bytes it takes; n = 0 asks
// for more. It is then called again with those bytes and more, and goes on where it
// stopped, so that a head that trickles in is searched once. A head of more than
// maxHeaderSize bytes is errHeadTooLarge, a malformed one an *httputil.HTTPInputError.
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

// findEnd returns where the first empty line of buf ends that follows another line, 0
// if it is not there yet. A line ends with LF; a CR before it is part of the line end
// (RFC 9112, section 2.2).
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
	// The one copy of the head. It is ours alone, header names are normalised in it
	// before anybody sees them, and it is never written to again, so that strings can
	// be views into it.
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

// validTarget reports whether target has one of the four forms of RFC 9112, section 3.2.
// Which of its characters a URI may hold is not asked; the authority of CONNECT is the
// business of who serves that method.
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

func isScheme(s string) bool { // RFC 3986, section 3.1
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

// trimLineEnd removes the CRLF or LF that b ends with.
func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, lineFeed)
	if len(b) > 0 && b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	}
	return b
}
