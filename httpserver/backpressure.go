package httpserver

import "time"

const (
	// maxUnsent is how many bytes of responses may be unsent when the next request of the
	// same connection starts. A client that sends requests and takes no response would
	// otherwise fill the server's memory.
	maxUnsent = 64 << 10
	// maxBurst is how many requests of one connection start before the other connections
	// of the loop get their turn.
	maxBurst = 16
)

// A burst counts the requests that a connection starts without a break. The loop serves
// one connection after another, so that one burst for each loop is enough.
type burst struct {
	connection *connection
	turn       time.Time // the loop's time, which is another one in the next turn
	requests   int
}

// add counts a request of c.
func (b *burst) countRequest(c *connection) {
	if now := c.Loop().Time(); b.connection != c || b.turn != now {
		*b = burst{connection: c, turn: now}
	}
	b.requests++
}

// exhausted reports whether c has to wait for the next turn, where it begins a new burst.
func (b *burst) isExhausted(c *connection) bool {
	if b.requests < maxBurst || b.connection != c || b.turn != c.Loop().Time() {
		return false
	}
	*b = burst{}
	return true
}

// mayStart reports whether the connection may start its next request now. If not, it has
// the stream offer the bytes of that request again later.
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
