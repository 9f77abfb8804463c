package httpserver

import (
	"math"

	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/iostream"
)

// SendFile is Write for n bytes of a file from offset on, without a copy through the
// program. The file must stay open until Flushed calls back. An error that is not an
// [*httputil.HTTPOutputError] means that the file could not be read. The response cannot be
// completed then, and the connection is closed.
func (c *connection) SendFile(file *iostream.File, offset, n int64) error {
	switch {
	case c.lost || c.state == closing:
		return nil
	case c.exchange == nil || !c.exchange.response.headersSent:
		return outputError("SendFile before WriteHeaders")
	case n > math.MaxInt:
		return outputError("SendFile of more bytes than an int can hold")
	}
	if err := c.countBody(int(n)); err != nil {
		c.abandonResponse()
		return err
	}
	if n <= 0 || c.exchange.response.plan.bodyless {
		return nil
	}
	if c.exchange.response.plan.chunked {
		c.stream.EndWrite(http1.AppendChunkSize(c.stream.BeginWrite(), int(n)))
	}
	if err := c.stream.SendFile(file, offset, int(n)); err != nil {
		c.abandonResponse()
		return err
	}
	if c.exchange.response.plan.chunked {
		c.stream.Send([]byte("\r\n"))
	}
	return nil
}
