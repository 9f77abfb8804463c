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
	faulty bool  // the body is read, but no request may follow (RFC 9112, section 6.1)
	length int64 // for framingLength; a larger number than int64 can hold becomes the largest int64
}

// isEmpty reports whether no byte of a body follows the head.
func (f framing) isEmpty() bool {
	return f.kind == framingNone || f.kind == framingLength && f.length == 0
}

type framingKind uint8

const (
	framingNone    framingKind = iota // there is no body
	framingLength                     // Content-Length, perhaps 0
	framingChunked                    // Transfer-Encoding: chunked
)

// requestFraming returns the framing of a request. It refuses headers that two servers
// could read in different ways; each error is an *httputil.HTTPInputError. If
// Content-Length is repeated with one value, requestFraming leaves that value once in
// headers.
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
		// HTTP/1.0 has no chunked coding: the sender may mean something else.
		f := framing{kind: framingChunked, faulty: start.Version == "HTTP/1.0"}
		return f, checkTransferEncoding(headers.Get("Transfer-Encoding"))
	case lengths > 0:
		return lengthFraming(headers)
	}
	return framing{}, nil
}

// checkTransferEncoding accepts a list that contains "chunked" once and nothing else. Empty
// elements are ignored (RFC 9110, section 5.6.1).
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

// lengthFraming returns the framing of a Content-Length header.
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
	maxChunkSize = 1<<60 - 1 // sizes up to this can be added without overflow
	// maxChunkDigits limits leading zeros of a size. Other parsers stop after 16 digits and may
	// read the rest differently. No client sends more.
	maxChunkDigits = 16
	// maxExtensions is the number of bytes by which the chunk extensions of a body may exceed
	// its data (RFC 9112, section 7.1.1 asks for such a limit).
	maxExtensions = 16 << 10
	maxTrailers   = 8 << 10 // bytes in the trailer section
)

// errChunkLineTooLong closes the connection without a response, as Tornado does.
var errChunkLineTooLong = errors.New("httpserver: chunk line too long")

// A chunkedReader decodes the chunked coding (RFC 9112, section 7.1) of a body. The zero
// value is at the start of a body. It checks extensions and trailers, and drops them.
type chunkedReader struct {
	most       int   // bytes that nextData returns in one call; 0 means no limit
	total      int64 // bytes of all chunks announced so far, for MaxBodySize
	remaining  int64 // bytes of the current chunk that are still to come
	extensions int   // bytes by which the extensions exceed the data
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

// nextData reads from buf, which continues where the last call stopped, and returns the
// number of bytes n that it has read. chunk is a part of the body and refers to buf. done
// means that the body is complete. If there is no chunk and done is false, nextData needs
// more bytes than those after n. The error is an *httputil.HTTPInputError or
// errChunkLineTooLong.
//
// nextData reads a size line completely before it returns data of that chunk. So the caller
// can compare total with the limit in time.
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

// countData records that n bytes of the current chunk, at most r.remaining, have arrived.
func (r *chunkedReader) countData(n int) {
	if r.remaining -= int64(n); r.remaining == 0 {
		r.state = chunkEnd
	}
}

// sizeLine parses a line such as "1f" or "1f;name=value" and returns its length, or 0 if it
// is not complete.
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

// dataEnd reads the CRLF after the data of a chunk and returns its length, or 0 if it is
// not complete.
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

// trailerLine reads one line of the trailer section and returns its length. It refuses a
// folded line, and a field that says where a message ends or goes (RFC 9110, section
// 6.5.1).
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

// chunkLine returns the line at the start of buf without its CRLF, and its length with the
// CRLF, or 0 if it is not complete. Only CRLF ends a line here, because other parsers have
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

// hexValue returns the value of a hexadecimal digit, or -1 for another byte.
func hexValue(c byte) int64 {
	switch {
	case '0' <= c && c <= '9':
		return int64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return -1
}

// validExtensions reports whether s is a chunk-ext (RFC 9112, section 7.1.1): any number of
// ";name" or ";name=value".
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

// quotedStringLen returns the length of the quoted-string (RFC 9110, section 5.6.4) at the
// start of s, or 0 if there is none.
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

// appendChunk appends data as one chunk. Without data it appends nothing, because an empty
// chunk would end the body.
func appendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = append(appendChunkSize(dst, len(data)), data...)
	return append(dst, "\r\n"...)
}

// appendChunkSize appends the line before a chunk of size bytes. The data and a CRLF must
// follow.
func appendChunkSize(dst []byte, size int) []byte {
	return append(strconv.AppendInt(dst, int64(size), 16), "\r\n"...)
}

// appendLastChunk appends the end of a chunked body.
func appendLastChunk(dst []byte) []byte { return append(dst, "0\r\n\r\n"...) }
