package http1

import (
	"bytes"
	"errors"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

const (
	maxChunkLine = 4096      // size in bytes of a chunk size line or trailer line, with its CRLF
	maxChunkSize = 1<<60 - 1 // sizes up to this can be added without overflow
	// maxChunkDigits limits leading zeros of a size. Other parsers stop after 16 digits and may
	// read the rest differently. No client sends more.
	maxChunkDigits = 16
	// maxExtensions is the number of bytes by which the chunk extensions of a body may exceed
	// its data (RFC 9112, section 7.1.1 asks for such a limit).
	maxExtensions = 16 << 10
	maxTrailers   = 8 << 10 // bytes in the trailer section
)

// ErrChunkLineTooLong closes the connection without a response, as Tornado does.
var ErrChunkLineTooLong = errors.New("http1: chunk line too long")

// A ChunkedReader decodes the chunked coding (RFC 9112, section 7.1) of a body. The zero
// value is at the start of a body. It checks extensions and trailers, and drops them.
type ChunkedReader struct {
	most       int   // largest number of bytes that NextData returns in one call; 0 means no limit
	total      int64 // total size of all chunks announced so far, which MaxBodySize limits
	remaining  int64 // bytes of the current chunk that have not arrived
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

// NextData reads from buf, which continues where the last call stopped, and returns the
// number of bytes n that it has read. chunk is a part of the body and refers to buf. done
// reports whether the body is complete. If chunk is empty and done is false, buf ends too
// early: call NextData again with more bytes after n. The error is an *httputil.HTTPInputError or
// ErrChunkLineTooLong.
//
// NextData reads a size line completely before it returns data of that chunk. So the caller
// can compare total with the limit in time.
func (r *ChunkedReader) NextData(buf []byte) (chunk []byte, n int, done bool, err error) {
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
func (r *ChunkedReader) countData(n int) {
	if r.remaining -= int64(n); r.remaining == 0 {
		r.state = chunkEnd
	}
}

// sizeLine parses a line such as "1f" or "1f;name=value" and returns its length, or 0 if it
// is not complete.
func (r *ChunkedReader) sizeLine(buf []byte) (int, error) {
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
func (r *ChunkedReader) dataEnd(buf []byte) (int, error) {
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
func (r *ChunkedReader) trailerLine(buf []byte) (int, error) {
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
		return nil, 0, ErrChunkLineTooLong
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
