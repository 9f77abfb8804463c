package httpserver

import (
	"fmt"
	"net/netip"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

// clientStream lists the methods of iostream.IOStream that a connection uses.
type clientStream interface {
	Loop() *ioloop.IOLoop
	SetConsumer(iostream.Consumer)
	Pause()
	Resume()
	Yield()
	BeginWrite() []byte
	EndWrite([]byte)
	Send([]byte)
	SendRef([]byte)
	Push()
	SendFile(file *iostream.File, offset int64, n int) error
	Flushed(func(error))
	Buffered() int
	Close()
	CloseWrite()
	CloseWhenFlushed()
}

// These lines list the optional abilities of an HTTPConnection, all of which connection has.
var (
	_ httputil.HTTPConnection                     = (*connection)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop]          = (*connection)(nil)
	_ httputil.Detacher[*iostream.IOStream]       = (*connection)(nil)
	_ httputil.FileSender[*iostream.File]         = (*connection)(nil)
	_ httputil.BodySizeLimiter                    = (*connection)(nil)
	_ httputil.BodyTimer                          = (*connection)(nil)
	_ httputil.LossReporter                       = (*connection)(nil)
	_ httputil.RegistryMember[*upgrades.Registry] = (*connection)(nil)
	_ httputil.StreamHolder[*iostream.IOStream]   = (*connection)(nil)
	_ httputil.TLSReporter                        = (*connection)(nil)
)

// A connection serves the requests of one client, one after another. It is the consumer of
// its stream and the httputil.HTTPConnection of each request. A server may have very many
// idle connections, so the fields that only a request needs are in h1Exchange.
// Tornado: http1connection.HTTP1ServerConnection and HTTP1Connection.
type connection struct {
	table      *connectionTable
	next, prev *connection // in a list of the table
	stream     clientStream
	exchange   *h1Exchange // nil between requests
	remoteIP   string
	finder     http1.HeadFinder
	since      uint32 // the tick at which the connection joined its timeout list
	listed     listKind
	state      h1State
	paused     bool // the stream does not offer data
	lost       bool // the stream has closed
	served     bool // the first request has begun
	counted    bool // the server's connectionLimiter counts this connection
}

// Consume reads requests from data and returns the number of bytes read. It stops when bytes
// are missing, when a request waits for its response, or when other connections must get
// their turn first.
func (c *connection) Consume(data []byte) (taken int) {
	for {
		n := 0
		switch {
		case c.paused || c.state == detached:
			return taken
		case c.state == closing:
			return len(data)
		case c.state == readingHead && c.mayStart():
			n = c.readHead(data[taken:])
		case c.state == readingBody:
			n = c.readBody(data[taken:])
		}
		if taken += n; n == 0 || taken == len(data) {
			return taken
		}
	}
}

// Direct returns the buffer into which the stream reads a large body directly, or nil.
func (c *connection) Direct() []byte {
	if c.state != readingBody {
		return nil
	}
	return c.exchange.body.DirectBuffer()
}

// DirectFilled records that the stream has read n bytes into the buffer of Direct.
func (c *connection) DirectFilled(n int) {
	c.restartIdleTimeout()
	if c.exchange.body.DirectFilled(n) {
		c.bodyComplete()
	}
}

// ConnectionLost ends the current request and tells its delegate.
func (c *connection) ConnectionLost(error) {
	c.lost = true
	if c.state == detached {
		return // the stream was closed before Detach, and tells its new consumer so
	}
	c.to(closing)
	c.leaveServer()
	c.loseExchange()
}

// loseExchange ends the current request without a response, if there is one, and tells its
// delegate.
func (c *connection) loseExchange() {
	if x := c.exchange; x != nil {
		message, told := x.message, x.told
		c.endExchange()
		if !told {
			c.Loop().SpawnFunc(message.OnConnectionClose)
		}
	}
}

// readHead parses the head at the start of data, starts its request, and returns the number
// of bytes read.
func (c *connection) readHead(data []byte) int {
	n, err := c.finder.FindHead(data, c.server().options.MaxHeaderSize)
	switch {
	case err != nil: // too large: Tornado sends no response either
		c.closeNow()
		return len(data)
	case n == 0:
		c.headBegun()
		return 0
	}
	var head http1.RequestHead
	if err = head.Parse(data[:n]); err == nil {
		c.restartIdleTimeout()
		err = c.startRequest(&head)
	}
	if err != nil {
		c.rejectMalformed(err)
		return len(data)
	}
	return n
}

