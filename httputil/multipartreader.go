package httputil

import (
	"bytes"
	"cmp"
	"unicode/utf8"
)

// A MultipartPart is the head of one part of a multipart form.
type MultipartPart struct {
	Name        string      // name of the form field
	Filename    string      // name of the file as the client sent it, which must not be used as a path; "" for a plain field
	ContentType string      // "application/unknown" if the part has none
	Headers     HTTPHeaders // header fields of the part
}

// A MultipartEvent says what a MultipartReader has found.
type MultipartEvent int

const (
	MultipartMore    MultipartEvent = iota // nothing: it needs more bytes
	MultipartBegin                         // a part begins: see Part
	MultipartData                          // a piece of the part's data
	MultipartPartEnd                       // the part is complete
	MultipartEnd                           // the form is complete, and bytes after it are ignored
)

// A MultipartReader parses a multipart/form-data body as it arrives, for forms that are too
// large for memory. It does no I/O and keeps no bytes. It finds the same parts as
// [ParseBodyArguments], except that the first final boundary ends the form.
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
	multipartFirstData // the beginning of a part's data, where a boundary may follow without a CRLF of its own
	multipartInData
	multipartDone
)

// NewMultipartReader returns a reader of the form that contentType names, with the limits of
// c. It returns an *HTTPInputError if contentType has no boundary, or if c rejects all forms.
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

// Part returns the head of the part of the latest MultipartBegin.
func (r *MultipartReader) Part() MultipartPart { return r.part }

// Ended reports whether the form is complete.
func (r *MultipartReader) Ended() bool { return r.state == multipartDone }

// Next parses the start of buf, which continues after the bytes taken so far. It returns what
// it found first and the number n of bytes that this took; data is a piece of the part, a
// view into buf. After MultipartMore, call it again with the bytes that it did not take
// followed by more. It never needs more bytes than a boundary and the head of a part may
// have. Every error is an *HTTPInputError and is final.
func (r *MultipartReader) Next(buf []byte) (event MultipartEvent, data []byte, n int, err error) {
	switch r.state {
	case multipartStart:
		// No text may precede the first boundary, which needs no CRLF.
		return r.takeBoundary(buf, r.delimiter[2:])
	case multipartHead:
		return r.takeHead(buf)
	case multipartFirstData:
		first := r.delimiter[2:]
		if want := first[:min(len(first), len(buf))]; bytes.Equal(buf[:len(want)], want) {
			if len(buf) < len(first)+2 {
				return MultipartMore, nil, 0, nil
			}
			if r.isDelimiter(buf[len(first):]) {
				return r.takeBoundary(buf, first)
			}
		}
		r.state = multipartInData
		fallthrough
	case multipartInData:
		return r.takeData(buf)
	}
	return MultipartEnd, nil, len(buf), nil
}

// isDelimiter reports whether the bytes after a boundary make it a delimiter, not data.
func (r *MultipartReader) isDelimiter(after []byte) bool {
	return string(after[:2]) == "\r\n" || string(after[:2]) == "--"
}

// takeBoundary takes a boundary, which must be at the start of buf.
func (r *MultipartReader) takeBoundary(buf, delimiter []byte) (MultipartEvent, []byte, int, error) {
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
	event, data, n, err := r.takeHead(buf[size:])
	return event, data, size + n, err // if the head is incomplete, only the bytes of the boundary are taken
}

// takeHead takes the head of a part.
func (r *MultipartReader) takeHead(buf []byte) (MultipartEvent, []byte, int, error) {
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

// takeData takes bytes of a part up to the next boundary.
func (r *MultipartReader) takeData(buf []byte) (MultipartEvent, []byte, int, error) {
	i := bytes.Index(buf, r.delimiter)
	switch {
	case i < 0:
		i = len(buf) - r.partialDelimiter(buf)
	case i > 0: // the next call takes the boundary
	case len(buf) < len(r.delimiter)+2:
	case r.isDelimiter(buf[len(r.delimiter):]):
		return r.takeBoundary(buf, r.delimiter)
	default:
		i = 2 // these are a CRLF that is not followed by a boundary
	}
	if i == 0 {
		return MultipartMore, nil, 0, nil
	}
	return MultipartData, buf[:i:i], i, nil
}

// partialDelimiter returns how many bytes at the end of buf may be the start of a delimiter.
func (r *MultipartReader) partialDelimiter(buf []byte) int {
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

// parsePartHead parses the head of a part without the empty line after it.
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
