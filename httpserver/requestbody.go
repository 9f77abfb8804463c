package httpserver

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// prepare runs what the delegate wants to do before the body is read.
func (c *connection) runPrepare(message httputil.HTTPMessagePreparer) {
	ended := c.Loop().SpawnFunc(func() {
		returned := false
		defer c.recoverDelegate(&returned)
		message.Prepare()
		returned = true
		if c.isServing(message) && c.state == readingBody {
			c.startBody()
			c.resumeReading()
		}
	})
	if !ended && c.state == readingBody {
		c.pauseReading()
	}
}

// startBody refuses a body that is announced as too large, and asks a client that
// waits to be asked for any other (RFC 9110, section 10.1.1).
func (c *connection) startBody() {
	x := c.exchange
	if err := x.body.checkLength(); err != nil {
		c.failBody(err)
		return
	}
	c.runBodyTimer()
	if x.expects && !x.response.headersSent {
		c.stream.Send([]byte("HTTP/1.1 100 (Continue)\r\n\r\n"))
	}
}

func (c *connection) readBody(data []byte) int {
	c.restartIdleTimeout()
	chunk, n, done, err := c.exchange.body.nextPiece(data, c.server().options.ChunkSize)
	if err != nil {
		c.failBody(err)
		return len(data)
	}
	if len(chunk) > 0 {
		c.deliverChunk(chunk)
	}
	if done && c.state == readingBody {
		c.bodyComplete()
	}
	return n
}

// failBody ends a request whose body can't be read to its end. What the peer did wrong
// is answered, unless the answer has begun.
func (c *connection) failBody(err error) {
	_, malformed := errors.AsType[*httputil.HTTPInputError](err)
	switch {
	case malformed && !c.exchange.response.headersSent:
		c.rejectMalformed(err)
	case err == errTooMuchInflated && !c.exchange.response.headersSent:
		log.Gen().Info("Refused a compressed body from " + c.remoteIP + ": " + err.Error())
		c.refuseWith(response503)
	case malformed || err == errChunkLineTooLong:
		c.closeNow()
	default:
		log.Error(log.Gen(), "Uncaught exception", err)
		c.closeNow()
	}
	c.loseExchange()
}

// deliver hands a chunk of a streamed body to the delegate, which may wait: until
// it returns, no more is read.
func (c *connection) deliverChunk(chunk []byte) {
	owned := append([]byte(nil), chunk...)
	message := c.exchange.message
	ended := c.Loop().SpawnFunc(func() {
		returned := false
		defer c.recoverDelegate(&returned)
		err := message.DataReceived(owned)
		returned = true
		if !c.isServing(message) {
			return
		}
		if err != nil {
			c.failBody(err)
			return
		}
		if c.paused {
			c.resumeReading()
			if c.state == readingBody && c.exchange.body.isComplete() {
				c.bodyComplete()
			}
		}
	})
	if !ended && c.state == readingBody {
		c.pauseReading()
	}
}

func (c *connection) bodyComplete() {
	if c.paused {
		return // the last chunk is still being taken
	}
	c.dropBodyTimer()
	message := c.exchange.message
	if whole := c.exchange.body.takeWhole(); len(whole) > 0 {
		err := message.DataReceived(whole)
		if !c.isServing(message) {
			return
		}
		if err != nil {
			c.failBody(err)
			return
		}
	}
	c.finishRequest()
}
