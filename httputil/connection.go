package httputil

// A BodyMode says how a message delegate takes the body of a request.
type BodyMode int

const (
	// BodyWhole asks for the body in one DataReceived call, which the delegate may keep.
	BodyWhole BodyMode = iota
	// BodyStream asks for the body as it arrives, in chunks that the delegate may keep.
	BodyStream
)

// HTTPServerConnectionDelegate is what a server serves: it is asked for a message
// delegate when a request starts. web.Application is one.
// Tornado: httputil.HTTPServerConnectionDelegate.
type HTTPServerConnectionDelegate interface {
	// StartRequest is called on the loop when the head of a request is complete.
	StartRequest(conn HTTPConnection) HTTPMessageDelegate
}

// HTTPMessageDelegate receives one request, in the order of its methods.
// Tornado: httputil.HTTPMessageDelegate.
type HTTPMessageDelegate interface {
	// HeadersReceived runs on the loop and must not wait. An *HTTPInputError is
	// answered with 400 and closes the connection.
	HeadersReceived(start RequestStartLine, headers HTTPHeaders) (BodyMode, error)
	// DataReceived gets body bytes; it is not called for an empty body. In
	// BodyStream mode it runs in a loop coroutine and may wait, which holds the
	// peer back; in BodyWhole mode it must not wait. An *HTTPInputError is answered
	// with 400 if nothing was yet; any error closes the connection.
	DataReceived(chunk []byte) error
	// Finish runs in a loop coroutine when the request is complete, and may wait.
	Finish()
	// OnConnectionClose runs instead of what is still missing, or while a request
	// waits for its answer, if the peer goes away.
	OnConnectionClose()
}

// An HTTPMessagePreparer is an HTTPMessageDelegate that decides about a streamed body
// before it is read.
type HTTPMessagePreparer interface {
	HTTPMessageDelegate
	// Prepare runs in a loop coroutine after HeadersReceived returned BodyStream for
	// a request with a body, and may wait. Until it returns no body byte is read, no
	// 100 Continue is sent, and the limit of the body's size may still change. If it
	// finished the answer, the body is not read at all. Tornado: the future that
	// headers_received may return.
	Prepare()
}

// HTTPConnection answers one request. Its methods belong to the loop of the connection.
// After Finish, or when the stream was detached, it calls the message delegate no more.
// Tornado: httputil.HTTPConnection.
type HTTPConnection interface {
	// WriteHeaders sends the head of the answer and the first part of its body.
	// Framing (Transfer-Encoding, Connection) is added by the connection. A chunk of
	// up to 16 KiB is copied, a larger one held until sent. An *HTTPOutputError means
	// that the answer contradicts itself; the connection is then closed.
	WriteHeaders(start ResponseStartLine, headers *HTTPHeaders, chunk []byte) error
	// Write sends a further part of the body. Chunks are copied or held, and errors come,
	// as with WriteHeaders.
	Write(chunk []byte) error
	// Finish ends the answer; the next request may start. An *HTTPOutputError means that
	// bytes are missing that the Content-Length announced; the connection is then closed.
	Finish() error
	// Flushed calls fn on the loop when all that was written has reached the
	// kernel, or with an error when the connection was lost first.
	Flushed(fn func(error))
	// Info says who the peer is and how the connection was made.
	Info() ConnectionInfo
}

// ConnectionInfo describes the peer of a connection.
type ConnectionInfo struct {
	RemoteIP string // numeric, "0.0.0.0" for a unix socket
	Protocol string // "http" or "https"
}

// Guests are the connections of one loop that came through a server and left HTTP for
// another protocol, which lists them. Its methods are called on the loop.
type Guests interface {
	// Len is how many there are.
	Len() int
	// OnShutdown tells them that the server shuts down; they are to end soon.
	OnShutdown()
	// CloseAll closes those that are left at once.
	CloseAll()
}

// A GuestBook is what Guests know of their server. Its methods are for the loop.
type GuestBook interface {
	// ShuttingDown says that who comes now is to end soon too.
	ShuttingDown() bool
	// Left is called when there are none any more.
	Left()
}
