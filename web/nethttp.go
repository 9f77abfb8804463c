package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

const (
	bridgeMaxBody = 100 << 20 // bytes of a body, unless SetMaxBodySize says otherwise
	bridgeChunk   = 64 << 10  // bytes of a streamed body at a time
)

// ServeHTTP makes an application an [http.Handler]: for httptest, below another mux, or
// behind the standard library's HTTP/2. Handlers run on the loop of the setting Loop,
// or on one that the application starts at its first request. Bodies stream both ways;
// one larger than 100 MiB is refused with 400, unless SetMaxBodySize said otherwise. A
// client that leaves is told of by OnConnectionClose. A WebSocket takes the
// connection over and goes on on the loop, without a goroutine; over TLS it keeps two. That
// needs HTTP/1.1 and a ResponseWriter that is an [http.Hijacker]. The server of net/http
// then knows of it no more, nor does its Shutdown.
func (a *Application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	loop, err := a.ownLoop()
	if err != nil {
		log.Error(log.App(), "web: no loop to serve on", err)
		http.Error(w, "503: Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	newBridge(a, loop, w, r, target{}).serve()
}

// HTTPRequest is the request as net/http has it, of a handler behind Middleware or of an
// application below a server or mux of net/http: for what only that knows, such as
// mux.Vars. It is nil if the request came another way, and when the answer is finished. Its
// body is read already, or being read.
func (h *RequestHandler) HTTPRequest() *http.Request {
	if x := h.exchange; x != nil {
		if b, ok := x.conn.(*bridge); ok {
			return b.request
		}
	}
	return nil
}

// A sharedLoop is the loop that ServeHTTP starts.
type sharedLoop struct {
	once sync.Once
	loop *ioloop.IOLoop
	err  error
}

func (a *Application) ownLoop() (*ioloop.IOLoop, error) {
	if a.settings.Loop != nil {
		return a.settings.Loop, nil
	}
	a.shared.once.Do(func() {
		if a.shared.loop, a.shared.err = ioloop.New(ioloop.Options{}); a.shared.err == nil {
			go a.shared.loop.Start()
		}
	})
	return a.shared.loop, a.shared.err
}

// Close ends the loop that ServeHTTP started, if it did, with the requests on it;
// ServeHTTP then answers 503 or nothing. It does not stop servers: see
// [httpserver.HTTPServer.Shutdown].
func (a *Application) Close() error {
	a.shared.once.Do(func() { a.shared.err = ioloop.ErrClosed })
	if a.shared.loop == nil {
		return nil
	}
	return a.shared.loop.Close()
}

// The abilities of a bridge. It does not send files.
var (
	_ httputil.HTTPConnection                     = (*bridge)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop]          = (*bridge)(nil)
	_ httputil.Detacher[*iostream.IOStream]       = (*bridge)(nil)
	_ httputil.BodySizeLimiter                    = (*bridge)(nil)
	_ httputil.BodyTimer                          = (*bridge)(nil)
	_ httputil.RegistryMember[*upgrades.Registry] = (*bridge)(nil)
)

// A bridge is the connection of a request that net/http serves. The answer is written
// by the goroutine that net/http gave; the loop queues what that is to do.
type bridge struct {
	app        *Application
	loop       *ioloop.IOLoop
	writer     http.ResponseWriter
	controller *http.ResponseController
	request    *http.Request
	info       httputil.ConnectionInfo
	target     target // what serves it, if that is known before
	wrapped    bool   // it came by way of a route's middleware
	maxBody    atomic.Int64

	// The loop's own.
	message     httputil.HTTPMessageDelegate // nil when it is to be told nothing more
	headersSent bool
	bodyless    bool
	bodyDone    atomic.Bool        // the request's body was read to its end
	remaining   int64              // bytes that Content-Length still promises, -1 if there is none
	taken       *iostream.IOStream // the connection, taken over from net/http
	upgrading   *upgrades.Registry // during a switch of protocols

	mu    sync.Mutex
	todo  []func() error
	over  bool // todo gets no longer
	abort bool // the answer cannot be completed

	wake    chan struct{} // todo or over changed
	ended   chan struct{} // closed when nothing is written any more
	reading chan struct{} // closed when the body is read no more; nil if none is
}

func newBridge(a *Application, loop *ioloop.IOLoop, w http.ResponseWriter, r *http.Request, t target) *bridge {
	b := &bridge{
		app: a, loop: loop, writer: w, controller: http.NewResponseController(w), request: r, target: t,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	b.info = httputil.ConnectionInfo{RemoteIP: r.RemoteAddr, Protocol: "http"}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		b.info.RemoteIP = host
	}
	if r.TLS != nil {
		b.info.Protocol = "https"
	}
	b.maxBody.Store(bridgeMaxBody)
	return b
}

// serve runs in the goroutine of net/http until the answer is written.
func (b *bridge) serve() {
	hasBody := b.request.Body != nil && b.request.Body != http.NoBody && b.request.ContentLength != 0
	if hasBody {
		b.reading = make(chan struct{})
		b.controller.EnableFullDuplex() // not all can: then the body must be read first
	}
	defer b.endReading()
	b.loop.AddCallback(func() { b.start(hasBody) })
	defer context.AfterFunc(b.request.Context(), func() { b.loop.AddCallback(b.contextDone) })()
	if complete := b.write(); !complete {
		panic(http.ErrAbortHandler)
	}
}

// write does what the loop wants until that is over. It is false if the answer cannot be
// completed.
func (b *bridge) write() (complete bool) {
	defer close(b.ended)
	var failed error
	for {
		b.mu.Lock()
		todo, over, abort := b.todo, b.over, b.abort
		b.todo = nil
		b.mu.Unlock()
		for _, do := range todo {
			if err := do(); err != nil && failed == nil {
				failed = err
				b.loop.AddCallback(b.clientGone)
			}
		}
		if len(todo) > 0 {
			continue
		}
		if over {
			return !abort
		}
		select {
		case <-b.wake:
		case <-b.loop.Context().Done():
			return false
		}
	}
}

// do queues what the writing goroutine is to do.
func (b *bridge) do(what func() error) {
	b.mu.Lock()
	b.todo = append(b.todo, what)
	b.mu.Unlock()
	b.signal()
}

func (b *bridge) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// end lets the writing goroutine go when it has done what it was told.
func (b *bridge) end(abort bool) {
	b.mu.Lock()
	b.over, b.abort = true, b.abort || abort
	b.mu.Unlock()
	b.message = nil
	if b.upgrading != nil {
		b.upgrading.EndUpgrade()
		b.upgrading = nil
	}
	b.signal()
}

// endReading waits until nobody reads the body. To interrupt a read of HTTP/1 spoils its
// connection, which WriteHeaders has announced to be closed.
func (b *bridge) endReading() {
	if b.reading == nil {
		return
	}
	if b.bodyDone.Load() || b.controller.SetReadDeadline(time.Unix(1, 0)) == nil {
		select {
		case <-b.reading:
		case <-b.loop.Context().Done(): // start may never have run
		}
	}
}

// start tells the application of the request; it runs on the loop.
func (b *bridge) start(hasBody bool) {
	reading := b.reading
	defer func() {
		if reading != nil {
			close(reading)
		}
	}()
	message := b.app.StartRequest(b)
	if x, ok := message.(*exchange); ok {
		x.target, x.wrapped = b.target, b.wrapped
	}
	startLine, headers := bridgeHead(b.request)
	mode, err := message.HeadersReceived(startLine, headers)
	if err != nil {
		b.reject(http.StatusBadRequest, err)
		return
	}
	b.message = message
	if !hasBody {
		message.Finish()
		return
	}
	if p, ok := message.(httputil.HTTPMessagePreparer); ok && mode == httputil.BodyStream {
		if p.Prepare(); b.message == nil {
			return
		}
	}
	if b.request.ContentLength > b.maxBody.Load() {
		b.fail(http.StatusBadRequest, &httputil.HTTPInputError{Reason: "Content-Length too long"})
		return
	}
	reading = nil // the next goroutine closes it
	go b.readBody(mode)
}

// bridgeHead is the head of a request as our own server has it. Its target is what r's
// URL says, so that what stands in front may have changed it.
func bridgeHead(r *http.Request) (httputil.RequestStartLine, httputil.HTTPHeaders) {
	fields := []httputil.Field{{Name: "Host", Value: r.Host}}
	for name, values := range r.Header {
		if name = httputil.NormalizeName(name); name == "Host" || name == "Content-Length" || name == "Transfer-Encoding" {
			continue
		}
		for _, value := range values {
			fields = append(fields, httputil.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields[1:], func(a, b httputil.Field) int { return strings.Compare(a.Name, b.Name) })
	if r.ContentLength > 0 {
		fields = append(fields, httputil.Field{Name: "Content-Length", Value: strconv.FormatInt(r.ContentLength, 10)})
	}
	if r.ContentLength < 0 {
		fields = append(fields, httputil.Field{Name: "Transfer-Encoding", Value: "chunked"})
	}
	line := httputil.RequestStartLine{Method: r.Method, Path: r.URL.RequestURI(), Version: r.Proto}
	return line, httputil.NewHTTPHeaders(fields)
}

// readBody reads the body and gives it to the loop.
func (b *bridge) readBody(mode httputil.BodyMode) {
	defer close(b.reading)
	var whole []byte
	var size int64
	for {
		chunk := make([]byte, bridgeChunk)
		n, err := b.request.Body.Read(chunk)
		size += int64(n)
		if size > b.maxBody.Load() {
			b.call(func() { b.fail(http.StatusBadRequest, &httputil.HTTPInputError{Reason: "body too large"}) })
			return
		}
		switch {
		case n == 0:
		case mode == httputil.BodyWhole:
			whole = append(whole, chunk[:n]...)
		case !b.call(func() { b.message.DataReceived(chunk[:n:n]) }):
			return
		}
		switch {
		case err == io.EOF:
			b.bodyDone.Store(true)
			b.loop.AddCallback(func() { b.bodyComplete(whole) })
			return
		case err != nil:
			b.loop.AddCallback(func() { b.bodyFailed(err) })
			return
		}
	}
}

// call runs fn on the loop and waits for it. It is false if nobody listens any more.
func (b *bridge) call(fn func()) bool {
	result := make(chan bool, 1)
	b.loop.AddCallback(func() {
		if b.message != nil {
			fn()
		}
		result <- b.message != nil
	})
	select {
	case ok := <-result:
		return ok
	case <-b.ended:
		return false
	}
}

func (b *bridge) bodyComplete(whole []byte) {
	if b.message != nil && len(whole) > 0 {
		b.message.DataReceived(whole)
	}
	if b.message != nil {
		b.message.Finish()
	}
}

// bodyFailed ends a request whose body does not come to its end. If the client is not told
// why, the answer must not look like a whole one.
func (b *bridge) bodyFailed(err error) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok && b.message != nil {
		b.fail(http.StatusRequestEntityTooLarge, tooLarge)
		return
	}
	inFront := b.request.Context().Err() != nil // who has ended the context answers
	b.lose(b.headersSent || !inFront)
}

// fail ends a request whose body the client is at fault for.
func (b *bridge) fail(status int, err error) {
	message := b.message
	b.reject(status, err)
	message.OnConnectionClose()
}

// reject answers a request that the application does not want to see.
func (b *bridge) reject(status int, err error) {
	log.Gen().Info("Malformed HTTP message from " + b.info.RemoteIP + ": " + err.Error())
	if b.headersSent {
		b.end(true)
		return
	}
	b.do(func() error {
		b.writer.Header().Set("Connection", "close")
		b.writer.WriteHeader(status)
		return nil
	})
	b.end(false)
}

// clientGone tells the handler; it runs on the loop. Who is in front may have ended the
// context while the client is there: then half an answer must not look like a whole one.
func (b *bridge) clientGone() { b.lose(b.headersSent) }

// contextDone tells the handler that the context of the request has ended; it runs on the
// loop. A client that has closed its sending side only still gets its response.
func (b *bridge) contextDone() {
	if context.Cause(b.request.Context()) != errInputEnded {
		b.clientGone()
	} else if b.message != nil {
		b.message.OnConnectionClose()
	}
}

// Lost reports whether the client can receive nothing more.
func (b *bridge) Lost() bool { return b.message == nil }

// lose ends a request that nobody answers any more.
func (b *bridge) lose(abort bool) {
	if message := b.message; message != nil {
		b.end(abort)
		message.OnConnectionClose()
	}
}

// WriteHeaders implements [httputil.HTTPConnection], as the methods below do.
func (b *bridge) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if b.message == nil {
		return nil // the client has left
	}
	if start.Code == http.StatusSwitchingProtocols {
		return b.switchProtocols(start, headers)
	}
	if start.Code < 200 {
		b.end(true)
		return &httputil.HTTPOutputError{Reason: "no " + strconv.Itoa(start.Code) + " by way of net/http: serve the application with an httpserver.HTTPServer"}
	}
	b.headersSent, b.remaining = true, -1
	b.bodyless = b.request.Method == http.MethodHead || !bodyAllowed(start.Code)
	if length := headers.Get("Content-Length"); length != "" && !b.bodyless {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil || n < 0 {
			b.end(true)
			return &httputil.HTTPOutputError{Reason: "Content-Length " + strconv.Quote(length) + " is no number of bytes"}
		}
		b.remaining = n
	}
	fields := slices.Clone(headers.Fields())
	if b.reading != nil && !b.bodyDone.Load() && b.request.ProtoMajor == 1 {
		fields = append(fields, httputil.Field{Name: "Connection", Value: "close"})
	}
	b.do(func() error {
		h := b.writer.Header()
		for _, f := range fields {
			h[http.CanonicalHeaderKey(f.Name)] = nil // ours replace those that were set in front
		}
		for _, f := range fields {
			h.Add(f.Name, f.Value)
		}
		b.writer.WriteHeader(start.Code)
		return nil
	})
	return b.Write(chunk)
}

func (b *bridge) Write(chunk []byte) error {
	if b.message == nil || b.bodyless || len(chunk) == 0 {
		return nil
	}
	if b.remaining >= 0 {
		if b.remaining -= int64(len(chunk)); b.remaining < 0 {
			b.end(true)
			return &httputil.HTTPOutputError{Reason: "Tried to write more data than Content-Length"}
		}
	}
	if len(chunk) <= maxKeptBody {
		chunk = slices.Clone(chunk) // larger ones are held
	}
	b.do(func() error {
		_, err := b.writer.Write(chunk)
		return err
	})
	return nil
}

func (b *bridge) Finish() error {
	if b.message == nil {
		return nil
	}
	if b.taken != nil {
		return nil // what follows waits for Detach
	}
	missing := b.remaining > 0 && !b.bodyless
	b.end(missing)
	if missing {
		return &httputil.HTTPOutputError{Reason: "Tried to write " + strconv.FormatInt(b.remaining, 10) + " bytes less than Content-Length"}
	}
	return nil
}

func (b *bridge) Flushed(fn func(error)) {
	if b.message == nil {
		b.loop.AddCallback(func() { fn(ErrClientGone) })
		return
	}
	b.do(func() error {
		err := b.controller.Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
		b.loop.AddCallback(func() { fn(err) })
		return err
	})
}

func (b *bridge) Info() httputil.ConnectionInfo { return b.info }
func (b *bridge) Loop() *ioloop.IOLoop          { return b.loop }

// SetMaxBodySize is what [RequestHandler.SetMaxBodySize] calls.
func (b *bridge) SetMaxBodySize(n int64) { b.maxBody.Store(n) }

// SetBodyTimeout is what [RequestHandler.SetBodyTimeout] calls.
func (b *bridge) SetBodyTimeout(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	b.controller.SetReadDeadline(deadline)
}

// switchProtocols takes the connection over from net/http and answers 101 on it.
func (b *bridge) switchProtocols(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders) error {
	if b.upgrading, _ = b.UpgradeRegistry(); b.upgrading != nil {
		b.upgrading.BeginUpgrade() // end calls EndUpgrade
	}
	stream, err := b.hijack()
	if b.message == nil { // the client has left meanwhile
		if stream != nil {
			stream.Close()
		}
		return nil
	}
	if err != nil {
		b.end(true)
		return &httputil.HTTPOutputError{Reason: "no 101 by way of this ResponseWriter: " + err.Error()}
	}
	b.taken, b.headersSent = stream, true
	if x, ok := b.message.(*exchange); ok {
		x.wrapped = false // who was in front has nothing to log any more
	}
	head := "HTTP/1.1 101 " + start.Reason + "\r\n"
	for _, f := range headers.Fields() {
		head += f.Name + ": " + f.Value + "\r\n"
	}
	stream.Send([]byte(head + "\r\n"))
	return nil
}

// hijack makes a stream of the connection, with what net/http has read of it already. It
// waits, for who is in front may need the loop to give the connection away.
func (b *bridge) hijack() (*iostream.IOStream, error) {
	hijacked := ioloop.NewFuture[*iostream.IOStream](b.loop)
	b.do(func() error {
		conn, buffered, err := b.controller.Hijack()
		b.loop.AddCallback(func() {
			if err != nil {
				hijacked.SetError(err)
				return
			}
			held, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
			if stream, err := iostream.FromConn(b.loop, conn, held, nil); err != nil {
				hijacked.SetError(err)
			} else {
				hijacked.SetResult(stream)
			}
		})
		return nil
	})
	return hijacked.Await()
}

// UpgradeRegistry returns the registry of the server in front, and the address of its client.
// The registry is nil for a server of net/http, and for a server on another loop.
func (b *bridge) UpgradeRegistry() (*upgrades.Registry, netip.Addr) {
	h, ok := b.request.Context().Value(fallbackKey{}).(*FallbackHandler)
	if !ok || h.work.loop != b.loop {
		return nil, netip.Addr{}
	}
	member, ok := h.held().Connection.(httputil.RegistryMember[*upgrades.Registry])
	if !ok {
		return nil, netip.Addr{}
	}
	return member.UpgradeRegistry()
}

// Detach hands the connection over to the protocol that the 101 named. It is nil if there
// was none, or the client has left.
func (b *bridge) Detach() *iostream.IOStream {
	stream := b.taken
	b.taken = nil
	if stream != nil {
		b.end(false)
	}
	return stream
}
