package web

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gotornado/tornado/ioloop"
)

// fallbackBuffer is how many bytes of an answer, and of a body, are gathered between an
// http.Handler's goroutine and the loop.
const fallbackBuffer = 32 << 10

// FallbackHandler serves requests by an [http.Handler] of the standard library's kind: a
// mux, a file server, a profile, metrics. It runs in a goroutine of its own, off the
// loop. Bodies stream both ways, and who writes or reads too slowly is held back. The
// writer is an [http.Flusher], an [http.Hijacker] and has the deadlines of an
// [http.ResponseController]. A panic is answered with 500, or ends the connection if the
// answer has begun; so does [http.ErrAbortHandler]. Interim answers (1xx) and trailers
// are not sent. Tornado: web.FallbackHandler.
//
//	web.URL("/debug/pprof/.*", web.FallbackHandler{Handler: http.DefaultServeMux})
type FallbackHandler struct {
	RequestHandler
	Handler http.Handler // nil panics when the route is made

	writer *fallbackWriter
}

// Middleware makes a route go through functions that wrap an [http.Handler], the first
// one outermost: each request leaves the loop for them, and comes back for its handler.
// The context of a request that they make anew must derive from its own; the handler finds
// its values in [RequestHandler.Context]. A WebSocket behind middleware stays known to the
// server, whose Shutdown waits for it.
func Middleware(wrap ...func(http.Handler) http.Handler) URLOption {
	for _, w := range wrap {
		if w == nil {
			panic("web: Middleware of nil: give it functions that wrap an http.Handler")
		}
	}
	return func(s *URLSpec) {
		class := s.class
		var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h, ok := r.Context().Value(fallbackKey{}).(*FallbackHandler)
			if !ok {
				panic("web: Middleware replaced the request's context: derive the new one from it")
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

// checkPrototype refuses a handler without a Handler to serve with.
func (h *FallbackHandler) checkPrototype(Handler) error {
	if h.Handler == nil {
		return errors.New("its Handler is nil")
	}
	return nil
}

// SupportsMethod leaves the decision to the Handler.
func (h *FallbackHandler) SupportsMethod(method string) bool { return true }

// StreamRequestBody is true: the Handler reads the body as it comes.
func (h *FallbackHandler) StreamRequestBody() bool { return true }

// CheckXSRFCookie leaves the check to the Handler, who reads the body.
func (h *FallbackHandler) CheckXSRFCookie() error { return nil }

// DataReceived gives a part of the body to the Handler.
func (h *FallbackHandler) DataReceived(chunk []byte) error { return h.writer.body.addChunk(chunk) }

// OnConnectionClose ends the Handler's reads; its context is cancelled too.
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
	go w.callHandler(request)
	return nil
}

// execute waits for the Handler to return, in place of calling a verb.
func (h *FallbackHandler) execute(args []string, kwargs map[string]string) {
	h.executeWith(args, kwargs, func() error {
		h.writer.body.endBody(io.EOF)
		h.writer.returned.Await()
		return nil
	})
}

// httpRequest is the request as net/http has it.
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
	if r.Protocol == "https" {
		request.TLS = &tls.ConnectionState{HandshakeComplete: true, ServerName: r.HostName}
	}
	return request.WithContext(context.WithValue(h.Context(), fallbackKey{}, h)), nil
}
