package httpserver

import "time"

const (
	// maxUnsent is the number of unsent response bytes above which the next request of the same
	// connection does not start. Otherwise, a client that sends requests and reads no response
	// would fill the server's memory.
	maxUnsent = 64 << 10
	// maxBurst is the number of requests of one connection that start before the other
	// connections of the loop get their turn.
	maxBurst = 16
)

// A burst counts the requests that a connection starts without a break. Each loop needs
// only one, because it serves one connection after another.
type burst struct {
	connection *connection
	turn       time.Time // the loop's time, which identifies the turn
	requests   int
}

// countRequest counts a request of c.
func (b *burst) countRequest(c *connection) {
	if now := c.Loop().Time(); b.connection != c || b.turn != now {
		*b = burst{connection: c, turn: now}
	}
	b.requests++
}

// isExhausted reports whether c must wait for the next turn, in which it begins a new
// burst.
func (b *burst) isExhausted(c *connection) bool {
	if b.requests < maxBurst || b.connection != c || b.turn != c.Loop().Time() {
		return false
	}
	*b = burst{}
	return true
}

// mayStart reports whether the connection may start its next request now. If not, the
// stream offers the bytes of that request again later.
func (c *connection) mayStart() bool {
	switch {
	case c.stream.Buffered() > maxUnsent:
		c.pauseReading()
		c.stream.Flushed(func(error) { c.resumeReading() })
	case c.table.burst.isExhausted(c):
		c.stream.Yield()
	default:
		return true
	}
	return false
}
