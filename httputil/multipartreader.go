package httputil

import (
	"bytes"
	"cmp"
	"unicode/utf8"
)

// A MultipartPart is the head of one part of a multipart form.
type MultipartPart struct {
	Name        string      // of the field
	Filename    string      // "" for a plain field; as the client sent it: never use it for a path
	ContentType string      // "application/unknown" if the part has none
	Headers     HTTPHeaders // of the part
}

// A MultipartEvent is what a MultipartReader found.
type MultipartEvent int

const (
	MultipartMore    MultipartEvent = iota // nothing: it needs more bytes
	MultipartBegin                         // a part begins: see Part
	MultipartData                          // a piece of the part's data
	MultipartPartEnd                       // the part is complete
	MultipartEnd                           // the form is complete; what follows does not matter
)

// A MultipartReader takes a multipart/form-data body apart as it arrives, for forms
// that are too large to be held. It does no I/O and keeps no bytes. It finds what
// [ParseBodyArguments] finds, except that the first final boundary counts.
type MultipartReader struct {
	delimiter []byte // CRLF, "--", boundary
	limits    ParseMultipartConfig
	state     multipartState
	parts     int
	part      MultipartPart
}

type multipartState uint8

const (
	multipartStart multipartState = iota
	multipartHead
	multipartFirstData // a boundary may follow without a CRLF of its own
	multipartInData
	multipartDone
)

// NewMultipartReader returns a reader of the form that contentType names, with the
// limits of c. An *HTTPInputError says that it names none, or that c refuses all.
func NewMultipartReader(contentType string, c ParseMultipartConfig) (*MultipartReader, error) {
	limits := (&ParseBodyConfig{Multipart: c}).withDefaults().Multipart
	if limits.Disabled {
		return nil, multipartError("forms of this type are disabled")
	}
	boundary, err := formBoundary(contentType)
	if err != nil {
		return nil, err
	}
	return &MultipartReader{delimiter: []byte("\r\n--" + boundary), limits: limits}, nil
}

// Part is the head of the part that MultipartBegin told of last.
func (r *MultipartReader) Part() MultipartPart { return r.part }

// Ended reports whether the whole form was seen.
func (r *MultipartReader) Ended() bool { return r.state == multipartDone }

// Next looks at buf, which goes on where the bytes taken before ended, and says what it
// found first and how many bytes that took; data is a piece of a part, a view into buf.
// With MultipartMore, call it again with the bytes it did not take and more behind
// them; it never asks for more than a boundary and a part's head may have.
// Every error is an *HTTPInputError, and final.
func (r *MultipartReader) Next(buf []byte) (event MultipartEvent, data []byte, n int, err error) {
	switch r.state {
	case multipartStart:
		// Nothing may stand in front of the first boundary, which needs no CRLF.
		return r.boundary(buf, r.delimiter[2:])
	case multipartHead:
		return r.head(buf)
	case multipartFirstData:
		first := r.delimiter[2:]
		if want := first[:min(len(first), len(buf))]; bytes.Equal(buf[:len(want)], want) {
			if len(buf) < len(first)+2 {
				return MultipartMore, nil, 0, nil
			}
			if r.isDelimiter(buf[len(first):]) {
				return r.boundary(buf, first)
			}
		}
		r.state = multipartInData
		fallthrough
	case multipartInData:
		return r.data(buf)
	}
	return MultipartEnd, nil, len(buf), nil
}

// isDelimiter says whether what follows the boundary makes it one; any other text is data.
func (r *MultipartReader) isDelimiter(after []byte) bool {
	return string(after[:2]) == "\r\n" || string(after[:2]) == "--"
}

// boundary takes a boundary that must stand at the start of buf.
func (r *MultipartReader) boundary(buf, delimiter []byte) (MultipartEvent, []byte, int, error) {
	inPart := r.state != multipartStart
	size := len(delimiter) + 2
	if have := min(len(buf), len(delimiter)); !bytes.Equal(buf[:have], delimiter[:have]) {
		return MultipartMore, nil, 0, multipartError("text before the first boundary")
	}
	switch {
	case len(buf) < size:
		return MultipartMore, nil, 0, nil
	case string(buf[len(delimiter):size]) == "--":
		r.state = multipartDone
	case string(buf[len(delimiter):size]) == "\r\n":
		r.state = multipartHead
	default:
		return MultipartMore, nil, 0, multipartError("text before the first boundary")
	}
	if inPart {
		return MultipartPartEnd, nil, size, nil
	}
	if r.state == multipartDone {
		return MultipartEnd, nil, size, nil
	}
	event, data, n, err := r.head(buf[size:])
	return event, data, size + n, err // of a head that is not complete, the boundary alone
}

// head takes a part's head.
func (r *MultipartReader) head(buf []byte) (MultipartEvent, []byte, int, error) {
	end := bytes.Index(buf[:min(len(buf), r.limits.MaxPartHeaderSize+4)], []byte("\r\n\r\n"))
	switch {
	case end < 0 && len(buf) >= r.limits.MaxPartHeaderSize+4:
		return MultipartMore, nil, 0, multipartError("part header too large")
	case end < 0:
		return MultipartMore, nil, 0, nil
	}
	if r.parts++; r.parts >= r.limits.MaxParts {
		return MultipartMore, nil, 0, multipartError("too many parts")
	}
	part, err := parsePartHead(buf[:end])
	if err != nil {
		return MultipartMore, nil, 0, err
	}
	r.part, r.state = part, multipartFirstData
	return MultipartBegin, nil, end + 4, nil
}

// data takes bytes of a part up to the next boundary.
func (r *MultipartReader) data(buf []byte) (MultipartEvent, []byte, int, error) {
	i := bytes.Index(buf, r.delimiter)
	switch {
	case i < 0:
		i = len(buf) - r.beginning(buf)
	case i > 0: // the boundary is for the next call
	case len(buf) < len(r.delimiter)+2:
	case r.isDelimiter(buf[len(r.delimiter):]):
		return r.boundary(buf, r.delimiter)
	default:
		i = 2 // a CRLF that no boundary follows
	}
	if i == 0 {
		return MultipartMore, nil, 0, nil
	}
	return MultipartData, buf[:i:i], i, nil
}

// beginning is how many bytes at the end of buf may be those that a boundary begins with.
func (r *MultipartReader) beginning(buf []byte) int {
	tail := buf[max(0, len(buf)-len(r.delimiter)+1):]
	for {
		i := bytes.IndexByte(tail, '\r')
		if i < 0 {
			return 0
		}
		if tail = tail[i:]; bytes.HasPrefix(r.delimiter, tail) {
			return len(tail)
		}
		tail = tail[1:]
	}
}

// parsePartHead parses the head of a part, without the empty line behind it.
func parsePartHead(head []byte) (MultipartPart, error) {
	if !utf8.Valid(head) {
		return MultipartPart{}, multipartError("part header is not UTF-8")
	}
	headers, err := ParseHeaderBlock(bytes.Clone(head))
	if err != nil {
		return MultipartPart{}, err
	}
	disposition := parseDisposition(headers.Get("Content-Disposition"))
	if disposition.kind != "form-data" {
		return MultipartPart{}, multipartError("invalid Content-Disposition")
	}
	if disposition.name == "" {
		return MultipartPart{}, multipartError("part without a name")
	}
	return MultipartPart{
		Name: disposition.name, Filename: disposition.filename,
		ContentType: cmp.Or(headers.Get("Content-Type"), "application/unknown"), Headers: headers,
	}, nil
}
