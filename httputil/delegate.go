package httputil

// A BodyMode says how a message delegate gets the body of a request.
type BodyMode int

const (
	// BodyWhole delivers the body in one DataReceived call. The delegate may keep it.
	BodyWhole BodyMode = iota
	// BodyStream delivers the body as it arrives, in chunks that the delegate may keep.
	BodyStream
)

// HTTPServerConnectionDelegate is served by a server, which asks it for a message delegate
// for each request. web.Application implements it.
// Tornado: httputil.HTTPServerConnectionDelegate.
type HTTPServerConnectionDelegate interface {
	// StartRequest is called on the loop when the head of a request is complete.
	StartRequest(conn HTTPConnection) HTTPMessageDelegate
}

// HTTPMessageDelegate receives one request. Its methods are called in the order in which they
// are listed. Tornado: httputil.HTTPMessageDelegate.
type HTTPMessageDelegate interface {
	// HeadersReceived runs on the loop and must not block. If it returns an
	// *HTTPInputError, the connection sends 400 and closes.
	HeadersReceived(start RequestStartLine, headers HTTPHeaders) (BodyMode, error)
	// DataReceived gets body bytes; it is not called for an empty body. In BodyStream mode
	// it runs in a loop coroutine and may wait, which stops reading from the peer. In
	// BodyWhole mode it must not block. Any error closes the connection; for an
	// *HTTPInputError the connection sends 400 first, unless a response has begun.
	DataReceived(chunk []byte) error
	// Finish runs in a loop coroutine when the request is complete, and may wait.
	Finish()
	// OnConnectionClose is called if the peer closes the connection before the request is
	// complete or before its response is finished. It replaces the calls that would follow.
	// If the request is complete, the peer may have closed its sending side only: it still
	// receives the response.
	OnConnectionClose()
}

// An HTTPMessagePreparer is an HTTPMessageDelegate that decides about a streamed body
// before it is read.
type HTTPMessagePreparer interface {
	HTTPMessageDelegate
	// Prepare runs in a loop coroutine after HeadersReceived returned BodyStream for a
	// request with a body, and may wait. Until it returns, the connection reads no body
	// bytes and sends no 100 Continue, and the limit for the body's size may still change.
	// If Prepare finishes the response, the body is not read. Tornado: the future that
	// headers_received may return.
	Prepare()
}

// HTTPConnection sends the response to one request. Call its methods on the loop of the
// connection. After Finish, or after the stream was detached, it does not call the message
// delegate any more. Tornado: httputil.HTTPConnection.
type HTTPConnection interface {
	// WriteHeaders sends the head of the response and the first part of its body. The
	// connection adds the framing headers (Transfer-Encoding, Connection). A chunk of up to
	// 16 KiB is copied; a larger one is kept until it is sent. If the response is
	// inconsistent, it returns an *HTTPOutputError and closes the connection.
	WriteHeaders(start ResponseStartLine, headers *HTTPHeaders, chunk []byte) error
	// Write sends the next part of the body. Copies and errors are as in WriteHeaders.
	Write(chunk []byte) error
	// Finish ends the response, and the next request may start. If fewer bytes were written
	// than Content-Length says, it returns an *HTTPOutputError and closes the connection.
	Finish() error
	// Flushed calls fn on the loop when all written bytes have reached the kernel, or with
	// an error if the connection is lost first.
	Flushed(fn func(error))
	// Info returns the address of the peer and the protocol of the connection.
	Info() ConnectionInfo
}

// ConnectionInfo describes the peer of a connection.
type ConnectionInfo struct {
	RemoteIP string // numeric; "0.0.0.0" for a unix socket
	Protocol string // "http" or "https"
}
