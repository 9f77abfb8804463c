package web

import (
	"context"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// maxKeptBody is the size in bytes up to which a body buffer is used again. A chunk
// that a connection holds instead of copying it is larger: see httputil.HTTPConnection.
const maxKeptBody = 16 << 10

// An exchange is what the framework keeps for one request while it is served: it
// is the message delegate, and holds the answer that the handler is writing.
// Handlers live on, exchanges are used again.
type exchange struct {
	application   *Application
	conn          httputil.HTTPConnection
	loop          *ioloop.IOLoop
	request       *httputil.HTTPServerRequest
	target        target
	handler       *RequestHandler // nil until it executes
	streamed      *streamedBody   // nil unless the body is streamed
	context       context.Context // nil until it is asked for
	cancel        context.CancelCauseFunc
	lost          bool  // the client went away, or sends no more: see gone
	viaMiddleware bool  // who is in front of it logs the request
	sent          int64 // bytes of the body

	headers   httputil.HTTPHeaders
	fields    [8]httputil.Field // room for the headers of a plain answer
	cookies   []outgoingCookie
	body      []byte     // written, not sent yet
	xsrfToken *xsrfToken // nil until it is asked for

	transforms []OutputTransform // that change the body of this answer
}

// HeadersReceived finds out who answers the request.
func (x *exchange) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	request, err := httputil.NewRequest(x.conn, start, headers)
	if err != nil {
		return httputil.BodyWhole, err
	}
	x.loop = loopOf(x.conn)
	request.StartTime = x.loop.Time()
	if x.request = request; x.target.class.make == nil {
		x.target = x.application.findTarget(request)
	}
	if x.target.class.streams {
		request.BodyStreamed = true
		return httputil.BodyStream, nil
	}
	return httputil.BodyWhole, nil
}

// DataReceived takes the body, or a part of it.
func (x *exchange) DataReceived(chunk []byte) error {
	if x.streamed != nil {
		x.handler.receiveChunk(x.streamed, chunk)
		return nil
	}
	x.request.Body = chunk
	return nil
}

// Finish makes the handler and executes it; one that streams the body goes on.
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

// OnConnectionClose tells a handler that waits, once.
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
	h.callOnConnectionClose() // may wait, and x be another request's afterwards
}

// gone reports whether the client can receive nothing more. A client that has closed its
// sending side only still receives the response.
func (x *exchange) clientGone() bool {
	c, ok := x.conn.(httputil.LossReporter)
	return x.lost && (!ok || c.Lost())
}

// connectionClosed calls the hook.
func (h *RequestHandler) callOnConnectionClose() {
	tryThen(func() error { h.self.OnConnectionClose(); return nil }, func(err error) {
		if err != nil {
			logUncaught(h.peekRequest(), err)
		}
	})
}

// defaultHeaders returns the headers that every response begins with. A handler may replace
// them. A FallbackHandler finds out the Content-Type itself.
func defaultHeaders(date string) [3]httputil.Field {
	return [...]httputil.Field{
		{Name: "Server", Value: serverName},
		{Name: "Content-Type", Value: "text/html; charset=UTF-8"},
		{Name: "Date", Value: date},
	}
}

// clear empties the response: the default headers and no body.
func (x *exchange) clearResponse(date string) {
	defaults := defaultHeaders(date)
	x.headers = httputil.NewHTTPHeaders(append(x.fields[:0], defaults[:]...))
	x.dropBody()
}

// dropBody empties the body. The connection or a caller may still hold a large one.
func (x *exchange) dropBody() {
	if cap(x.body) > maxKeptBody {
		x.body = nil
	}
	x.body = x.body[:0]
}

// addField adds a header without looking whether it is there; name is in
// Http-Header-Case, value is valid.
func (x *exchange) addField(name, value string) {
	x.headers = httputil.NewHTTPHeaders(append(x.headers.Fields(), httputil.Field{Name: name, Value: value}))
}

// addCookies turns the cookies that were set into header lines.
func (x *exchange) addCookies() {
	for _, c := range x.cookies {
		x.addField("Set-Cookie", c.text)
	}
}

// release gives x back when its answer is finished; the connection then calls its
// methods no more. What was written to fields is overwritten.
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

// loopOf is the loop that a connection belongs to.
func loopOf(conn httputil.HTTPConnection) *ioloop.IOLoop {
	c, ok := conn.(httputil.LoopBound[*ioloop.IOLoop])
	if !ok {
		panic("web: the connection has no Loop method: serve the application with an httpserver.HTTPServer")
	}
	return c.Loop()
}
