package http1

import (
	"bytes"
	"errors"
)

// maxHeaderLines limits the memory of a parsed head. A field takes 32 bytes besides its text,
// so with lines of four bytes it would be nine times the limit of the head. Real messages
// have fewer than a hundred lines.
const maxHeaderLines = 1000

// ErrHeadTooLarge is the error of a head with more bytes than the limit.
var ErrHeadTooLarge = errors.New("http1: head too large")

// A HeadFinder finds the head of a message (RFC 9112, section 2.1) in the bytes of a stream.
// The zero value is ready, and so is a finder that has found a head.
type HeadFinder struct {
	scanned uint32 // number of bytes that were searched, and in which the head does not end
}

// FindHead returns the length of the head at the start of buf. 0 means that the head is not
// complete: call FindHead again with the same bytes and more. Bytes that were searched are
// not searched again. The error is ErrHeadTooLarge for a head of more than maxHeaderSize
// bytes.
func (f *HeadFinder) FindHead(buf []byte, maxHeaderSize int) (n int, err error) {
	n = f.findEnd(buf[:min(len(buf), maxHeaderSize)])
	if n == 0 && len(buf) > maxHeaderSize {
		return 0, ErrHeadTooLarge
	}
	if n > 0 {
		f.scanned = 0
	}
	return n, nil
}

// findEnd returns the end of the first empty line of buf that follows another line, or 0 if
// it has not arrived. A line ends with LF; a CR before it is part of the line end (RFC
// 9112, section 2.2).
func (f *HeadFinder) findEnd(buf []byte) int {
	for at := int(f.scanned); ; at++ {
		i := bytes.IndexByte(buf[at:], '\n')
		if i < 0 {
			f.scanned = uint32(len(buf))
			return 0
		}
		at += i
		next := buf[at+1:]
		switch {
		case len(next) == 0 || len(next) == 1 && next[0] == '\r':
			f.scanned = uint32(at) // the next call searches from this line end on
			return 0
		case next[0] == '\n':
			return at + 2
		case next[0] == '\r' && next[1] == '\n':
			return at + 3
		}
	}
}

// splitHead returns the start line and the header block of head, which ends with an empty line.
// Both refer to one copy of head, which is the only copy that is made.
func splitHead(head []byte) (line, block []byte, err error) {
	head = trimLineEnd(head)
	if head[0] == '\r' && head[1] == '\n' { // skips the empty line that some peers send after a body
		head = head[2:]
	} else if head[0] == '\n' {
		head = head[1:]
	}
	if bytes.Count(head, lineFeed) > maxHeaderLines+1 {
		return nil, nil, inputError("too many header lines")
	}
	block = append([]byte(nil), head...)
	end := bytes.IndexByte(block, '\n') + 1
	return trimLineEnd(block[:end]), block[end:], nil
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
