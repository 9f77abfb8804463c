package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gotornado/tornado/httputil"
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
// answer has begun; so does [http.ErrAbortHandler]. Tornado: web.FallbackHandler.
//
//	web.URL("/debug/pprof/.*", web.FallbackHandler{Handler: http.DefaultServeMux})
type FallbackHandler struct {
	RequestHandler
	Handler http.Handler

	work *fallback
}

// Middleware makes a route go through functions that wrap an [http.Handler], the first
// one outermost: each request leaves the loop for them, and comes back for its handler.
// A route behind middleware cannot take the connection over, as a WebSocket does.
func Middleware(wrap ...func(http.Handler) http.Handler) URLOption {
	return func(s *URLSpec) {
		class := s.class
		var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h, ok := r.Context().Value(fallbackKey{}).(*FallbackHandler)
			if !ok {
				panic("web: Middleware replaced the request's context: derive the new one from it")
			}
			b := newBridge(h.application, h.work.loop, w, r, target{class: class, args: h.pathArgs, kwargs: h.pathKwargs})
			b.wrapped = true
			b.serve()
		})
		for i := len(wrap) - 1; i >= 0; i-- {
			handler = wrap[i](handler)
		}
		s.class = Class(FallbackHandler{Handler: handler})
	}
}

type fallbackKey struct{}

// CheckPrototype refuses a handler that has nothing to serve with.
func (h *FallbackHandler) CheckPrototype(Handler) error {
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
func (h *FallbackHandler) DataReceived(chunk []byte) error { return h.work.body.give(chunk) }

// OnConnectionClose ends the Handler's reads; its context is cancelled too.
func (h *FallbackHandler) OnConnectionClose() {
	if h.work != nil {
		h.work.body.end(ErrClientGone)
	}
}

// Prepare starts the Handler.
func (h *FallbackHandler) Prepare() error {
	request, err := h.httpRequest()
	if err != nil {
		return HTTPErrorf(400, "%w", err)
	}
	w := &fallback{handler: h, loop: h.Loop(), header: http.Header{}, context: request.Context(), returned: ioloop.NewFuture[struct{}](h.Loop())}
	w.body = &fallbackBody{loop: w.loop, readable: make(chan struct{}, 1)}
	h.work = w
	if request.ContentLength != 0 {
		request.Body = w.body
	}
	go w.serve(request)
	return nil
}

// Execute waits for the Handler in place of a verb.
func (h *FallbackHandler) Execute(args []string, kwargs map[string]string) {
	h.ExecuteWith(args, kwargs, func() error {
		h.work.body.end(io.EOF)
		h.work.returned.Await()
		return nil
	})
}

// httpRequest is the request as net/http has it.
func (h *FallbackHandler) httpRequest() (*http.Request, error) {
	r := h.held()
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

// A fallback is the [http.ResponseWriter] of a FallbackHandler. Its methods belong to the
// goroutine of the Handler, except where they say that they run on the loop.
type fallback struct {
	handler  *FallbackHandler
	loop     *ioloop.IOLoop
	body     *fallbackBody
	context  context.Context
	returned *ioloop.Future[struct{}] // when the Handler has, or the stream was hijacked
	deadline deadline                 // of writes

	header   http.Header
	settled  http.Header // what header was at WriteHeader
	status   int         // 0 until WriteHeader
	buffer   []byte
	headSent bool
	hijacked bool
	cancel   context.CancelCauseFunc // of the context, once the stream was hijacked
	err      error                   // of a write; the later ones have it too
}

var (
	errHijacked = fmt.Errorf("web: the connection was hijacked: %w", http.ErrHijacked)
	errNoStream = fmt.Errorf("web: this connection cannot be hijacked: %w", http.ErrNotSupported)
)

// serve runs the Handler to its end.
func (w *fallback) serve(r *http.Request) {
	err := w.call(r)
	w.body.end(http.ErrBodyReadAfterClose)
	switch {
	case w.hijacked:
		w.cancel(errRequestFinished)
		if err != nil && err != http.ErrAbortHandler {
			logUncaught(w.handler.held(), err)
		}
		return
	case err == nil:
		err = w.flushBuffer(true)
	}
	w.loop.AddCallback(func() { w.finish(err) })
}

// call calls the Handler and returns what it panicked with.
func (w *fallback) call(r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	w.handler.Handler.ServeHTTP(w, r)
	return nil
}

// finish ends the answer; it runs on the loop.
func (w *fallback) finish(err error) {
	defer w.returned.SetResult(struct{}{}) // even if a hook panics
	h := w.handler
	_, panicked := errors.AsType[*PanicError](err)
	switch {
	case h.finished:
	case err == nil:
		if err := outputError(h.end()); err != nil {
			logUncaught(h.held(), err)
		}
	case panicked && !h.headersWritten:
		h.HandleException(err)
	default:
		if panicked || outputError(err) != nil {
			logUncaught(h.held(), err)
		}
		h.abort()
	}
}

// abort ends an answer so that the client sees that it is not complete.
func (h *RequestHandler) abort() {
	x := h.exchange
	if b, ok := x.conn.(*bridge); ok {
		b.end(true)
		h.end()
		return
	}
	if stream := h.Detach(); stream != nil {
		stream.Close()
		h.application.LogRequest(h)
		h.self.OnFinish()
		return
	}
	h.end() // the client has left
}

func (w *fallback) Header() http.Header { return w.header }

func (w *fallback) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("web: WriteHeader: %d is no status: use 100 to 999", status))
	case status < 200 || w.hijacked: // interim answers are not sent
	case w.status != 0:
		logGeneralWarning(fmt.Sprintf("superfluous WriteHeader %d in %s", status, summary(w.handler.held())))
	default:
		w.status, w.settled = status, w.header.Clone()
	}
}

