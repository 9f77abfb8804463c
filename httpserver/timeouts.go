package httpserver

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

const (
	defaultIdleTimeout   = time.Hour        // Tornado's
	defaultHeaderTimeout = 20 * time.Second // Tornado has none
	lingerTime           = 2 * time.Second
)

// What a client is told that is sent away, before it is asked what it wants.
const (
	response400 = "HTTP/1.1 400 Bad Request\r\n\r\n" // Tornado's, to the byte
	response408 = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	response503 = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// headBegun notes that a part of a head is there. Its time does not start anew when
// more of it trickles in.
func (c *connection) headBegun() {
	if c.listed != listHead {
		c.table.moveTo(c, listHead)
	}
}

// rest starts the idle time anew: a head is complete, bytes of a body came, or an
// answer is out.
func (c *connection) restartIdleTimeout() {
	if c.table.stalled != nil {
		delete(c.table.stalled, c)
	}
	c.table.moveTo(c, listIdle)
}

// busy reports whether it is the server that is waited for. A handler may wait too, until
// the client takes what is unsent.
func (c *connection) awaitsServer() bool {
	return (c.state == responding || c.paused && c.state != switchingProtocols) && c.stream.Buffered() == 0
}

// idle reports whether there is no request, not even a part of one or one that waits until
// earlier responses are sent.
func (c *connection) isIdle() bool {
	return c.state == readingHead && c.listed == listIdle && !c.paused
}

// refuse sends answer and closes the connection in two steps (RFC 9112, section 9.6):
// if what the client sends meanwhile was left unread, the kernel would reset the
// connection, and the client might not see the answer. The time for that begins when the
// answer is out: one to the request before may stand in front of it.
func (c *connection) refuseWith(answer string) {
	c.to(closing)
	c.stream.Send([]byte(answer))
	c.stream.CloseWrite()
	c.resumeReading()
	c.restartIdleTimeout()
	c.stream.Flushed(func(err error) {
		if err == nil && !c.lost {
			c.table.moveTo(c, listLinger)
		}
	})
}

// A bodyTimer bounds the time that a client takes for a body. It stands still while
// the delegate is the one that takes its time.
type bodyTimer struct {
	ioloop.CoarseTimeout
	c    *connection
	left time.Duration
	ends time.Time // if it runs
}

// SetBodyTimeout limits the time from now on to the end of the body of the request that
// is being read, in place of the server's BodyTimeout; 0 or less is no limit. It is for
// HeadersReceived, Prepare and DataReceived. Tornado: HTTP1Connection.set_body_timeout.
func (c *connection) SetBodyTimeout(d time.Duration) {
	c.Loop().CheckOwner("HTTPConnection.SetBodyTimeout")
	running := c.exchange != nil && c.exchange.bodyTimer != nil && c.exchange.bodyTimer.Pending()
	c.dropBodyTimer()
	if d <= 0 || c.state != readingBody {
		return
	}
	c.exchange.bodyTimer = &bodyTimer{c: c, left: d}
	if running {
		c.runBodyTimer()
	}
}

// runBodyTimer lets the time of the body run.
func (c *connection) runBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil && !x.bodyTimer.Pending() {
		t := x.bodyTimer
		t.ends = c.Loop().Time().Add(t.left)
		c.Loop().SetCoarseTimeout(&t.CoarseTimeout, t.left, t)
	}
}

// holdBodyTimer makes the time of the body stand still.
func (c *connection) holdBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil && x.bodyTimer.Pending() {
		x.bodyTimer.left = x.bodyTimer.ends.Sub(c.Loop().Time())
		c.Loop().RemoveCoarseTimeout(&x.bodyTimer.CoarseTimeout)
	}
}

func (c *connection) dropBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil {
		c.Loop().RemoveCoarseTimeout(&x.bodyTimer.CoarseTimeout)
		x.bodyTimer = nil
	}
}

// HandleCoarseTimeout closes a connection whose body is late, without a word, as
// Tornado does: the request may have been answered in part already.
func (t *bodyTimer) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	log.Gen().Info(fmt.Sprintf("Timeout reading body from %s", t.c.remoteIP))
	t.c.closeNow()
}
