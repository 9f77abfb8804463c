package websocket

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

const (
	maxAnswerHead = 64 << 10 // bytes of a head, as servers limit theirs
	maxErrorBody  = 4 << 10  // bytes of a body to keep for a HandshakeError
	maxErrorRead  = 16 << 10 // bytes to read for it, with what frames it
)

var (
	errAnswerTooLong = errors.New("the head of the server's response is too long")
	errNotHTTP       = errors.New("the server does not speak HTTP: check the URL's port and scheme")
	errBareLF        = errors.New("a line of the server's response ends with a bare LF, where HTTP has CRLF (RFC 9112, section 2.2)")
)

// A clientOpening is the stream's consumer until the server has answered the handshake.
type clientOpening struct {
	handshake *clientHandshake
	options   *ConnectOptions
	stream    *iostream.IOStream
	result    *ioloop.Future[*ClientConnection]
	refusal   *HandshakeError // the answer, when its head has come and the body has not
	raw       []byte          // of that answer, head and all
}

// open makes the opening handshake, in a coroutine, within timeout if that is above 0.
func open(stream *iostream.IOStream, h *clientHandshake, timeout time.Duration, o *ConnectOptions) (*ClientConnection, error) {
	l := stream.Loop()
	opening := &clientOpening{handshake: h, options: o, stream: stream, result: ioloop.NewFuture[*ClientConnection](l)}
	if timeout > 0 {
		limit := l.CallLater(timeout, func() { opening.fail(ioloop.ErrTimeout) })
		defer l.RemoveTimeout(limit)
	}
	stream.SetConsumer(opening)
	stream.Send(h.request())
	c, err := opening.result.Await()
	if err != nil {
		opening.result.Cancel()
		stream.Close()
	}
	return c, err
}

// Consume reads the answer. What follows a 101 is left to the connection.
func (c *clientOpening) Consume(data []byte) (taken int) {
	if c.result.Done() {
		return len(data)
	}
	if c.refusal != nil {
		return c.readBody(data)
	}
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		if err := checkPartialHead(data); err != nil {
			c.fail(err)
		}
		return 0
	}
	head := string(data[:end+2])
	start, headers, err := parseAnswer(head)
	switch {
	case err != nil:
		c.fail(err)
	case start.Code == http.StatusSwitchingProtocols:
		c.accept(start, headers)
	case start.Code < 200: // the answer is still to come (RFC 9110, section 15.2)
	default:
		c.refusal = &HandshakeError{StatusCode: start.Code, Reason: start.Reason, Headers: headers}
		c.raw = append(c.raw, data[:end+4]...)
		c.readBody(nil)
	}
	if rest := data[end+4:]; len(rest) > 0 && !c.result.Done() {
		return end + 4 + c.Consume(rest)
	}
	return end + 4
}

// checkPartialHead returns an error if data cannot be the beginning of a response's head,
// so that a server of another protocol is not waited for until the ConnectTimeout.
func checkPartialHead(data []byte) error {
	const version = "HTTP/"
	lf := bytes.IndexByte(data, '\n')
	switch {
	case string(data[:min(len(data), len(version))]) != version[:min(len(data), len(version))]:
		return errNotHTTP
	case len(data) > maxAnswerHead:
		return errAnswerTooLong
	}
	for lf >= 0 {
		if lf == 0 || data[lf-1] != '\r' {
			return errBareLF
		}
		data = data[lf+1:]
		lf = bytes.IndexByte(data, '\n')
	}
	return nil
}

// parseAnswer reads the head of a response, without the empty line at its end.
func parseAnswer(head string) (start httputil.ResponseStartLine, headers httputil.HTTPHeaders, err error) {
	line, block, _ := bytes.Cut([]byte(head), []byte("\r\n"))
	if start, err = httputil.ParseResponseStartLine(string(line)); err == nil {
		headers, err = httputil.ParseHeaders(string(block))
	}
	return start, headers, err
}

// accept turns the stream over to the protocol.
func (c *clientOpening) accept(start httputil.ResponseStartLine, headers httputil.HTTPHeaders) {
	subprotocol, deflate, err := c.handshake.check(&headers)
	if err != nil {
		c.fail(&HandshakeError{StatusCode: start.Code, Reason: start.Reason, Headers: headers, Err: err})
		return
	}
	conn := &ClientConnection{client{stream: c.stream, options: c.options, headers: headers, subprotocol: subprotocol}}
	p := newProtocol13(clientSide, &conn.client, c.stream, c.options.maxMessageSize(), deflate.swapped())
	conn.client.session, conn.client.link.connection = &p.session, p
	c.stream.SetConsumer(nil) // until startReading
	c.result.SetResult(conn)
}

// readBody takes the body of a refusal, as far as it is kept.
func (c *clientOpening) readBody(data []byte) (taken int) {
	c.raw = append(c.raw, data...)
	body, complete := decodeBody(c.raw)
	if c.refusal.Body = body; complete || len(c.raw) > maxErrorRead {
		c.fail(c.refusal)
	}
	return len(data)
}

// decodeBody returns the body in an answer of which only the beginning may be here, and
// whether that is all there is to it.
func decodeBody(raw []byte) (body []byte, complete bool) {
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil {
		return nil, true // there is no telling where it ends
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	untilClose := response.ContentLength < 0 && len(response.TransferEncoding) == 0
	return body, err == nil && !untilClose || len(body) == maxErrorBody
}

// fail ends the attempt; if the server's answer is known, that is the reason.
func (c *clientOpening) fail(err error) {
	if c.refusal != nil {
		err = c.refusal
	}
	c.result.SetError(err)
}

// Direct has no place of its own for an answer.
func (c *clientOpening) Direct() []byte { return nil }

// DirectFilled is not called.
func (c *clientOpening) DirectFilled(int) {}

// ConnectionLost ends the attempt.
func (c *clientOpening) ConnectionLost(err error) {
	c.fail(&iostream.StreamClosedError{RealError: err})
}
