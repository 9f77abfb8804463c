package httpserver

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A framing says how the end of a request's body is found (RFC 9112, section 6.3).
type framing struct {
	kind   framingKind
	faulty bool  // believed this once, but no request may follow (RFC 9112, section 6.1)
	length int64 // of framingLength; what no int64 holds counts as the largest one
}

// empty reports whether no byte of a body follows the head.
func (f framing) isEmpty() bool {
	return f.kind == framingNone || f.kind == framingLength && f.length == 0
}

type framingKind uint8

const (
	framingNone    framingKind = iota // there is no body
	framingLength                     // Content-Length, perhaps 0
	framingChunked                    // Transfer-Encoding: chunked
)

// requestFraming reads the framing off the headers of a request. It refuses what two
// servers could read in two ways: every error is an *httputil.HTTPInputError. If
// Content-Length is repeated with one value, that one value is left in headers.
func requestFraming(start httputil.RequestStartLine, headers *httputil.HTTPHeaders) (framing, error) {
	lengths, codings := 0, 0
	for _, f := range headers.Fields() {
		switch f.Name {
		case "Content-Length":
			lengths++
		case "Transfer-Encoding":
			codings++
		}
	}
	switch {
	case lengths > 0 && codings > 0:
		return framing{}, inputError("both Transfer-Encoding and Content-Length")
	case codings > 0:
		// HTTP/1.0 does not know chunked: who sent it may mean something else by it.
		f := framing{kind: framingChunked, faulty: start.Version == "HTTP/1.0"}
		return f, checkTransferEncoding(headers.Get("Transfer-Encoding"))
	case lengths > 0:
		return lengthFraming(headers)
	}
	return framing{}, nil
}

// checkTransferEncoding takes a list that holds "chunked" once and nothing else. Empty
// elements do not count (RFC 9110, section 5.6.1).
func checkTransferEncoding(list string) error {
	chunked := 0
	for coding := range strings.SplitSeq(list, ",") {
		coding = strings.Trim(coding, " \t")
		if httputil.EqualFold(coding, "chunked") {
			chunked++
		} else if coding != "" {
			return inputError("unsupported Transfer-Encoding")
		}
	}
	if chunked != 1 {
		return inputError("Transfer-Encoding must say chunked, once")
	}
	return nil
}

func lengthFraming(headers *httputil.HTTPHeaders) (framing, error) {
	list := headers.Get("Content-Length")
	value, rest, repeated := strings.Cut(list, ",")
	value = strings.TrimRight(value, " \t")
	if !isDigits(value) {
		return framing{}, inputError("invalid Content-Length")
	}
	if repeated {
		for other := range strings.SplitSeq(rest, ",") {
			if strings.Trim(other, " \t") != value {
				return framing{}, inputError("multiple unequal Content-Lengths")
			}
		}
		headers.Set("Content-Length", value)
	}
	length, _ := strconv.ParseInt(value, 10, 64) // the largest int64 if out of range
	return framing{kind: framingLength, length: length}, nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return s != ""
}

func inputError(reason string) error { return &httputil.HTTPInputError{Reason: reason} }

const (
	maxChunkLine = 4096      // bytes in a chunk size line or trailer line, CRLF included
	maxChunkSize = 1<<60 - 1 // no body is as long: sizes up to here can be added up
	// maxChunkDigits is where others stop reading zeros in front of a size. Nobody sends
	// as many, and what they make of the rest may not be what we would.
	maxChunkDigits = 16
	// maxExtensions is by how many bytes a body's chunk extensions may outweigh its data
	// (RFC 9112, section 7.1.1 asks for such a limit).
	maxExtensions = 16 << 10
	maxTrailers   = 8 << 10 // bytes in the trailer section
)

// errChunkLineTooLong is answered with nothing but a close.
var errChunkLineTooLong = errors.New("httpserver: chunk line too long")

// A chunkedReader takes the chunked coding (RFC 9112, section 7.1) off a body. The zero
// value is at the start of a body. It checks extensions and trailers, and drops them.
type chunkedReader struct {
	most       int   // bytes that next returns at once; 0 is no limit
	total      int64 // bytes in all chunks announced so far: for max_body_size
	remaining  int64 // bytes of the current chunk that are still to come
	extensions int   // bytes of extensions that no data has made up for
	trailers   int   // bytes of trailers seen
	state      chunkState
}

type chunkState uint8

const (
	chunkSize    chunkState = iota // at a chunk size line
	chunkData                      // in the data of a chunk
	chunkEnd                       // at the CRLF after the data
	chunkTrailer                   // at a line of the trailer section
	chunkDone                      // past the end
)

// next looks at buf, which goes on where the last call stopped, and says how many bytes
// it took. chunk is a part of the body, a view into buf; done says that the body is
// complete. With neither, it asks for more bytes than the ones after n. Errors are
// *httputil.HTTPInputError or errChunkLineTooLong.
//
// A size line has been seen in full before any of its data is returned: total is then
// to be compared with the limit.
func (r *chunkedReader) nextData(buf []byte) (chunk []byte, n int, done bool, err error) {
	for {
		rest, taken := buf[n:], 0
		switch r.state {
		case chunkSize:
			taken, err = r.sizeLine(rest)
		case chunkData:
			if len(rest) == 0 {
				return nil, n, false, nil
			}
			chunk = rest[:min(int64(len(rest)), r.remaining)]
			if r.most > 0 {
				chunk = chunk[:min(len(chunk), r.most)]
			}
			r.countData(len(chunk))
			return chunk, n + len(chunk), false, nil
		case chunkEnd:
			taken, err = r.dataEnd(rest)
		case chunkTrailer:
			taken, err = r.trailerLine(rest)
		case chunkDone:
			return nil, n, true, nil
		}
		if n += taken; taken == 0 || err != nil {
			return nil, n, false, err
		}
	}
}

