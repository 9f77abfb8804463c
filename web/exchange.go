package web

import (
	"context"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// maxKeptBody is the size in bytes up to which a body buffer is reused. A larger chunk may
// be kept by the connection instead of being copied: see httputil.HTTPConnection.
const maxKeptBody = 16 << 10

// An exchange is the framework's state of one request while it is served. It is the message
// delegate, and holds the response that the handler writes. A handler may be kept after its
// response, an exchange is reused.
type exchange struct {
	application   *Application
	conn          httputil.HTTPConnection
	loop          *ioloop.IOLoop
	request       *httputil.HTTPServerRequest
	target        target
	handler       *RequestHandler // nil until it executes
	streamed      *streamedBody   // nil unless the body is streamed
	context       context.Context // nil until the first call of Context
	cancel        context.CancelCauseFunc
	lost          bool  // the client has left, or has closed its sending side: see clientGone
	viaMiddleware bool  // the FallbackHandler of the middleware logs the request
	sent          int64 // bytes of the body

	headers   httputil.HTTPHeaders
	fields    [8]httputil.Field // memory for the headers of a response with few headers
	cookies   []outgoingCookie
	body      []byte     // written, not sent yet
	xsrfToken *xsrfToken // nil until requestXSRFToken is called

	transforms []OutputTransform // of the body of this response
}

// HeadersReceived finds the handler class for the request.
func (x *exchange) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	request, err := httputil.NewRequest(x.conn, start, headers)
	if err != nil {
		return httputil.BodyWhole, err
	}
	x.loop = loopOf(x.conn)
	request.StartTime = x.loop.Time()
	if x.request = request; x.target.class.make == nil {
		x.target = x.application.findTarget(request)
		if settings := x.application.Settings(); settings.Autoreload && settings.showsBuildFailure(request) {
			x.target = target{class: Class(buildFailureHandler{})}
		}
	}
	if x.target.class.streams {
		request.BodyStreamed = true
		return httputil.BodyStream, nil
	}
	return httputil.BodyWhole, nil
}

// DataReceived stores the body, or gives a part of a streamed body to the handler.
func (x *exchange) DataReceived(chunk []byte) error {
	if x.streamed != nil {
		x.handler.receiveChunk(x.streamed, chunk)
		return nil
	}
	x.request.Body = chunk
	return nil
}

// Finish makes the handler and executes it. A handler that streams the body runs already;
// its body is complete now.
func (x *exchange) Finish() {
	if x.streamed != nil {
		x.streamed.complete.SetResult(struct{}{})
		return
	}
	x.newHandler().self.execute(x.target.args, x.target.kwargs)
}

func (x *exchange) newHandler() *RequestHandler {
	h := x.target.class.make()
	h.application, h.request, h.exchange = x.application, x.request, x
	x.handler = h
	return h
}

// OnConnectionClose tells the handler, at most once, that the client has left or sends no
// more.
func (x *exchange) OnConnectionClose() {
	told := x.lost
	x.lost = true
	h, u := x.handler, x.streamed
	if h == nil || told {
		return
	}
	if x.cancel != nil {
		x.cancel(x.cancelCause())
	}
	if u != nil {
		defer u.cutOff() // even if the hook calls runtime.Goexit
	}
	h.callOnConnectionClose() // the hook may wait; after that, x may serve another request
}

// clientGone reports whether the client can receive nothing more. A client that has only
// closed its sending side still receives the response.
func (x *exchange) clientGone() bool {
	c, ok := x.conn.(httputil.LossReporter)
	return x.lost && (!ok || c.Lost())
}

// callOnConnectionClose calls the hook OnConnectionClose and logs its error.
func (h *RequestHandler) callOnConnectionClose() {
	tryThen(func() error { h.self.OnConnectionClose(); return nil }, func(err error) {
		if err != nil {
			logUncaught(h.peekRequest(), err)
		}
	})
}

// appendDefaultHeaders appends the headers that every response begins with. A handler may
// replace them. A FallbackHandler detects the Content-Type by itself.
func appendDefaultHeaders(fields []httputil.Field, date string) []httputil.Field {
	return append(fields,
		httputil.Field{Name: "Server", Value: serverName},
		httputil.Field{Name: "Content-Type", Value: "text/html; charset=UTF-8"},
		httputil.Field{Name: "Date", Value: date},
	)
}

// clearResponse empties the response: the default headers and no body.
func (x *exchange) clearResponse(date string) {
	x.headers = httputil.NewHTTPHeaders(appendDefaultHeaders(x.fields[:0], date))
	x.dropBody()
}

// dropBody empties the body buffer. A large buffer is not reused, because the connection or
// a caller may still keep it.
func (x *exchange) dropBody() {
	if cap(x.body) > maxKeptBody {
		x.body = nil
	}
	x.body = x.body[:0]
}

// addField adds a header without checking whether it exists already. name must be in
// Http-Header-Case, and value valid.
func (x *exchange) addField(name, value string) {
	x.headers = httputil.NewHTTPHeaders(append(x.headers.Fields(), httputil.Field{Name: name, Value: value}))
}

// addCookies adds a Set-Cookie header for each cookie that was set.
func (x *exchange) addCookies() {
	for _, c := range x.cookies {
		x.addField("Set-Cookie", c.text)
	}
}

// returnToPool resets x for another request. The response is finished, so the connection
// calls no more methods of x. The memory of fields is overwritten later.
func (x *exchange) returnToPool() {
	app := x.application
	x.sent = 0
	if x.cancel != nil {
		x.cancel(errRequestFinished)
	}
	x.application, x.conn, x.loop, x.request, x.target, x.handler = nil, nil, nil, nil, target{}, nil
	x.streamed, x.context, x.cancel, x.lost, x.viaMiddleware, x.xsrfToken = nil, nil, nil, false, false, nil
	clear(x.cookies)
	x.cookies = x.cookies[:0]
	clear(x.transforms)
	x.transforms = x.transforms[:0]
	app.exchanges.Put(x)
}

// loopOf returns the loop of a connection.
func loopOf(conn httputil.HTTPConnection) *ioloop.IOLoop {
	c, ok := conn.(httputil.LoopBound[*ioloop.IOLoop])
	if !ok {
		panic("web: the connection has no Loop method: serve the application with an httpserver.HTTPServer")
	}
	return c.Loop()
}
