package load

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// maxHead is the maximum size of a response head, in bytes.
const maxHead = 16 << 10

// A responseHead is the part of a response head that the generator uses (RFC 9112).
type responseHead struct {
	status int
	length int    // Content-Length; -1 if there is none
	accept []byte // Sec-WebSocket-Accept, a view into the parsed bytes
}

// parseHead parses a status line and header fields. n is their size with the empty line, or 0 if
// the empty line has not arrived yet.
func parseHead(buf []byte) (h responseHead, n int, err error) {
	h.length = -1
	for first := true; ; first = false {
		end := bytes.IndexByte(buf[n:], '\n')
		switch {
		case n+max(end, 0) > maxHead || end < 0 && len(buf) > maxHead:
			return h, 0, fmt.Errorf("load: response head of more than %d bytes", maxHead)
		case end < 0:
			return h, 0, nil
		case end == 0 || buf[n+end-1] != '\r':
			return h, 0, fmt.Errorf("load: line of a response head ends without CR")
		}
		line := buf[n : n+end-1]
		n += end + 1
		switch {
		case first:
			err = h.statusLine(line)
		case len(line) == 0:
			return h, n, nil
		default:
			err = h.field(line)
		}
		if err != nil {
			return h, 0, err
		}
	}
}

func (h *responseHead) statusLine(line []byte) error {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, ok := number(code)
	if string(version) != "HTTP/1.1" || !ok || len(code) != 3 {
		return fmt.Errorf("load: status line %q", line)
	}
	h.status = status
	return nil
}

// field parses the two fields that matter; their first letters exclude most others.
func (h *responseHead) field(line []byte) error {
	if len(line) == 0 || line[0]|0x20 != 'c' && line[0]|0x20 != 's' {
		return nil
	}
	if value, ok := cutName(line, "Content-Length"); ok {
		length, ok := number(value)
		if !ok || h.length >= 0 && h.length != length {
			return fmt.Errorf("load: Content-Length %q", value)
		}
		h.length = length
	} else if value, ok := cutName(line, "Sec-Websocket-Accept"); ok {
		h.accept = value
	}
	return nil
}

func cutName(line []byte, name string) (value []byte, ok bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !strings.EqualFold(string(line[:len(name)]), name) {
		return nil, false
	}
	return bytes.Trim(line[len(name)+1:], " \t"), true
}

// number parses a decimal number of at most nine digits.
func number(p []byte) (n int, ok bool) {
	for _, digit := range p {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + int(digit-'0')
	}
	return n, len(p) >= 1 && len(p) <= 9
}

// jsonBody is the body that the JSON mode posts.
const jsonBody = `{"name":"a name of some length","amount":42,"tags":["first","second","third"]}`

// An httpClient sends batches of requests. Each response must have status 200, a Content-Length
// and that many bytes of body.
type httpClient struct {
	batch    []byte
	pipeline int
	body     int // bytes of the current response's body that are still to come
}

func newHTTPClient(o Options) *httpClient {
	method, target, more, body := "GET", "/", "", ""
	switch o.Mode {
	case Static:
		target = "/file.bin"
	case GZip:
		target, more = "/json", "Accept-Encoding: gzip\r\n"
	case JSON:
		method, target, body = "POST", "/api", jsonBody
		more = "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	request := method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + strconv.Itoa(o.Port) + "\r\n" + more + "\r\n" + body
	return &httpClient{batch: bytes.Repeat([]byte(request), o.Pipeline), pipeline: o.Pipeline}
}

func (c *httpClient) nextRequest() ([]byte, int) { return c.batch, c.pipeline }

func (c *httpClient) checkResponse(buf []byte) (n int, done bool, err error) {
	if c.body == 0 {
		var h responseHead
		if h, n, err = parseHead(buf); n == 0 {
			return 0, false, err
		}
		if h.status != 200 || h.length < 0 {
			return 0, false, fmt.Errorf("load: status %d, Content-Length %d", h.status, h.length)
		}
		c.body = h.length
	}
	taken := min(c.body, len(buf)-n)
	c.body -= taken
	return n + taken, c.body == 0, nil
}
