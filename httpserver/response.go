package httpserver

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/httputil"
)

// holdThreshold is from where on a chunk is held until sent instead of copied.
const holdThreshold = 16 << 10

// An answer is how far the answer to a request has come.
type response struct {
	plan        responsePlan
	remaining   int64 // bytes that Content-Length still promises
	hasLength   bool
	headersSent bool
}

// WriteHeaders sends the head of the answer and the first part of its body.
func (c *connection) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if c.lost || c.state == closing {
		return nil // the handler was told that the client has left
	}
	if c.exchange == nil {
		return outputError("no request waits for an answer")
	}
	if c.exchange.response.headersSent {
		return outputError("headers were sent already")
	}
	err := c.writeHeaders(start, headers, chunk)
	if err != nil {
		c.abandonResponse()
	}
	return err
}

func (c *connection) writeHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if err := c.planResponse(start.Code, headers); err != nil {
		return err
	}
	if err := c.countBody(len(chunk)); err != nil {
		return err
	}
	before := c.stream.BeginWrite()
	out, err := appendResponseHead(before, start, headers, c.exchange.response.plan.connection, c.exchange.response.plan.chunked)
	if err != nil {
		c.stream.EndWrite(before)
		return err
	}
	c.exchange.response.headersSent = true
	if len(chunk) <= holdThreshold {
		out = c.appendBody(out, chunk)
		chunk = nil
	}
	c.stream.EndWrite(out)
	c.sendLarge(chunk)
	return nil
}

// planAnswer decides how the response is framed and what becomes of the connection. It
// makes the Connection header that the handler set agree with that.
func (c *connection) planResponse(code int, headers *httputil.HTTPHeaders) error {
	length, ownConnection := "", false
	for _, f := range headers.Fields() {
		switch f.Name {
		case "Content-Length":
			if length != "" {
				return outputError("two Content-Length headers: send one")
			}
			length = f.Value
		case "Transfer-Encoding":
			return outputError("Transfer-Encoding is the connection's to set")
		case "Connection":
			ownConnection = true
		}
	}
	if c.table.draining {
		c.exchange.life.forbidNextRequest()
	}
	plan, err := c.exchange.life.planResponse(code, length != "")
	if err != nil {
		return err
	}
	persists := !plan.close && !plan.switching
	if persists && c.state == readingBody {
		persists, plan.connection = false, "" // the handler may end before the body does
	}
	if ownConnection {
		if value := plan.mergeConnectionHeader(headers.Get("Connection"), persists); value != "" {
			headers.Set("Connection", value)
		} else {
			headers.Del("Connection")
		}
		plan.connection = ""
	}
	c.exchange.response.plan = plan
	if length == "" || plan.bodyless {
		return nil // HEAD and 304 may promise any length
	}
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil || n < 0 {
		return outputError("Content-Length " + strconv.Quote(length) + " is no number of bytes")
	}
	c.exchange.response.hasLength, c.exchange.response.remaining = true, n
	return nil
}

// account checks n more bytes of body against the length that was promised.
func (c *connection) countBody(n int) error {
	if !c.exchange.response.hasLength {
		return nil
	}
	if c.exchange.response.remaining -= int64(n); c.exchange.response.remaining < 0 {
		return outputError("Tried to write more data than Content-Length")
	}
	return nil
}

// abandon closes a connection whose answer can't be completed; what was sent of it
// still leaves.
func (c *connection) abandonResponse() {
	c.endExchange()
	c.to(closing)
	c.stream.CloseWhenFlushed()
}

// Write sends a further part of the body.
func (c *connection) Write(chunk []byte) error {
	if c.lost || c.state == closing {
		return nil
	}
	if c.exchange == nil || !c.exchange.response.headersSent {
		return outputError("body before headers")
	}
	if err := c.countBody(len(chunk)); err != nil {
		c.abandonResponse()
		return err
	}
	if len(chunk) > holdThreshold {
		c.sendLarge(chunk)
		return nil
	}
	c.stream.EndWrite(c.appendBody(c.stream.BeginWrite(), chunk))
	return nil
}

func (c *connection) appendBody(out, chunk []byte) []byte {
	switch {
	case len(chunk) == 0 || c.exchange.response.plan.bodyless:
		return out
	case c.exchange.response.plan.chunked:
		return appendChunk(out, chunk)
	default:
		return append(out, chunk...)
	}
}

// sendLarge sends chunk without copying it.
func (c *connection) sendLarge(chunk []byte) {
	switch {
	case len(chunk) == 0 || c.exchange.response.plan.bodyless:
	case c.exchange.response.plan.chunked:
		c.stream.EndWrite(appendChunkSize(c.stream.BeginWrite(), len(chunk)))
		c.stream.SendRef(chunk)
		c.stream.Send([]byte("\r\n"))
	default:
		c.stream.SendRef(chunk)
		c.stream.Push()
	}
}

// Finish ends the answer; the next request may start.
func (c *connection) Finish() error {
	if c.lost || c.state == closing {
		c.endExchange()
		return nil
	}
	x := c.exchange
	if x == nil {
		return outputError("no request waits for the end of its answer")
	}
	if !x.response.headersSent {
		c.abandonResponse()
		return outputError("finished before headers")
	}
	if x.response.hasLength && x.response.remaining > 0 {
		missing := x.response.remaining
		c.abandonResponse()
		return outputError(fmt.Sprintf("Tried to write %d bytes less than Content-Length", missing))
	}
	if x.response.plan.chunked {
		c.stream.EndWrite(appendLastChunk(c.stream.BeginWrite()))
	}
	plan, last := x.response.plan, c.state == readingBody || x.ended
	c.endExchange()
	c.restartIdleTimeout()
	if last || plan.close || c.table.draining && !plan.switching {
		c.to(closing)
		c.resumeReading()
		c.stream.CloseWhenFlushed()
		return nil
	}
	if plan.switching {
		c.to(switchingProtocols)
		return nil
	}
	c.to(readingHead)
	c.resumeReading()
	return nil
}

// Flushed calls fn when all that was written has reached the kernel.
func (c *connection) Flushed(fn func(error)) { c.stream.Flushed(fn) }

// appendAnswerHead appends status line and headers, and those that frame the answer.
// The status line says HTTP/1.1 to every client (RFC 9110, section 2.5). Text that
// would become a line of its own is an *httputil.HTTPOutputError.
func appendResponseHead(b []byte, start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, connection string, chunked bool) ([]byte, error) {
	begin, lines := len(b), 2+headers.Len()
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(start.Code), 10)
	b = append(b, ' ')
	b = append(b, start.Reason...)
	b = append(b, "\r\n"...)
	for _, f := range headers.Fields() {
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	if connection != "" {
		b = append(b, "Connection: "...)
		b = append(b, connection...)
		b = append(b, "\r\n"...)
		lines++
	}
	if chunked {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
		lines++
	}
	b = append(b, "\r\n"...)
	// Counting afterwards is cheaper than looking at each name and value before.
	if head := b[begin:]; bytes.Count(head, lineFeed) != lines || bytes.Count(head, carriageReturn) != lines {
		return nil, outputError("line break in the status line or in a header")
	}
	return b, nil
}

var carriageReturn = []byte{0x0d} // never written to

func outputError(reason string) error { return &httputil.HTTPOutputError{Reason: reason} }