// filled records that n bytes of the current chunk, at most r.remaining, have arrived;
// for who reads them around next.
func (r *chunkedReader) countData(n int) {
	if r.remaining -= int64(n); r.remaining == 0 {
		r.state = chunkEnd
	}
}

// sizeLine parses a line such as "1f" or "1f;name=value" and returns its length, 0 if
// it is not complete.
func (r *chunkedReader) sizeLine(buf []byte) (int, error) {
	line, n, err := chunkLine(buf)
	if n == 0 || err != nil {
		return 0, err
	}
	size, digits := int64(0), 0
	for ; digits < len(line); digits++ {
		digit := hexValue(line[digits])
		if digit < 0 {
			break
		}
		if size > maxChunkSize>>4 || digits == maxChunkDigits {
			return 0, inputError("chunk too large")
		}
		size = size<<4 | digit
	}
	extension := line[digits:]
	if digits == 0 || !validExtensions(extension) {
		return 0, inputError("invalid chunk size line")
	}
	r.extensions += len(extension)
	if r.extensions > maxExtensions {
		return 0, inputError("too many chunk extensions")
	}
	r.extensions -= int(min(int64(r.extensions), size))
	r.total += size
	r.remaining = size
	r.state = chunkData
	if size == 0 {
		r.state = chunkTrailer
	}
	return n, nil
}

// dataEnd takes the CRLF after a chunk's data.
func (r *chunkedReader) dataEnd(buf []byte) (int, error) {
	const crlf = "\r\n"
	if !strings.HasPrefix(crlf, string(buf[:min(len(buf), len(crlf))])) {
		return 0, inputError("chunk data not followed by CRLF")
	}
	if len(buf) < len(crlf) {
		return 0, nil
	}
	r.state = chunkSize
	return len(crlf), nil
}

// trailerLine takes one line of the trailer section. Each line stands alone: a folded
// one is refused, and so is a field that says where messages end or go (RFC 9110,
// section 6.5.1).
func (r *chunkedReader) trailerLine(buf []byte) (int, error) {
	line, n, err := chunkLine(buf)
	if n == 0 || err != nil {
		return 0, err
	}
	if len(line) == 0 {
		r.state = chunkDone
		return n, nil
	}
	if r.trailers += n; r.trailers > maxTrailers {
		return 0, inputError("trailers too large")
	}
	headers, err := httputil.ParseHeaderBlock(bytes.Clone(line))
	if err != nil {
		return 0, err
	}
	for _, f := range headers.Fields() {
		switch f.Name {
		case "Content-Length", "Transfer-Encoding", "Host":
			return 0, inputError(f.Name + " in a trailer")
		}
	}
	return n, nil
}

// chunkLine returns the line at the start of buf without its CRLF, and its length with
// it, 0 if it is not complete. Between chunks nothing but CRLF ends a line: others have
// read a bare LF as data.
func chunkLine(buf []byte) (line []byte, n int, err error) {
	i := bytes.IndexByte(buf[:min(len(buf), maxChunkLine)], '\n')
	switch {
	case i < 0 && len(buf) >= maxChunkLine:
		return nil, 0, errChunkLineTooLong
	case i < 0:
		return nil, 0, nil
	case i == 0 || buf[i-1] != '\r':
		return nil, 0, inputError("chunk line ended by a bare LF")
	}
	return buf[:i-1], i + 1, nil
}

func hexValue(c byte) int64 { // -1 for what is no hexadecimal digit
	switch {
	case '0' <= c && c <= '9':
		return int64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return -1
}

// validExtensions checks what follows the size against chunk-ext (RFC 9112, section
// 7.1.1): any number of ";name" or ";name=value".
func validExtensions(s []byte) bool {
	for len(s) > 0 {
		s = skipBlanks(s)
		if len(s) == 0 || s[0] != ';' {
			return false
		}
		s = skipBlanks(s[1:])
		name := tokenLen(s)
		if name == 0 {
			return false
		}
		s = s[name:]
		if value := skipBlanks(s); len(value) > 0 && value[0] == '=' {
			s = skipBlanks(value[1:])
			n := max(tokenLen(s), quotedStringLen(s))
			if n == 0 {
				return false
			}
			s = s[n:]
		}
	}
	return true
}

func skipBlanks(s []byte) []byte { return bytes.TrimLeft(s, " \t") }

func tokenLen(s []byte) int {
	n := 0
	for n < len(s) && httputil.IsTokenByte(s[n]) {
		n++
	}
	return n
}

// quotedStringLen returns the length of the quoted-string (RFC 9110, section 5.6.4) that
// s starts with, 0 if there is none.
func quotedStringLen(s []byte) int {
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return i + 1
		}
		if c == '\\' && i+1 < len(s) {
			i++
			c = s[i]
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0
		}
	}
	return 0
}

// appendChunk appends data as one chunk. Without data there is no chunk: an empty one
// would end the body.
func appendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = append(appendChunkSize(dst, len(data)), data...)
	return append(dst, "\r\n"...)
}

// appendChunkSize appends the line before a chunk of size bytes, whose data and a CRLF
// are to follow.
func appendChunkSize(dst []byte, size int) []byte {
	return append(strconv.AppendInt(dst, int64(size), 16), "\r\n"...)
}

// appendLastChunk appends the end of a chunked body.
func appendLastChunk(dst []byte) []byte { return append(dst, "0\r\n\r\n"...) }
