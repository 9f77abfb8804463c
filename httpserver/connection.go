package httpserver

import (
	"fmt"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

// A stream is what a connection needs of an iostream.IOStream.
type stream interface {
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

// A connection has each optional ability of an HTTPConnection.
var (
	_ httputil.HTTPConnection               = (*connection)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop]    = (*connection)(nil)
	_ httputil.Detacher[*iostream.IOStream] = (*connection)(nil)
	_ httputil.FileSender[*iostream.File]   = (*connection)(nil)
	_ httputil.BodySizeLimiter              = (*connection)(nil)
	_ httputil.BodyTimer                    = (*connection)(nil)
	_ httputil.LossReporter                 = (*connection)(nil)
	_ httputil.Retainer                     = (*connection)(nil)
	_ httputil.GuestKeeper                  = (*connection)(nil)
	_ httputil.GuestBook                    = guestBook{}
)

// A connection serves the requests of one client, one after another. It is the
// consumer of its stream and the httputil.HTTPConnection of each request. There may
// be very many that idle, so what only a request in flight needs is in exchange.
// Tornado: http1connection.HTTP1ServerConnection and HTTP1Connection.
type connection struct {
	roster     *roster
	next, prev *connection // in a list of the roster
	stream     stream
	exchange   *exchange // nil between requests
	remoteIP   string
	parser     headParser
	since      uint32 // the tick in which it joined its list
	listed     listing
	state      state
	paused     bool // the stream was asked to hold data back
	lost       bool
	served     bool // a request has begun
	counted    bool // in the server's census
}

// A state says what a connection does with the bytes that come.
type state uint8

const (
	readingHead state = iota
	readingBody
	answering // they wait
	switching // a 101 was sent: they wait for Detach
	closing   // they are dropped
	detached  // they are another's
)

// Consume reads requests until bytes are missing, a request waits for its response, or
// other connections must get their turn first.
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

// Direct lets a large body be read straight into its own buffer.
func (c *connection) Direct() []byte {
	if c.state != readingBody {
		return nil
	}
	return c.exchange.body.direct()
}

// DirectFilled takes note of what was read there.
func (c *connection) DirectFilled(n int) {
	c.rest()
	if c.exchange.body.filled(n) {
		c.bodyComplete()
	}
}

// ConnectionLost tells the request that is under way.
func (c *connection) ConnectionLost(error) {
	c.lost = true
	if c.state == detached {
		return // Detach came after the close: the consumer that has the stream is told
	}
	c.state = closing
	c.gone()
	c.loseExchange()
}

// loseExchange ends the request that is under way, if there is one, without a response.
func (c *connection) loseExchange() {
	if x := c.exchange; x != nil {
		message, told := x.message, x.told
		c.end()
		if !told {
			c.loop().SpawnFunc(message.OnConnectionClose)
		}
	}
}

func (c *connection) readHead(data []byte) int {
	head, n, err := c.parser.next(data, c.server().options.MaxHeaderSize)
	switch {
	case err == errHeadTooLarge:
		c.closeNow()
		return len(data)
	case err != nil:
		c.reject(err)
		return len(data)
	case n == 0:
		c.headBegun()
		return 0
	}
	c.rest()
	if err := c.startRequest(head); err != nil {
		c.reject(err)
		return len(data)
	}
	return n
}

// startRequest tells the delegate of a request; an error is the peer's fault, and
// nobody else has been told of it.
func (c *connection) startRequest(head requestHead) error {
	f, err := requestFraming(head.start, &head.headers)
	if err != nil {
		return err
	}
	c.served = true
	c.roster.burst.add(c)
	x := c.begin()
	o := &c.server().options
	x.life = newRequestLife(head.start, &head.headers, f, o.NoKeepAlive)
	x.body = bodyReader{framing: f, max: o.MaxBodySize}
	if o.XHeaders {
		c.proxy(&head.headers)
	}
	x.expects = x.life.version != http10 && httputil.EqualFold(head.headers.Get("Expect"), "100-continue")
	c.state = answering
	if !f.empty() {
		c.state = readingBody
		c.SetBodyTimeout(o.BodyTimeout)
	}
	message := c.server().delegate.StartRequest(c)
	if o.DecompressRequest && isCompressed(&head.headers) {
		d := newDecompressor(c, message)
		message, x.decompressor = d, d
	}
	x.message = message
	mode, err := message.HeadersReceived(head.start, head.headers)
	switch {
	case !c.serves(message): // it was answered, or has left
	case err != nil:
		c.end()
		return err
	default:
		x.body.gather = mode == httputil.BodyWhole
		c.afterHead(message)
	}
	return nil
}

// afterHead goes on with a request whose delegate has taken the head.
func (c *connection) afterHead(message httputil.HTTPMessageDelegate) {
	x := c.exchange
	if preparer, ok := message.(httputil.HTTPMessagePreparer); ok && !x.body.gather && c.state == readingBody {
		c.prepare(preparer)
		return
	}
	c.startBody()
	if c.state == answering {
		c.finishRequest()
	}
}

// finishRequest runs the delegate's Finish in a coroutine.
func (c *connection) finishRequest() {
	c.state = answering
	c.loop().Spawn(c)
	if c.state == answering {
		c.pause()
		c.reportInputEnd()
	}
}

// Run is the coroutine of a request; the connection is the task, so that none needs
// to be allocated.
func (c *connection) Run() {
	defer c.recoverDelegate()
	c.exchange.message.Finish()
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
	log.Error(log.Gen(), "Uncaught exception", log.NewPanicError(r))
	c.closeNow()
}

func (c *connection) pause() {
	c.paused = true
	c.holdBodyTimer()
	c.stream.Pause()
}

func (c *connection) resume() {
	if c.paused {
		c.paused = false
		c.runBodyTimer()
		c.stream.Resume()
	}
}

// reject answers a malformed request with the bytes that Tornado sends, and closes.
func (c *connection) reject(err error) {
	log.Gen().Info(fmt.Sprintf("Malformed HTTP message from %s: %v", c.remoteIP, err))
	c.refuse(answer400)
}

func (c *connection) closeNow() {
	if c.state != detached {
		c.state = closing
		c.stream.Close()
	}
}

// Info says who the peer is, or during a request who a proxy says that it is.
func (c *connection) Info() httputil.ConnectionInfo {
	if c.exchange != nil && c.exchange.proxied != nil {
		return *c.exchange.proxied
	}
	return httputil.ConnectionInfo{RemoteIP: c.remoteIP, Protocol: c.server().options.Protocol}
}

// Loop returns the loop that the connection lives on.
func (c *connection) Loop() *ioloop.IOLoop { return c.loop() }

func (c *connection) loop() *ioloop.IOLoop { return c.roster.loop }

func (c *connection) server() *HTTPServer { return c.roster.server }

// Detach takes the stream away from HTTP, with the bytes that came behind the
// request; the connection is done. It is nil if the client has left.
// Tornado: HTTP1Connection.detach.
func (c *connection) Detach() *iostream.IOStream {
	if c.lost || c.state == closing {
		return nil
	}
	c.state = detached
	c.end()
	c.gone()
	s, _ := c.stream.(*iostream.IOStream)
	c.stream.SetConsumer(nil)
	return s
}

// logger is Tornado's general log.
