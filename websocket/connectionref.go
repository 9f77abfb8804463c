package websocket

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// connectionHooks are the functions that a connection calls: those of a server's Handler or of
// a client. They run in coroutines of the connection's loop.
type connectionHooks interface {
	OnMessage(m Message) error
	OnPing(data []byte)
	OnPong(data []byte)
	LogException(err error)
	PingInterval() time.Duration
	PingTimeout() time.Duration
	SendLimits() SendLimits

	// reference returns the owner's reference to the connection.
	reference() *connectionRef
	// callOpenHook runs before the first message is read. An error ends the connection.
	callOpenHook() error
	// dropConnection forgets the connection, which has ended.
	dropConnection()
	// callEndHooks runs the last hooks of a connection that was opened.
	callEndHooks()
}

// A connectionRef is the reference of a handler or a client to its connection.
type connectionRef struct {
	connection wsConnection // nil before the handshake and after the end
	closed     *closeFrame  // the close frame of the peer; nil if none has arrived, or one without a code
}

// A closeFrame holds the content of a close frame.
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

// peerClosed records the content of the peer's close frame.
func (l *connectionRef) peerClosed(code int, reason string) {
	if code != 0 {
		l.closed = &closeFrame{code, reason}
	}
}

func (l *connectionRef) write(q outgoing) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.write(q)
}

func (l *connectionRef) ping(data []byte) error {
	if l.connection == nil {
		return &WebSocketClosedError{}
	}
	return l.connection.ping(data)
}

func (l *connectionRef) buffered() int {
	if l.connection == nil {
		return 0
	}
	return l.connection.base().buffered()
}

func (l *connectionRef) drained(loop *ioloop.IOLoop) *ioloop.Future[struct{}] {
	if l.connection == nil {
		f := ioloop.NewFuture[struct{}](loop)
		f.SetError(&WebSocketClosedError{})
		return f
	}
	return l.connection.base().whenDrained()
}

func (l *connectionRef) recycle(m Message) {
	if l.connection != nil {
		l.connection.base().recycle(m.Data)
	}
}

func (l *connectionRef) abort(err error) {
	if l.connection != nil {
		l.connection.abort(err)
	}
}
