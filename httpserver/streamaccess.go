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

// TLSState implements [httputil.TLSReporter]. If a trusted proxy has sent the certificate of
// its client, the state has that one, and nothing of the connection to the proxy.
func (c *connection) TLSState() *tls.ConnectionState {
	if x := c.exchange; x != nil && x.clientCert != "" {
		return forwardedState(x.clientCert)
	}
	if s, ok := c.stream.(*iostream.IOStream); ok {
		return s.ConnectionState()
	}
	return nil
}
