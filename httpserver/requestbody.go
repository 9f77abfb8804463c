package httpserver

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/log"
)

// runPrepare calls Prepare of the delegate before the body is read.
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

// startBody refuses a body whose Content-Length is too large. For any other body it starts
// the timeout, and sends 100 Continue to a client that waits for it (RFC 9110, section
// 10.1.1).
func (c *connection) startBody() {
	x := c.exchange
	if err := x.body.CheckLength(); err != nil {
		c.failBody(err)
		return
	}
	c.runBodyTimer()
	if x.expects && !x.response.headersSent {
		c.stream.Send([]byte("HTTP/1.1 100 (Continue)\r\n\r\n"))
	}
}

// readBody reads the body of the current request from data and returns the number of bytes
// read.
func (c *connection) readBody(data []byte) int {
	c.restartIdleTimeout()
	chunk, n, done, err := c.exchange.body.NextPiece(data, c.server().options.ChunkSize)
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

// failBody ends a request whose body cannot be read completely. If the client is at fault
// and the response has not begun, the client gets a response.
func (c *connection) failBody(err error) {
	_, malformed := errors.AsType[*httputil.HTTPInputError](err)
	switch {
	case malformed && !c.exchange.response.headersSent:
		c.rejectMalformed(err)
	case err == errTooMuchInflated && !c.exchange.response.headersSent:
		log.Gen().Info("Refused a compressed body from " + c.remoteIP + ": " + err.Error())
		c.refuseWith(response503)
	case malformed || err == http1.ErrChunkLineTooLong:
		c.closeNow()
	default:
		log.Error(log.Gen(), "Uncaught exception", err)
		c.closeNow()
	}
	c.loseExchange()
}

// deliverChunk gives a chunk of a streamed body to the delegate. Reading pauses until
// DataReceived returns.
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
			if c.state == readingBody && c.exchange.body.IsComplete() {
				c.bodyComplete()
			}
		}
	})
	if !ended && c.state == readingBody {
		c.pauseReading()
	}
}

// bodyComplete gives a gathered body to the delegate and finishes the request.
func (c *connection) bodyComplete() {
	if c.paused {
		return // the delegate has not returned from the last chunk
	}
	c.dropBodyTimer()
	message := c.exchange.message
	if whole := c.exchange.body.TakeWhole(); len(whole) > 0 {
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
