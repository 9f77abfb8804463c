package websocket

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

const (
	maxResponseHead = 64 << 10 // bytes
	maxErrorBody    = 4 << 10  // bytes of the response's body that a HandshakeError keeps
)

var (
	errHeadTooLong = errors.New("the head of the server's response is too long")
	errNotHTTP     = errors.New("the server does not speak HTTP: check the URL's port and scheme")
	errBareLF      = errors.New("a line of the server's response ends with a bare LF, where HTTP has CRLF (RFC 9112, section 2.2)")
)

// A clientOpening is the consumer of the stream until the server has responded to the
// handshake.
type clientOpening struct {
	handshake *clientHandshake
	options   *ConnectOptions
	stream    *iostream.IOStream
	result    *ioloop.Future[*ClientConnection]
	finder    http1.HeadFinder
	refusal   *HandshakeError  // the response that is not a 101; its head has arrived and its body has not
	body      http1.BodyReader // of the refusal
}

// open makes the opening handshake, in a coroutine. timeout is its time limit if it is above 0.
func open(stream *iostream.IOStream, h *clientHandshake, timeout time.Duration, o *ConnectOptions) (*ClientConnection, error) {
	l := stream.Loop()
	opening := &clientOpening{handshake: h, options: o, stream: stream, result: ioloop.NewFuture[*ClientConnection](l)}
	if timeout > 0 {
		limit := l.CallLater(timeout, func() { opening.failOpening(ioloop.ErrTimeout) })
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

// Consume reads the response. Bytes after a 101 are left to the connection.
func (c *clientOpening) Consume(data []byte) (taken int) {
	if c.result.Done() {
		return len(data)
	}
	if c.refusal != nil {
		return c.readBody(data)
	}
	n, err := c.finder.FindHead(data, maxResponseHead)
	if err != nil {
		err = errHeadTooLong
	}
	if wrong := checkHeadSoFar(data, n); wrong != nil {
		err = wrong
	}
	switch {
	case err != nil:
		c.failOpening(err)
		return len(data)
	case n == 0:
		return 0
	}
	c.readHead(data[:n])
	if len(data) > n && !c.result.Done() {
		return n + c.Consume(data[n:])
	}
	return n
}

// readHead reads the head of a response.
func (c *clientOpening) readHead(data []byte) {
	var head http1.ResponseHead
	err := head.Parse(data)
	switch {
	case err != nil:
		c.failOpening(err)
	case head.Start.Code == http.StatusSwitchingProtocols:
		c.accept(head.Start, head.Headers)
	case http1.IsInterim(head.Start.Code): // another response follows (RFC 9110, section 15.2)
	default:
		c.refuse(&head)
	}
}

// checkHeadSoFar returns an error if data cannot be the head of a response. n is the size of the
// head, or 0 if it is not complete. With this check a client notices a server of another protocol
// before ConnectTimeout.
func checkHeadSoFar(data []byte, n int) error {
	if n > 0 {
		data = data[:n]
	}
	switch {
	case len(data) > 0 && data[0] == '\n':
		return errBareLF
	case !http1.BeginsResponse(data):
		return errNotHTTP
	}
	for line := range bytes.Lines(data) {
		if bytes.HasSuffix(line, []byte("\n")) && !bytes.HasSuffix(line, []byte("\r\n")) {
			return errBareLF
		}
	}
	return nil
}

// refuse starts to read the body of a response that is not a 101.
func (c *clientOpening) refuse(head *http1.ResponseHead) {
	f, err := head.Framing(http.MethodGet)
	c.refusal = &HandshakeError{StatusCode: head.Start.Code, Reason: head.Start.Reason, Headers: head.Headers}
	c.body = http1.BodyReader{Framing: f, Max: math.MaxInt64}
	if err != nil || f.IsEmpty() {
		c.failOpening(c.refusal)
	}
}

// accept passes the stream to the protocol object.
func (c *clientOpening) accept(start httputil.ResponseStartLine, headers httputil.HTTPHeaders) {
	subprotocol, deflate, err := c.handshake.checkResponse(&headers)
	if err != nil {
		c.failOpening(&HandshakeError{StatusCode: start.Code, Reason: start.Reason, Headers: headers, Err: err})
		return
	}
	conn := &ClientConnection{client{stream: c.stream, options: c.options, headers: headers, subprotocol: subprotocol}}
	p := newProtocol13(clientSide, &conn.client, c.stream, c.options.maxMessageSize(), deflate.swapped())
	conn.client.session, conn.client.ref.connection = &p.session, p
	c.stream.SetConsumer(nil) // until startReading
	c.result.SetResult(conn)
}

// readBody keeps the first maxErrorBody bytes of the body of a response that is not a 101.
func (c *clientOpening) readBody(data []byte) (taken int) {
	for {
		piece, n, done, err := c.body.NextPiece(data[taken:], maxErrorBody-len(c.refusal.Body))
		taken += n
		c.refusal.Body = append(c.refusal.Body, piece...)
		switch {
		case done, err != nil, len(c.refusal.Body) == maxErrorBody:
			c.failOpening(c.refusal)
			return len(data)
		case n == 0:
			return taken
		}
	}
}

// failOpening ends the attempt with err, or with the error for the server's response if one has
// arrived.
func (c *clientOpening) failOpening(err error) {
	if c.refusal != nil {
		err = c.refusal
	}
	c.result.SetError(err)
}

// Direct returns nil: a response needs no memory of its own.
func (c *clientOpening) Direct() []byte { return nil }

// DirectFilled is not called.
func (c *clientOpening) DirectFilled(int) {}

// ConnectionLost ends the attempt.
func (c *clientOpening) ConnectionLost(err error) {
	c.failOpening(&iostream.StreamClosedError{RealError: err})
}
