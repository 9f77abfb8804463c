package httpserver

import "github.com/gotornado/tornado/httputil"

// An exchange is what a connection needs while it reads a request and answers it;
// between requests it has none. Nobody else sees it, so exchanges are used again.
type h1Exchange struct {
	message  httputil.HTTPMessageDelegate
	life     requestLife
	response response
	body     bodyReader
	expects  bool // a 100 Continue is to be sent before the body is read
	ended    bool // the client has closed its sending side
	told     bool // OnConnectionClose was called

	decompressor *decompressor // of the body, nil if it is not compressed or left so

	bodyTimer *bodyTimer               // nil if the body has any time
	proxied   *httputil.ConnectionInfo // what a proxy says of the client; nil if none does
}

// begin makes room for a request.
func (c *connection) beginExchange() *h1Exchange {
	x := c.server().exchanges.Get().(*h1Exchange)
	c.exchange = x
	return x
}

// end forgets the request, and tells no more of it to its delegate.
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

// serves reports whether message is the delegate of the request that is served. What
// comes back from a delegate that may have waited asks this first.
func (c *connection) isServing(message httputil.HTTPMessageDelegate) bool {
	return c.exchange != nil && c.exchange.message == message
}

// SetMaxBodySize limits the body of the request that is being read to n bytes, in
// place of the server's MaxBodySize. HeadersReceived or Prepare calls it, for a
// Content-Length is looked at once, when they have returned; chunks as they come. Tornado: HTTP1Connection.set_max_body_size.
func (c *connection) SetMaxBodySize(n int64) {
	c.Loop().CheckOwner("HTTPConnection.SetMaxBodySize")
	if c.exchange != nil {
		c.exchange.body.max = n
	}
}
