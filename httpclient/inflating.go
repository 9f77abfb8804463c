package httpclient

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"

	"github.com/gotornado/tornado/httputil"
)

var errTrailingBytes = errors.New("bytes follow the end of the compressed body")

// consumeCoding returns the coding of a body that the client inflates, or "". It renames
// the Content-Encoding header of such a body to X-Consumed-Content-Encoding.
func (p *fetchPlan) consumeCoding(headers *httputil.HTTPHeaders) string {
	if !p.settings.DecompressResponse.enabled() {
		return ""
	}
	value := headers.Get("Content-Encoding")
	for _, coding := range []string{"gzip", "x-gzip", "deflate"} {
		if httputil.EqualFold(value, coding) {
			headers.Del("Content-Encoding")
			headers.Set("X-Consumed-Content-Encoding", value)
			return coding
		}
	}
	return ""
}

// An inflatingReader reads a body, inflates it, and limits its size, both as sent and inflated.
// Goroutines use it, and not the loop.
type inflatingReader struct {
	raw     limitedReader
	coding  string
	ratio   inflateRatio
	decoded limitedReader // set by the first Read of a compressed body
}

func newInflatingReader(body io.Reader, coding string, o *Options) *inflatingReader {
	return &inflatingReader{raw: limitedReader{from: body, left: o.MaxBodySize}, coding: coding, ratio: inflateRatio(o.MaxInflateRatio)}
}

// Read returns the next bytes. An error that is neither io.EOF nor wraps ErrBodyTooLarge is that
// of the connection if raw has failed, and that of the decoder otherwise.
func (b *inflatingReader) Read(p []byte) (int, error) {
	if b.coding == "" {
		return b.raw.Read(p)
	}
	if b.decoded.from == nil {
		decoder, err := b.newDecoder()
		if err != nil {
			return 0, err
		}
		b.decoded = limitedReader{from: decoder, left: b.raw.left + b.raw.count}
	}
	n, err := b.decoded.Read(p)
	if ratioErr := b.ratio.check(b.decoded.count, b.raw.count); ratioErr != nil {
		return 0, ratioErr
	}
	return n, err
}

// newDecoder returns the reader of the inflated body. An empty body is valid. The header of
// gzip is read by the first Read of the result.
func (b *inflatingReader) newDecoder() (io.Reader, error) {
	buffered := bufio.NewReader(&b.raw)
	start, err := buffered.Peek(2)
	if len(start) == 0 {
		return nil, err
	}
	switch {
	case b.coding != "deflate":
		return gzip.NewReader(buffered)
	case isZlib(start):
		z, err := zlib.NewReader(buffered)
		return &exactReader{z, buffered}, err
	}
	return &exactReader{flate.NewReader(buffered), buffered}, nil
}

// isZlib reports whether a deflate body begins with the header of zlib (RFC 1950), as RFC
// 9110 demands. Some servers send it without.
func isZlib(start []byte) bool {
	return len(start) == 2 && start[0]&0x0f == 8 && (int(start[0])<<8|int(start[1]))%31 == 0
}

// An exactReader refuses bytes after the end of a compressed stream.
type exactReader struct {
	io.Reader
	rest *bufio.Reader
}

func (r *exactReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		if _, restErr := r.rest.Peek(1); restErr == nil {
			err = errTrailingBytes
		}
	}
	return n, err
}

// A limitedReader fails with ErrBodyTooLarge instead of returning more than left bytes.
type limitedReader struct {
	from  io.Reader
	left  int64
	count int64 // bytes so far
	err   error // that ended it
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrBodyTooLarge
	}
	l.left -= int64(n)
	l.count += int64(n)
	l.err = err
	return n, err
}
