package httpserver

import "github.com/gotornado/tornado/iostream"

var _ iostream.InputEnder = (*connection)(nil)

// InputEnded is called when the client has closed its sending side. It keeps the connection
// open for the response to a request that has come completely, and closes any other.
func (c *connection) InputEnded() bool {
	x := c.exchange
	if x == nil || c.state == readingBody && !x.body.isComplete() {
		return false
	}
	if !x.ended {
		x.ended = true
		x.life.forbidNextRequest()
		c.reportInputEnd()
	}
	return true
}

// reportInputEnd calls OnConnectionClose if the client of the request that waits sends no
// more: most such clients have left, and a handler that waits for news must hear of that.
// What the client has received is reported before. While the last part of a body is being
// taken, it is too early; finishRequest calls it again.
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

// Lost reports whether the client can receive nothing more. OnConnectionClose comes before
// that if the client has closed its sending side only.
func (c *connection) Lost() bool { return c.lost || c.state == closing }
