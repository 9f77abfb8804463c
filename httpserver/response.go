package httpserver

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
)

// holdThreshold is the size in bytes up to which a chunk is copied. A larger chunk is kept until
// it is sent.
const holdThreshold = 16 << 10

// A response is the progress of the response to a request.
type response struct {
	plan        responsePlan
	remaining   int64 // bytes that are missing up to Content-Length
	hasLength   bool
	headersSent bool
}

// WriteHeaders sends the head of the response and the first part of its body.
func (c *connection) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if c.lost || c.state == closing {
		return nil // OnConnectionClose has told the handler already that the client has left
	}
	if c.exchange == nil {
		return outputError("WriteHeaders without a request that waits for a response")
	}
	if c.exchange.response.headersSent {
		return outputError("WriteHeaders was called twice: call it once for each response")
	}
	err := c.writeHeaders(start, headers, chunk)
	if err != nil {
		c.abandonResponse()
	}
	return err
}

// writeHeaders does the work of WriteHeaders after the connection's state was checked.
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

// planResponse decides how the response is framed and whether the connection stays open. It
// changes the Connection header of the handler accordingly.
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
			return outputError("the handler has set Transfer-Encoding: leave it to the connection")
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
		persists, plan.connection = false, "" // the handler may end before the whole body of the request has arrived
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
		return outputError("Content-Length " + strconv.Quote(length) + " is not a number of bytes")
	}
	c.exchange.response.hasLength, c.exchange.response.remaining = true, n
	return nil
}

// countBody subtracts n bytes of body from the length that Content-Length announced.
func (c *connection) countBody(n int) error {
	if !c.exchange.response.hasLength {
		return nil
	}
	if c.exchange.response.remaining -= int64(n); c.exchange.response.remaining < 0 {
		return outputError("Tried to write more data than Content-Length")
	}
	return nil
}

// abandonResponse closes a connection whose response cannot be completed, after the bytes
// that were written have been sent.
func (c *connection) abandonResponse() {
	c.endExchange()
	c.to(closing)
	c.stream.CloseWhenFlushed()
}

// Write sends the next part of the body.
func (c *connection) Write(chunk []byte) error {
	if c.lost || c.state == closing {
		return nil
	}
	if c.exchange == nil || !c.exchange.response.headersSent {
		return outputError("Write before WriteHeaders")
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

// appendBody appends chunk to out in the framing of the response.
func (c *connection) appendBody(out, chunk []byte) []byte {
	switch {
	case len(chunk) == 0 || c.exchange.response.plan.bodyless:
		return out
	case c.exchange.response.plan.chunked:
		return http1.AppendChunk(out, chunk)
	default:
		return append(out, chunk...)
	}
}

// sendLarge sends chunk without a copy.
func (c *connection) sendLarge(chunk []byte) {
	switch {
	case len(chunk) == 0 || c.exchange.response.plan.bodyless:
	case c.exchange.response.plan.chunked:
		c.stream.EndWrite(http1.AppendChunkSize(c.stream.BeginWrite(), len(chunk)))
		c.stream.SendRef(chunk)
		c.stream.Send([]byte("\r\n"))
	default:
		c.stream.SendRef(chunk)
		c.stream.Push()
	}
}

// Finish ends the response. The next request may start.
func (c *connection) Finish() error {
	if c.lost || c.state == closing {
		c.endExchange()
		return nil
	}
	x := c.exchange
	if x == nil {
		return outputError("Finish without a request that waits for a response")
	}
	if !x.response.headersSent {
		c.abandonResponse()
		return outputError("Finish before WriteHeaders")
	}
	if x.response.hasLength && x.response.remaining > 0 {
		missing := x.response.remaining
		c.abandonResponse()
		return outputError(fmt.Sprintf("Tried to write %d bytes less than Content-Length", missing))
	}
	if x.response.plan.chunked {
		c.stream.EndWrite(http1.AppendLastChunk(c.stream.BeginWrite()))
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

// Flushed calls fn when all written bytes have reached the kernel.
func (c *connection) Flushed(fn func(error)) { c.stream.Flushed(fn) }

// appendResponseHead appends the status line, the headers, and the framing headers. The
// status line says HTTP/1.1 to every client (RFC 9110, section 2.5). A line break within
// the text is an *httputil.HTTPOutputError.
func appendResponseHead(b []byte, start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, connection string, chunked bool) ([]byte, error) {
	begin, lines := len(b), 2+headers.Len()
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(start.Code), 10)
	b = append(b, ' ')
	b = append(b, start.Reason...)
	b = append(b, "\r\n"...)
	b = http1.AppendFields(b, headers)
	if connection != "" {
		b = http1.AppendField(b, "Connection", connection)
		lines++
	}
	if chunked {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
		lines++
	}
	b = append(b, "\r\n"...)
	// Counting the line breaks afterwards is cheaper than checking each name and value before.
	if head := b[begin:]; bytes.Count(head, lineFeed) != lines || bytes.Count(head, carriageReturn) != lines {
		return nil, outputError("line break in the status line or in a header")
	}
	return b, nil
}

// Never written to.
var carriageReturn, lineFeed = []byte{'\r'}, []byte{'\n'}

func outputError(reason string) error { return &httputil.HTTPOutputError{Reason: reason} }
