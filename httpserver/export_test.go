package httpserver

import "github.com/gotornado/tornado/iostream"

// Stream is the interface of a connection's stream, for tests of the whole stack without a socket.
type Stream = clientStream

// ServeStream returns the consumer of a stream that the server serves.
func (s *HTTPServer) ServeStream(stream Stream) iostream.Consumer {
	return s.serveStream(stream, "127.0.0.1")
}
