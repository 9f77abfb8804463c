package httpserver

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

const (
	defaultIdleTimeout   = time.Hour        // as in Tornado
	defaultHeaderTimeout = 20 * time.Second // Tornado has no such timeout
	lingerTime           = 2 * time.Second  // for input after a refusal
)

// These responses are sent to clients that are rejected before a delegate is called.
const (
	response400 = "HTTP/1.1 400 Bad Request\r\n\r\n" // the same bytes as Tornado's
	response408 = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	response503 = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

// headBegun starts HeaderTimeout when a part of a head has arrived. Further parts do not
// restart it.
func (c *connection) headBegun() {
	if c.listed != listHead {
		c.table.moveTo(c, listHead)
	}
}

// restartIdleTimeout restarts IdleConnectionTimeout: a head is complete, bytes of a body
// have arrived, or a response is complete.
func (c *connection) restartIdleTimeout() {
	if c.table.stalled != nil {
		delete(c.table.stalled, c)
	}
	c.table.moveTo(c, listIdle)
}

// awaitsServer reports whether the client is waiting for the server. While output is
// unsent, the handler may be waiting for the client.
func (c *connection) awaitsServer() bool {
	return (c.state == responding || c.paused && c.state != switchingProtocols) && c.stream.Buffered() == 0
}

// isIdle reports whether the connection has no request: not even a part of one, nor one
// that waits until earlier responses are sent.
func (c *connection) isIdle() bool {
	return c.state == readingHead && c.listed == listIdle && !c.paused
}

// refuseWith sends a response and closes the connection in two steps (RFC 9112, section
// 9.6). If the server left input unread, the kernel would reset the connection, and the
// client might not receive the response. The time for further input begins when the
// response has been sent, because earlier responses may precede it.
func (c *connection) refuseWith(response string) {
	c.to(closing)
	c.stream.Send([]byte(response))
	c.stream.CloseWrite()
	c.resumeReading()
	c.restartIdleTimeout()
	c.stream.Flushed(func(err error) {
		if err == nil && !c.lost {
			c.table.moveTo(c, listLinger)
		}
	})
}

// A bodyTimer limits the time that a client takes for a body. It stops while the delegate
// is working.
type bodyTimer struct {
	ioloop.CoarseTimeout
	c    *connection
	left time.Duration
	ends time.Time // while the timer runs
}

// SetBodyTimeout limits the time from now to the end of the body of the current request, in
// place of the server's BodyTimeout. 0 or less means no limit. Call it in HeadersReceived,
// Prepare or DataReceived. Tornado: HTTP1Connection.set_body_timeout.
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

// runBodyTimer starts the body timer, if there is one.
func (c *connection) runBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil && !x.bodyTimer.Pending() {
		t := x.bodyTimer
		t.ends = c.Loop().Time().Add(t.left)
		c.Loop().SetCoarseTimeout(&t.CoarseTimeout, t.left, t)
	}
}

// holdBodyTimer stops the body timer and keeps the remaining time.
func (c *connection) holdBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil && x.bodyTimer.Pending() {
		x.bodyTimer.left = x.bodyTimer.ends.Sub(c.Loop().Time())
		c.Loop().RemoveCoarseTimeout(&x.bodyTimer.CoarseTimeout)
	}
}

// dropBodyTimer removes the body timer.
func (c *connection) dropBodyTimer() {
	if x := c.exchange; x != nil && x.bodyTimer != nil {
		c.Loop().RemoveCoarseTimeout(&x.bodyTimer.CoarseTimeout)
		x.bodyTimer = nil
	}
}

// HandleCoarseTimeout closes the connection without a response, as Tornado does, because a
// part of the response may have been sent already.
func (t *bodyTimer) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	log.Gen().Info(fmt.Sprintf("Timeout reading body from %s", t.c.remoteIP))
	t.c.closeNow()
}
