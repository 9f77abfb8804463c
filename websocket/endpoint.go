package websocket

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// An endpoint is whom a connection belongs to: a server's Handler, or a client. Its
// hooks are called in coroutines of the connection's loop.
type endpoint interface {
	OnMessage(m Message) error
	OnPing(data []byte)
	OnPong(data []byte)
	LogException(err error)
	PingInterval() time.Duration
	PingTimeout() time.Duration
	SendLimits() SendLimits

	// wired is where the connection is noted.
	linked() *link
	// opened runs when messages are about to be read; an error ends the connection.
	opened() error
	// unlink forgets the connection, which has ended.
	unlink()
	// ended runs the last hooks of a connection that was opened.
	ended()
}

// A link ties an endpoint to its connection.
type link struct {
	connection wsConnection // nil before the handshake and after the end
	closed     *closeFrame  // the peer's, nil until it came with something in it
}

// A closeFrame is what a close frame said.
type closeFrame struct {
	code   int
	reason string
}

func (f *closeFrame) codeSent() int {
	if f == nil {
		return 0
	}
	return f.code
}

func (f *closeFrame) reasonSent() string {
	if f == nil {
		return ""
	}
	return f.reason
}

// peerClosed notes what the peer's close frame said.
func (l *link) peerClosed(code int, reason string) {
	if code != 0 {
		l.closed = &closeFrame{code, reason}
	}
}

func (l *link) write(q outgoing) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.write(q)
}

func (l *link) ping(data []byte) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.ping(data)
}

func (l *link) buffered() int {
	if l.connection == nil {
		return 0
	}
	return l.connection.base().buffered()
}

func (l *link) drained(loop *ioloop.IOLoop) *ioloop.Future[struct{}] {
	if l.connection == nil {
		f := ioloop.NewFuture[struct{}](loop)
		f.SetError(&WebSocketClosedError{})
		return f
	}
	return l.connection.base().whenDrained()
}

func (l *link) recycle(m Message) {
	if l.connection != nil {
		l.connection.base().recycle(m.Data)
	}
}

func (l *link) abort(err error) {
	if l.connection != nil {
		l.connection.abort(err)
	}
}