// startRequest starts a request and gives its head to the delegate. It returns an error if
// the client is at fault; the caller must send the response for it.
func (c *connection) startRequest(head *http1.RequestHead) error {
	f, err := head.Framing()
	if err != nil {
		return err
	}
	c.served = true
	c.table.burst.countRequest(c)
	x := c.beginExchange()
	o := &c.server().options
	x.life = newRequestLife(head, f, o.NoKeepAlive)
	x.body = http1.BodyReader{Framing: f, Max: o.MaxBodySize}
	if o.XHeaders {
		c.applyProxyHeaders(&head.Headers)
	}
	x.expects = x.life.version != http10 && httputil.EqualFold(head.Headers.Get("Expect"), "100-continue")
	if f.IsEmpty() {
		c.to(responding)
	} else {
		c.to(readingBody)
		c.SetBodyTimeout(o.BodyTimeout)
	}
	message := c.server().delegate.StartRequest(c)
	if o.DecompressRequest && isCompressed(&head.Headers) {
		d := newDecompressor(c, message)
		message, x.decompressor = d, d
	}
	x.message = message
	mode, err := message.HeadersReceived(head.Start, head.Headers)
	switch {
	case !c.isServing(message): // the response is complete, or the client has left
	case err != nil:
		c.endExchange()
		return err
	default:
		x.body.Gather = mode == httputil.BodyWhole
		c.afterHead(message)
	}
	return nil
}

// afterHead continues a request after HeadersReceived of its delegate.
func (c *connection) afterHead(message httputil.HTTPMessageDelegate) {
	x := c.exchange
	if preparer, ok := message.(httputil.HTTPMessagePreparer); ok && !x.body.Gather && c.state == readingBody {
		c.runPrepare(preparer)
		return
	}
	c.startBody()
	if c.state == responding {
		c.finishRequest()
	}
}

// finishRequest calls Finish of the delegate in a coroutine.
func (c *connection) finishRequest() {
	c.to(responding)
	c.Loop().Spawn(c)
	if c.state == responding {
		c.pauseReading()
		c.reportInputEnd()
	}
}

// Run is the coroutine of a request. The connection itself is the task, which saves an
// allocation.
func (c *connection) Run() {
	returned := false
	defer c.recoverDelegate(&returned)
	c.exchange.message.Finish()
	returned = true
}

// recoverDelegate closes the connection of a delegate that panicked or called
// runtime.Goexit. It runs as a deferred call. returned points to whether the delegate has
// returned. The loop logs a Goexit.
func (c *connection) recoverDelegate(returned *bool) {
	switch r := recover(); {
	case *returned && r == nil:
		return
	case r != nil && ioloop.Unwinding(r):
		panic(r)
	case r != nil:
		log.Error(log.Gen(), "Uncaught exception", log.NewPanicError(r))
	}
	c.closeNow()
}

// pauseReading makes the stream keep its data, and stops the body timer.
func (c *connection) pauseReading() {
	c.paused = true
	c.holdBodyTimer()
	c.stream.Pause()
}

// resumeReading ends what pauseReading has begun. Without a pause it does nothing.
func (c *connection) resumeReading() {
	if c.paused {
		c.paused = false
		c.runBodyTimer()
		c.stream.Resume()
	}
}

// rejectMalformed logs err, sends the 400 response that Tornado sends, and closes the
// connection.
func (c *connection) rejectMalformed(err error) {
	log.Gen().Info(fmt.Sprintf("Malformed HTTP message from %s: %v", c.remoteIP, err))
	c.refuseWith(response400)
}

// closeNow closes the connection at once and discards unsent output. A detached connection
// stays open.
func (c *connection) closeNow() {
	if c.state != detached {
		c.to(closing)
		c.stream.Close()
	}
}

// Info returns the address and protocol of the client. During a request these are the values
// that a trusted proxy sent, if any.
func (c *connection) Info() httputil.ConnectionInfo {
	if c.exchange != nil && c.exchange.proxied != nil {
		return *c.exchange.proxied
	}
	return httputil.ConnectionInfo{RemoteIP: c.remoteIP, Protocol: c.server().options.Protocol}
}

// Loop returns the loop of the connection.
func (c *connection) Loop() *ioloop.IOLoop { return c.table.loop }

func (c *connection) server() *HTTPServer { return c.table.server }

// Detach ends the HTTP part of the connection and returns its stream for another protocol.
// The stream still has the bytes that follow the request; the caller must close it. Detach
// returns nil if the client has left or no request is being served.
// Tornado: HTTP1Connection.detach.
func (c *connection) Detach() *iostream.IOStream {
	if c.Lost() || c.state == readingHead {
		return nil
	}
	c.to(detached)
	c.endExchange()
	c.leaveServer()
	s, _ := c.stream.(*iostream.IOStream)
	c.stream.SetConsumer(nil)
	return s
}

// UpgradeRegistry returns the registry of the upgraded connections of the loop, and the
// address of the client.
func (c *connection) UpgradeRegistry() (*upgrades.Registry, netip.Addr) {
	c.Loop().CheckOwner("HTTPConnection.UpgradeRegistry")
	return c.table.upgraded, addressOf(c)
}