// writeHeader is what happens without a call of WriteHeader.
func (w *fallback) writeHeader() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
}

func (w *fallback) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, errHijacked
	}
	w.writeHeader()
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	w.buffer = append(w.buffer, p...)
	if len(w.buffer) >= fallbackBuffer {
		if err := w.flushBuffer(false); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (w *fallback) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Flush implements [http.Flusher].
func (w *fallback) Flush() { w.FlushError() }

// FlushError is what [http.ResponseController.Flush] calls.
func (w *fallback) FlushError() error {
	if w.hijacked {
		return errHijacked
	}
	return w.flushBuffer(false)
}

// flushBuffer sends what was written and waits until it is out. With last, the answer
// is complete, and its length known if nothing was sent before.
func (w *fallback) flushBuffer(last bool) error {
	if w.err != nil {
		return w.err
	}
	w.writeHeader()
	var fields []httputil.Field
	if !w.headSent {
		fields = w.fields(last)
	}
	first, data := !w.headSent, w.buffer
	w.headSent = true
	sent := make(chan error, 1)
	w.loop.AddCallback(func() { w.send(first, fields, data, last, sent) })
	select {
	case w.err = <-sent:
		w.buffer = w.buffer[:0]
	case <-w.deadline.passed():
		w.err, w.buffer = timeoutError{}, nil // the loop still has the bytes
	case <-w.loop.Context().Done():
		w.err, w.buffer = ioloop.ErrClosed, nil
	}
	return w.err
}

// send runs on the loop.
func (w *fallback) send(first bool, fields []httputil.Field, data []byte, last bool, sent chan<- error) {
	h := w.handler
	x := h.exchange
	if x == nil || x.lost {
		sent <- ErrClientGone
		return
	}
	var err error
	if h.request.Method != http.MethodHead {
		x.sent += int64(len(data))
	}
	if first {
		h.status, h.headersWritten = w.status, true
		x.headers = httputil.NewHTTPHeaders(fields)
		start := httputil.ResponseStartLine{Version: "HTTP/1.1", Code: w.status, Reason: reasonOf(w.status, "")}
		err = x.conn.WriteHeaders(start, &x.headers, data)
	} else if len(data) > 0 {
		err = x.conn.Write(data)
	}
	if err != nil || last && len(data) <= maxKeptBody {
		sent <- err
		return
	}
	x.conn.Flushed(func(err error) { sent <- err })
}

// fields are the headers of the answer.
func (w *fallback) fields(last bool) []httputil.Field {
	fields := make([]httputil.Field, 0, len(w.settled)+4)
	for name, values := range w.settled {
		if strings.HasPrefix(name, http.TrailerPrefix) || name == "Trailer" || name == "Transfer-Encoding" {
			continue // trailers are not sent, and framing is the connection's
		}
		for _, value := range values {
			value = textproto.TrimString(lineBreaks.Replace(value))
			if httputil.IsToken(name) && validFieldValue(value) {
				fields = append(fields, httputil.Field{Name: httputil.NormalizeName(name), Value: value})
			}
		}
	}
	add := func(name, value string) {
		if _, ok := w.settled[name]; !ok {
			fields = append(fields, httputil.Field{Name: name, Value: value})
		}
	}
	add("Server", server)
	add("Date", httputil.FormatTimestamp(time.Now()))
	if bodyAllowed(w.status) {
		if len(w.buffer) > 0 && w.settled.Get("Content-Encoding") == "" {
			add("Content-Type", http.DetectContentType(w.buffer))
		}
		if last && (len(w.buffer) > 0 || w.handler.held().Method != http.MethodHead) {
			add("Content-Length", strconv.Itoa(len(w.buffer)))
		}
	}
	return fields
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// SetReadDeadline is what [http.ResponseController.SetReadDeadline] calls.
func (w *fallback) SetReadDeadline(t time.Time) error {
	w.body.deadline.set(t)
	return nil
}

// SetWriteDeadline is what [http.ResponseController.SetWriteDeadline] calls.
func (w *fallback) SetWriteDeadline(t time.Time) error {
	w.deadline.set(t)
	return nil
}

// EnableFullDuplex is what [http.ResponseController.EnableFullDuplex] calls: the body may
// always be read while the answer is written.
func (w *fallback) EnableFullDuplex() error { return nil }

// Hijack implements [http.Hijacker]: the connection is the Handler's from then on.
func (w *fallback) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, errHijacked
	}
	taken := make(chan *streamConn, 1)
	w.loop.AddCallback(func() { taken <- w.detach() })
	var conn *streamConn
	select {
	case conn = <-taken:
	case <-w.loop.Context().Done():
	}
	if conn == nil {
		return nil, nil, errNoStream
	}
	w.hijacked = true
	return conn, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)), nil
}

