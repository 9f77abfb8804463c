package httpserver

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A stream is what a connection needs of an iostream.IOStream.
type stream interface {
	Loop() *ioloop.IOLoop
	SetConsumer(iostream.Consumer)
	Pause()
	Resume()
	BeginWrite() []byte
	EndWrite([]byte)
	Send([]byte)
	SendRef([]byte)
	SendFile(file *iostream.File, offset int64, n int) error
	Flushed(func(error))
	Close()
	CloseWhenFlushed()
}

// A connection serves the requests of one client, one after another. It is the
// consumer of its stream and the httputil.HTTPConnection of each request.
// Tornado: http1connection.HTTP1ServerConnection and HTTP1Connection.
type connection struct {
	server  *HTTPServer
	stream  stream
	loop    *ioloop.IOLoop
	info    httputil.ConnectionInfo
	parser  headParser
	message httputil.HTTPMessageDelegate // of the request that is read or answered; nil between requests
	body    *bodyReader                  // nil when there is none to read
	life    requestLife
	answer  answer
	state   state
	paused  bool // the stream was asked to hold data back
	lost    bool
}

// A state says what a connection does with the bytes that come.
type state uint8

const (
	readingHead state = iota
	readingBody
	answering // they wait
	closing   // they are dropped
	detached  // they are another's
)

// Consume reads requests until bytes are missing or one waits for its answer.
func (c *connection) Consume(data []byte) (taken int) {
	for {
		n := 0
		switch {
		case c.paused || c.state == detached:
			return taken
		case c.state == closing:
			return len(data)
		case c.state == readingHead:
			n = c.readHead(data[taken:])
		case c.state == readingBody:
			n = c.readBody(data[taken:])
		}
		if taken += n; n == 0 || taken == len(data) {
			return taken
		}
	}
}

// Direct lets a large body be read straight into its own buffer.
func (c *connection) Direct() []byte {
	if c.state != readingBody {
		return nil
	}
	return c.body.direct()
}

// DirectFilled takes note of what was read there.
func (c *connection) DirectFilled(n int) {
	if c.body.filled(n) {
		c.bodyComplete()
	}
}

// ConnectionLost tells the request that is under way.
func (c *connection) ConnectionLost(error) {
	c.lost = true
	c.server.connections.Add(-1)
	message := c.message
	c.message, c.body = nil, nil
	if c.state != detached {
		c.state = closing
	}
	if message != nil {
		c.loop.SpawnFunc(message.OnConnectionClose)
	}
}

func (c *connection) readHead(data []byte) int {
	head, n, err := c.parser.next(data, c.server.options.MaxHeaderSize)
	switch {
	case err == errHeadTooLarge:
		c.closeNow()
		return len(data)
	case err != nil:
		c.reject(err)
		return len(data)
	case n == 0:
		return 0
	}
	if err := c.startRequest(head); err != nil {
		c.reject(err)
		return len(data)
	}
	return n
}

// startRequest tells the delegate of a request; an error is the peer's fault.
func (c *connection) startRequest(head requestHead) error {
	f, err := requestFraming(head.start, &head.headers)
	if err != nil {
		return err
	}
	c.life = newRequestLife(head.start, &head.headers, f, c.server.options.NoKeepAlive)
	c.answer = answer{}
	message := c.server.delegate.StartRequest(c)
	mode, err := message.HeadersReceived(head.start, head.headers)
	if err != nil {
		return err
	}
	c.message = message
	if f.kind == framingNone || f.kind == framingLength && f.length == 0 {
		c.finishRequest()
		return nil
	}
	c.state = readingBody
	c.body = newBodyReader(f, mode, c.server.options.MaxBodySize)
	expect := head.headers.Get("Expect") == "100-continue"
	if p, ok := message.(httputil.HTTPMessagePreparer); ok && mode == httputil.BodyStream {
		c.prepare(p, expect)
		return nil
	}
	if err := c.startBody(expect); err != nil {
		c.message, c.body = nil, nil
		return err
	}
	return nil
}

// prepare lets the delegate of a streamed body decide about it first.
func (c *connection) prepare(message httputil.HTTPMessagePreparer, expect bool) {
	ended := c.loop.SpawnFunc(func() {
		defer c.recoverDelegate()
		message.Prepare()
		if c.message != message || c.state != readingBody {
			return
		}
		if err := c.startBody(expect); err != nil {
			c.failBody(err)
			return
		}
		c.resume()
	})
	if !ended && c.state == readingBody {
		c.pause()
	}
}

