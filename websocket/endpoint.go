package websocket

import "time"

// An endpoint is whom a connection belongs to: a server's Handler, or a client. Its
// hooks are called in coroutines of the connection's loop.
type endpoint interface {
	OnMessage(m Message) error
	OnPing(data []byte)
	OnPong(data []byte)
	LogException(err error)
	PingInterval() time.Duration
	PingTimeout() time.Duration

	// wired is where the connection is noted.
	linked() *link
	// opened runs when messages are about to be read; an error ends the connection.
	opened() error
	// ended runs once, when the connection that was opened has ended.
	ended()
}

// A link ties an endpoint to its connection.
type link struct {
	connection  wsConnection // nil before the handshake and after the end
	closeReason string       // of the peer's close frame
	closeCode   uint16
}

// peerClosed notes what the peer's close frame said.
func (l *link) peerClosed(code int, reason string) {
	l.closeCode, l.closeReason = uint16(code), reason
}

func (l *link) write(m Message) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.write(m)
}

func (l *link) ping(data []byte) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.ping(data)
}
