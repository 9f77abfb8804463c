package httpclient

import (
	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

// serverStream lists the methods of iostream.IOStream that a connection uses.
type serverStream interface {
	SetConsumer(iostream.Consumer)
	Pause()
	Resume()
	BeginWrite() []byte
	EndWrite([]byte)
	SendRef([]byte)
	Flushed(func(error))
	Buffered() int
	Close()
}

// A serverConnection sends the requests of fetches to a server or a proxy, one after
// another, and reads the responses. It is the consumer of its stream. Between requests it is
// in the pool. Tornado: simple_httpclient._HTTPConnection.
type serverConnection struct {
	client *SimpleAsyncHTTPClient
	host   *hostConnections
	stream serverStream
	fetch  *fetch // nil between requests

	finder   http1.HeadFinder
	state    serverState
	reused   bool // it has served another request
	received bool // bytes of the current response have arrived
	paused   bool // a callback runs, so the stream does not offer data
	complete bool // the response has arrived completely, and the fetch was not told yet
	lost     bool // the stream has closed
	lostErr  error

	pooled       bool // it is in the pool
	older, newer *serverConnection
	idleTimer    ioloop.CoarseTimeout
}

// newServerConnection returns an idle connection over stream, and counts it in the pool.
func newServerConnection(c *SimpleAsyncHTTPClient, host *hostConnections, stream serverStream) *serverConnection {
	s := &serverConnection{client: c, host: host, stream: stream}
	stream.SetConsumer(s)
	return s
}

// startResponse makes the connection read the response for f.
func (c *serverConnection) startResponse(f *fetch) {
	c.fetch, c.received = f, false
	c.to(connAwaitingHead)
}

// Consume reads a response from data and returns the number of bytes read. It stops when
// bytes are missing or while a callback of the request runs.
func (c *serverConnection) Consume(data []byte) (taken int) {
	for taken < len(data) && !c.paused {
		n := 0
		switch c.state {
		case connAwaitingHead:
			n = c.readHead(data[taken:])
		case connReadingBody:
			n = c.readBody(data[taken:])
		case connIdle: // no request was sent, so bytes that arrive here belong to no response
			c.closeConnection()
			n = len(data) - taken
		case connClosed:
			n = len(data) - taken
		}
		if taken += n; n == 0 {
			break
		}
	}
	c.deliverResponse()
	return taken
}

// Direct returns the buffer into which the stream reads a large body directly, or nil.
func (c *serverConnection) Direct() []byte {
	if c.state != connReadingBody || c.paused {
		return nil
	}
	return c.fetch.transfer.body.DirectBuffer()
}

// DirectFilled records that the stream has read n bytes into the buffer of Direct.
func (c *serverConnection) DirectFilled(n int) {
	if c.fetch.transfer.body.DirectFilled(n) {
		c.bodyComplete()
	}
	c.deliverResponse()
}

// ConnectionLost ends the current response.
func (c *serverConnection) ConnectionLost(err error) {
	c.lost, c.lostErr = true, err
	if c.fetch == nil {
		c.closeConnection()
	} else if !c.paused {
		c.endOfInput()
	}
}

// endOfInput handles the end of the connection during a response, after all bytes before the end.
func (c *serverConnection) endOfInput() {
	f := c.fetch
	switch {
	case c.state == connReadingBody && c.lostErr == nil && f.transfer.body.EndInput() == nil:
		c.bodyComplete()
		c.deliverResponse()
	case c.state == connAwaitingHead && !c.received && c.reused && f.mayResend():
		c.fetch = nil
		c.closeConnection()
		f.resend()
	default:
		f.loseConnection(c.lostErr)
	}
}

// runCallback runs fn, which calls a callback of the request, in a coroutine. Reading pauses
// until fn returns, and then runs afterwards. An error of fn ends the fetch.
func (c *serverConnection) runCallback(fn func() error, then func()) {
	f := c.fetch
	ended := c.client.loop.SpawnFunc(func() {
		err := callSafely(fn)
		if c.fetch != f {
			return // the fetch has ended
		}
		if err != nil {
			f.failCallback(err)
			return
		}
		waited := c.paused
		c.paused = false
		then()
		if waited && c.fetch == f {
			c.continueReading()
		}
	})
	if !ended && c.fetch == f && c.state != connClosed {
		c.paused = true
		c.stream.Pause()
	}
}

// continueReading reads on after a callback has waited.
func (c *serverConnection) continueReading() {
	switch {
	case c.paused: // another callback runs
	case c.complete:
		c.stream.Resume()
		// The stream offers the bytes that it holds in the next turn, before deliverResponse runs.
		// Bytes after the response close the connection.
		c.client.loop.CallSoon(c.deliverResponse)
	case c.lost:
		c.endOfInput()
	default:
		c.stream.Resume()
	}
}

// deliverResponse tells the fetch that its response is complete, if it is. It keeps the connection
// for later requests if that is possible.
func (c *serverConnection) deliverResponse() {
	f := c.fetch
	if !c.complete || f == nil || c.paused {
		return
	}
	c.complete, c.fetch = false, nil
	if c.state == connIdle && !c.lost && f.transfer.persists && f.transfer.upload.isComplete() && c.stream.Buffered() == 0 {
		c.reused = true
		c.client.pool.putIdle(c)
	} else {
		c.closeConnection()
	}
	f.responseComplete()
}

// closeConnection closes the connection and removes it from the pool.
func (c *serverConnection) closeConnection() {
	if c.state == connClosed {
		return
	}
	if c.pooled {
		c.client.pool.removeIdle(c)
	}
	c.to(connClosed)
	c.client.pool.removeOpen(c.host)
	c.stream.Close()
}

// HandleCoarseTimeout closes a connection that was idle for too long.
func (c *serverConnection) HandleCoarseTimeout(*ioloop.CoarseTimeout) { c.closeConnection() }

// callSafely calls fn. A panic of fn becomes a *log.PanicError.
func callSafely(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if ioloop.Unwinding(r) {
				panic(r)
			}
			err = log.NewPanicError(r)
		}
	}()
	return fn()
}