// startBody refuses a body that is announced as too large, and asks a client that
// waits for it for any other.
func (c *connection) startBody(expect bool) error {
	if f := c.body.framing; f.kind == framingLength && f.length > c.body.max {
		return &httputil.HTTPInputError{Reason: "Content-Length too long"}
	}
	if expect && !c.answer.headersSent {
		c.stream.Send([]byte("HTTP/1.1 100 (Continue)\r\n\r\n"))
	}
	return nil
}

// SetMaxBodySize sets how many bytes the body of the request being read may have, in
// place of the server's limit. Tornado: HTTP1Connection.set_max_body_size.
func (c *connection) SetMaxBodySize(n int64) {
	if c.body != nil {
		c.body.max = n
	}
}

func (c *connection) readBody(data []byte) int {
	chunk, n, done, err := c.body.next(data)
	if err != nil {
		c.failBody(err)
		return len(data)
	}
	if len(chunk) > 0 {
		c.deliver(chunk)
	}
	if done && c.state == readingBody {
		c.bodyComplete()
	}
	return n
}

// failBody ends a request whose body is malformed or too large.
func (c *connection) failBody(err error) {
	message := c.message
	c.message, c.body = nil, nil
	if err == errChunkLineTooLong || c.answer.headersSent {
		c.closeNow()
	} else {
		c.reject(err)
	}
	c.loop.SpawnFunc(message.OnConnectionClose)
}

// deliver hands a chunk of a streamed body to the delegate, which may wait: until
// it returns, no more is read.
func (c *connection) deliver(chunk []byte) {
	owned := append([]byte(nil), chunk...)
	message := c.message
	ended := c.loop.SpawnFunc(func() {
		defer c.recoverDelegate()
		err := message.DataReceived(owned)
		if c.message != message {
			return
		}
		if err != nil {
			c.failBody(err)
			return
		}
		if c.paused {
			c.resume()
			if c.body != nil && c.body.complete() {
				c.bodyComplete()
			}
		}
	})
	if !ended && c.state == readingBody {
		c.pause()
	}
}

func (c *connection) bodyComplete() {
	if c.paused {
		return // the last chunk is still being taken
	}
	whole := c.body.whole
	c.body = nil
	if len(whole) > 0 {
		if err := c.message.DataReceived(whole); err != nil {
			c.failBody(err)
			return
		}
	}
	c.finishRequest()
}

// finishRequest runs the delegate's Finish in a coroutine.
func (c *connection) finishRequest() {
	c.state = answering
	c.loop.Spawn(c)
	if c.state == answering {
		c.pause()
	}
}

// Run is the coroutine of a request; the connection is the task, so that none needs
// to be allocated.
func (c *connection) Run() {
	defer c.recoverDelegate()
	c.message.Finish()
}

// recoverDelegate closes the connection of a delegate that panicked.
func (c *connection) recoverDelegate() {
	r := recover()
	if r == nil {
		return
	}
	if ioloop.Unwinding(r) {
		panic(r)
	}
	logger().LogAttrs(context.Background(), slog.LevelError, fmt.Sprintf("Uncaught exception: %v", r),
		slog.String("stack", string(debug.Stack())))
	c.closeNow()
}

func (c *connection) pause() {
	c.paused = true
	c.stream.Pause()
}

func (c *connection) resume() {
	if c.paused {
		c.paused = false
		c.stream.Resume()
	}
}

// reject answers a malformed request with the bytes that Tornado sends, and closes.
func (c *connection) reject(err error) {
	logger().Info(fmt.Sprintf("Malformed HTTP message from %s: %v", c.info.RemoteIP, err))
	c.state = closing
	c.stream.Send([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	c.stream.CloseWhenFlushed()
}

func (c *connection) closeNow() {
	if c.state != detached {
		c.state = closing
		c.stream.Close()
	}
}

// Info says who the peer is.
func (c *connection) Info() *httputil.ConnectionInfo { return &c.info }

// Loop returns the loop that the connection lives on.
func (c *connection) Loop() *ioloop.IOLoop { return c.loop }

// Detach takes the stream away from HTTP, with the bytes that came behind the
// request; the connection is done. It is nil if the client has left.
// Tornado: HTTP1Connection.detach.
func (c *connection) Detach() *iostream.IOStream {
	if c.lost || c.state == closing {
		return nil
	}
	c.state = detached
	c.message = nil
	c.server.connections.Add(-1)
	s, _ := c.stream.(*iostream.IOStream)
	c.stream.SetConsumer(nil)
	return s
}

// logger is Tornado's general log.
func logger() *slog.Logger { return slog.Default().With("logger", "tornado.general") }
