package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gotornado/tornado/ioloop"
)

// fallbackBuffer is the size in bytes of the buffers between an http.Handler's goroutine
// and the loop: one for the body of the request, one for the response.
const fallbackBuffer = 32 << 10

// FallbackHandler serves requests with an [http.Handler] of the standard library: a mux, a
// file server, pprof, metrics. The Handler runs in another goroutine, off the loop. Bodies
// stream both ways with backpressure. The writer implements [http.Flusher] and
// [http.Hijacker], and has the deadlines of an [http.ResponseController]. After a panic,
// the response is a 500, or the connection is closed if the response has begun.
// [http.ErrAbortHandler] always closes the connection. Interim responses (1xx) and trailers
// are not sent. The TLS field of the request is nil for a request without TLS; so behind a proxy
// that ends TLS, see X-Forwarded-Proto. Tornado: web.FallbackHandler, wsgi.WSGIContainer.
//
//	web.URL("/debug/pprof/.*", web.FallbackHandler{Handler: http.DefaultServeMux})
type FallbackHandler struct {
	RequestHandler
	Handler http.Handler // must not be nil: URL panics otherwise

	// Executor calls the Handler. Requests wait for a free place of ioloop.NewExecutor(limit)
	// without delaying the loop; one whose client leaves meanwhile is dropped. Executor must
	// not call the Handler on the loop. If nil, each request has a goroutine of its own.
	// Tornado: the executor of WSGIContainer.
	Executor ioloop.Executor

	writer *fallbackWriter
}

// Middleware wraps a route in functions that wrap an [http.Handler]; the first function is
// the outermost. The wrapped handlers run off the loop, and the route's handler runs on the
// loop. If they replace the context of the request, the new context must derive from the
// old one. [RequestHandler.Context] has its values. The server still knows a WebSocket
// after Middleware: Shutdown waits for it.
func Middleware(wrap ...func(http.Handler) http.Handler) URLOption {
	for _, w := range wrap {
		if w == nil {
			panic("web: Middleware got a nil function: pass functions that wrap an http.Handler")
		}
	}
	return func(s *URLSpec) {
		class := s.class
		var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h, ok := r.Context().Value(fallbackKey{}).(*FallbackHandler)
			if !ok {
				panic("web: Middleware replaced the request's context: derive the new context from the old one")
			}
			b := newNetHTTPConn(h.application, h.writer.loop, w, r, target{class: class, spec: h.writer.spec, args: h.pathArgs, kwargs: h.pathKwargs})
			b.viaMiddleware = true
			b.serveRequest()
		})
		for i := len(wrap) - 1; i >= 0; i-- {
			handler = wrap[i](handler)
		}
		s.class = Class(FallbackHandler{Handler: handler})
	}
}

type fallbackKey struct{}

// checkPrototype refuses a handler without a Handler.
func (h *FallbackHandler) checkPrototype(Handler) error {
	if h.Handler == nil {
		return errors.New("its Handler is nil")
	}
	return nil
}

// SupportsMethod returns true: the Handler decides about methods.
func (h *FallbackHandler) SupportsMethod(method string) bool { return true }

// StreamRequestBody returns true: the Handler reads the body while it arrives.
func (h *FallbackHandler) StreamRequestBody() bool { return true }

// CheckXSRFCookie returns nil. Only the Handler reads the body, so it must check the token
// itself.
func (h *FallbackHandler) CheckXSRFCookie() error { return nil }

// DataReceived passes a part of the body to the Handler.
func (h *FallbackHandler) DataReceived(chunk []byte) error { return h.writer.body.addChunk(chunk) }

// OnConnectionClose ends the Handler's reads. The context of its request is cancelled too.
func (h *FallbackHandler) OnConnectionClose() {
	if h.writer != nil {
		h.writer.body.endBody(ErrClientGone)
	}
}

// Prepare starts the Handler.
func (h *FallbackHandler) Prepare() error {
	request, err := h.httpRequest()
	if err != nil {
		return HTTPErrorf(400, "%w", err)
	}
	w := &fallbackWriter{handler: h, spec: h.exchange.target.spec, loop: h.Loop(), header: http.Header{}, context: request.Context(), returned: ioloop.NewFuture[struct{}](h.Loop())}
	w.body = &fallbackBody{loop: w.loop, readable: make(chan struct{}, 1)}
	h.writer = w
	if request.ContentLength != 0 {
		request.Body = w.body
	}
	if h.Executor == nil {
		go w.callHandler(request)
	} else {
		h.Executor.Submit(func() { w.callHandler(request) })
	}
	return nil
}

// execute waits until the Handler has returned, instead of calling Get, Post or another method.
func (h *FallbackHandler) execute(args []string, kwargs map[string]string) {
	h.executeWith(args, kwargs, func() error {
		h.writer.body.endBody(io.EOF)
		h.writer.returned.Await()
		return nil
	})
}

// httpRequest returns the request in the form of net/http.
func (h *FallbackHandler) httpRequest() (*http.Request, error) {
	r := h.peekRequest()
	u, err := url.ParseRequestURI(r.URI)
	if err != nil {
		return nil, err
	}
	request := &http.Request{
		Method: r.Method, URL: u, RequestURI: r.URI, Proto: r.Version, Host: r.Host,
		Header: http.Header{}, Body: http.NoBody, RemoteAddr: net.JoinHostPort(r.RemoteIP, "0"),
	}
	request.ProtoMajor, request.ProtoMinor, _ = http.ParseHTTPVersion(r.Version)
	for _, f := range r.Headers.Fields() {
		name := http.CanonicalHeaderKey(f.Name)
		request.Header[name] = append(request.Header[name], f.Value)
	}
	if request.Header.Get("Transfer-Encoding") != "" {
		request.ContentLength, request.TransferEncoding = -1, []string{"chunked"}
	} else if length := request.Header.Get("Content-Length"); length != "" {
		request.ContentLength, _ = strconv.ParseInt(length, 10, 64)
	}
	request.Header.Del("Host")
	request.Header.Del("Transfer-Encoding")
	request.TLS = r.TLS()
	return request.WithContext(context.WithValue(h.Context(), fallbackKey{}, h)), nil
}
