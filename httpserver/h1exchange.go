package httpserver

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
)

// An h1Exchange is the state of one request and its response. Between requests a connection
// has none. Exchanges are pooled, because only the connection refers to them.
type h1Exchange struct {
	message  httputil.HTTPMessageDelegate
	life     requestLife
	response response
	body     http1.BodyReader
	expects  bool // the client waits for 100 Continue before it sends the body
	ended    bool // the client has closed its sending side
	told     bool // OnConnectionClose was called

	decompressor *decompressor // nil if the body is not inflated

	bodyTimer  *bodyTimer               // nil if the body has no timeout
	proxied    *httputil.ConnectionInfo // the client's address and scheme as a proxy sent them; nil without a proxy
	clientCert string                   // the header of a trusted proxy with the client's certificate; "" without one
}

// beginExchange takes an exchange from the pool for a new request.
func (c *connection) beginExchange() *h1Exchange {
	x := c.server().exchanges.Get().(*h1Exchange)
	c.exchange = x
	return x
}

// endExchange ends the request. Its delegate is not called any more.
func (c *connection) endExchange() {
	if x := c.exchange; x != nil {
		c.dropBodyTimer()
		c.exchange = nil
		if x.decompressor != nil {
			x.decompressor.stopInflating()
		}
		*x = h1Exchange{}
		c.server().exchanges.Put(x)
	}
}

// isServing reports whether the current request is that of message. Check it after each
// call of a delegate that may have waited.
func (c *connection) isServing(message httputil.HTTPMessageDelegate) bool {
	return c.exchange != nil && c.exchange.message == message
}

// SetMaxBodySize limits the body of the current request to n bytes, in place of the
// server's MaxBodySize. Call it in HeadersReceived or Prepare: after that, a Content-Length
// is checked once, and chunks are checked as they arrive. Tornado:
// HTTP1Connection.set_max_body_size.
func (c *connection) SetMaxBodySize(n int64) {
	c.Loop().CheckOwner("HTTPConnection.SetMaxBodySize")
	if c.exchange != nil {
		c.exchange.body.Max = n
	}
}