// detach takes the stream; it runs on the loop. The context goes on until the Handler
// returns, as that of net/http does: a proxy that has taken a WebSocket over waits for it.
func (w *fallback) detach() *streamConn {
	h := w.handler
	x := h.exchange
	if x == nil || x.lost {
		return nil
	}
	if _, ok := x.conn.(*bridge); ok {
		return nil
	}
	w.cancel, x.cancel = x.cancel, nil
	stream := h.Detach()
	if stream == nil {
		x.cancel = w.cancel
		return nil
	}
	w.body.end(errHijacked)
	w.returned.SetResult(struct{}{})
	return newStreamConn(stream)
}

// A fallbackBody is the body that a Handler reads while the loop gives it.
type fallbackBody struct {
	loop     *ioloop.IOLoop
	mu       sync.Mutex
	readable chan struct{} // something else may be said to a reader
	deadline deadline
	held     []byte
	err      error                    // behind what is held
	wanted   *ioloop.Future[struct{}] // the loop waits until less is held
}

// give adds a chunk, and waits while the Handler has enough; it runs on the loop.
func (b *fallbackBody) give(chunk []byte) error {
	b.mu.Lock()
	var wanted *ioloop.Future[struct{}]
	if b.err == nil {
		b.held = append(b.held, chunk...)
		if len(b.held) > fallbackBuffer {
			wanted = ioloop.NewFuture[struct{}](b.loop)
			b.wanted = wanted
		}
	}
	b.mu.Unlock()
	b.changed()
	if wanted != nil {
		wanted.Await()
	}
	return nil
}

// end says that nothing more comes, and why. The first reason counts.
func (b *fallbackBody) end(err error) {
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	if err != io.EOF {
		b.held = nil
	}
	b.letGo()
	b.mu.Unlock()
	b.changed()
}

// letGo ends the wait of give.
func (b *fallbackBody) letGo() {
	if wanted := b.wanted; wanted != nil {
		b.wanted = nil
		b.loop.AddCallback(func() { wanted.SetResult(struct{}{}) })
	}
}

func (b *fallbackBody) changed() {
	select {
	case b.readable <- struct{}{}:
	default:
	}
}

func (b *fallbackBody) Read(p []byte) (int, error) {
	for {
		if n, err := b.take(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-b.readable:
		case <-b.deadline.passed():
			return 0, timeoutError{}
		case <-b.loop.Context().Done():
			return 0, ioloop.ErrClosed
		}
	}
}

// take returns what there is.
func (b *fallbackBody) take(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) == 0 {
		return 0, b.err
	}
	n := copy(p, b.held)
	if b.held = b.held[n:]; len(b.held) <= fallbackBuffer {
		b.letGo()
	}
	return n, nil
}

func (b *fallbackBody) Close() error {
	b.end(http.ErrBodyReadAfterClose)
	return nil
}
