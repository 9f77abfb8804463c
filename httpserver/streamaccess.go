package httpserver

import (
	"crypto/tls"

	"github.com/gotornado/tornado/iostream"
)

// Stream implements [httputil.StreamHolder]. It returns nil if the client has left.
func (c *connection) Stream() *iostream.IOStream {
	c.Loop().CheckOwner("HTTPConnection.Stream")
	if c.Lost() {
		return nil
	}
	s, _ := c.stream.(*iostream.IOStream)
	return s
}

// TLSState implements [httputil.TLSReporter].
func (c *connection) TLSState() *tls.ConnectionState {
	if s, ok := c.stream.(*iostream.IOStream); ok {
		return s.ConnectionState()
	}
	return nil
}
