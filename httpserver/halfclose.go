package httpserver

import "github.com/gotornado/tornado/iostream"

var _ iostream.InputEnder = (*connection)(nil)

// InputEnded is called when the client has closed its sending side. If a request has
// arrived completely, InputEnded keeps the connection open for the response and returns
// true. Otherwise the stream closes.
func (c *connection) InputEnded() bool {
	x := c.exchange
	if x == nil || c.state == readingBody && !x.body.IsComplete() {
		return false
	}
	if !x.ended {
		x.ended = true
		x.life.forbidNextRequest()
		c.reportInputEnd()
	}
	return true
}

// reportInputEnd calls OnConnectionClose if the client of a request that waits sends no
// more data. Most such clients have left, and a handler that waits for news must know that.
// The bytes that the client has received are reported first. If a delegate still works on
// the last part of a body, reportInputEnd does nothing, and finishRequest calls it again.
func (c *connection) reportInputEnd() {
	x := c.exchange
	if x == nil || !x.ended || c.state != responding {
		return
	}
	message := x.message
	c.Loop().CallSettled(func() {
		if c.isServing(message) && !c.exchange.told {
			c.exchange.told = true
			c.Loop().SpawnFunc(message.OnConnectionClose)
		}
	})
}

// Lost reports whether the client can receive nothing more. If the client has closed only
// its sending side, OnConnectionClose is called earlier.
func (c *connection) Lost() bool { return c.lost || c.state == closing }
