package web

import (
	"context"
	"net"
	"net/http"
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
	netHTTPMaxBody = 100 << 20 // bytes of a body, unless SetMaxBodySize says otherwise
	netHTTPChunk   = 64 << 10  // bytes of a streamed body at a time
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
	newNetHTTPConn(a, loop, w, r, target{}).serveRequest()
}

// HTTPRequest is the request as net/http has it, of a handler behind Middleware or of an
// application below a server or mux of net/http: for what only that knows, such as
// mux.Vars. It is nil if the request came another way, and when the answer is finished. Its
// body is read already, or being read.
func (h *RequestHandler) HTTPRequest() *http.Request {
	if x := h.exchange; x != nil {
		if b, ok := x.conn.(*netHTTPConn); ok {
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
	_ httputil.HTTPConnection                     = (*netHTTPConn)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop]          = (*netHTTPConn)(nil)
	_ httputil.Detacher[*iostream.IOStream]       = (*netHTTPConn)(nil)
	_ httputil.BodySizeLimiter                    = (*netHTTPConn)(nil)
	_ httputil.BodyTimer                          = (*netHTTPConn)(nil)
	_ httputil.RegistryMember[*upgrades.Registry] = (*netHTTPConn)(nil)
)

// A bridge is the connection of a request that net/http serves. The answer is written
// by the goroutine that net/http gave; the loop queues what that is to do.
type netHTTPConn struct {
	app           *Application
	loop          *ioloop.IOLoop
	writer        http.ResponseWriter
	controller    *http.ResponseController
	request       *http.Request
	info          httputil.ConnectionInfo
	target        target // what serves it, if that is known before
	viaMiddleware bool   // it came by way of a route's middleware
	maxBody       atomic.Int64

	// The loop's own.
	message     httputil.HTTPMessageDelegate // nil when it is to be told nothing more
	headersSent bool
	bodyless    bool
	bodyDone    atomic.Bool        // the request's body was read to its end
	remaining   int64              // bytes that Content-Length still promises, -1 if there is none
	hijacked    *iostream.IOStream // the connection, taken over from net/http
	upgrading   *upgrades.Registry // during a switch of protocols

	mu    sync.Mutex
	queue []func() error
	over  bool // todo gets no longer
	abort bool // the answer cannot be completed

	wake    chan struct{} // todo or over changed
	ended   chan struct{} // closed when nothing is written any more
	reading chan struct{} // closed when the body is read no more; nil if none is
}

func newNetHTTPConn(a *Application, loop *ioloop.IOLoop, w http.ResponseWriter, r *http.Request, t target) *netHTTPConn {
	b := &netHTTPConn{
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
	b.maxBody.Store(netHTTPMaxBody)
	return b
}

// serve runs in the goroutine of net/http until the answer is written.
func (b *netHTTPConn) serveRequest() {
	hasBody := b.request.Body != nil && b.request.Body != http.NoBody && b.request.ContentLength != 0
	if hasBody {
		b.reading = make(chan struct{})
		b.controller.EnableFullDuplex() // not all can: then the body must be read first
	}
	defer b.endReading()
	b.loop.AddCallback(func() { b.startRequest(hasBody) })
	defer context.AfterFunc(b.request.Context(), func() { b.loop.AddCallback(b.contextDone) })()
	if complete := b.runQueue(); !complete {
		panic(http.ErrAbortHandler)
	}
}

// write does what the loop wants until that is over. It is false if the answer cannot be
// completed.
func (b *netHTTPConn) runQueue() (complete bool) {
	defer close(b.ended)
	var failed error
	for {
		b.mu.Lock()
		todo, over, abort := b.queue, b.over, b.abort
		b.queue = nil
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
func (b *netHTTPConn) enqueue(what func() error) {
	b.mu.Lock()
	b.queue = append(b.queue, what)
	b.mu.Unlock()
	b.wakeWriter()
}

func (b *netHTTPConn) wakeWriter() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// end lets the writing goroutine go when it has done what it was told.
func (b *netHTTPConn) endWriting(abort bool) {
	b.mu.Lock()
	b.over, b.abort = true, b.abort || abort
	b.mu.Unlock()
	b.message = nil
	if b.upgrading != nil {
		b.upgrading.EndUpgrade()
		b.upgrading = nil
	}
	b.wakeWriter()
}

// endReading waits until nobody reads the body. To interrupt a read of HTTP/1 spoils its
// connection, which WriteHeaders has announced to be closed.
func (b *netHTTPConn) endReading() {
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
