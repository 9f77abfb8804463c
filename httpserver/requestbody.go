package httpserver

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// prepare runs what the delegate wants to do before the body is read.
func (c *connection) prepare(message httputil.HTTPMessagePreparer) {
	ended := c.loop().SpawnFunc(func() {
		defer c.recoverDelegate()
		message.Prepare()
		if c.serves(message) && c.state == readingBody {
			c.startBody()
			c.resume()
		}
	})
	if !ended && c.state == readingBody {
		c.pause()
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
	if x.expects && !x.answer.headersSent {
		c.stream.Send([]byte("HTTP/1.1 100 (Continue)\r\n\r\n"))
	}
}

func (c *connection) readBody(data []byte) int {
	c.rest()
	chunk, n, done, err := c.exchange.body.next(data, c.server().options.ChunkSize)
	if err != nil {
		c.failBody(err)
		return len(data)
	}
	if len(chunk) > 0 {
		c.deliver(chunk)
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
	case malformed && !c.exchange.answer.headersSent:
		c.reject(err)
	case err == errTooMuchInflated && !c.exchange.answer.headersSent:
		log.Gen().Info("Refused a compressed body from " + c.remoteIP + ": " + err.Error())
		c.refuse(answer503)
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
func (c *connection) deliver(chunk []byte) {
	owned := append([]byte(nil), chunk...)
	message := c.exchange.message
	ended := c.loop().SpawnFunc(func() {
		defer c.recoverDelegate()
		err := message.DataReceived(owned)
		if !c.serves(message) {
			return
		}
		if err != nil {
			c.failBody(err)
			return
		}
		if c.paused {
			c.resume()
			if c.state == readingBody && c.exchange.body.complete() {
				c.bodyComplete()
			}
		}
	})
	if !ended && c.state == readingBody {
		c.pause()
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
		if !c.serves(message) {
			return
		}
		if err != nil {
			c.failBody(err)
			return
		}
	}
	c.finishRequest()
}
