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
	netHTTPMaxBody = 100 << 20 // limit of a body in bytes, unless SetMaxBodySize is called
	netHTTPChunk   = 64 << 10  // bytes per read of a body
)

// ServeHTTP makes the application an [http.Handler]: for httptest, below another mux, or on
// the standard library's HTTP/2 server. Handlers run on Settings.Loop, or on a loop that
// the application starts at its first request. Bodies stream both ways. A body over 100 MiB
// gets a 400, unless SetMaxBodySize sets another limit. OnConnectionClose runs if the
// client leaves.
//
// A WebSocket takes over the connection and runs on the loop without a goroutine; over TLS
// it keeps two. It needs HTTP/1.1 and a ResponseWriter that implements [http.Hijacker]. The
// server of net/http and its Shutdown then no longer know the connection.
func (a *Application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	loop, err := a.ownLoop()
	if err != nil {
		log.Error(log.App(), "web: ServeHTTP has no loop to run handlers on", err)
		http.Error(w, "503: Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	newNetHTTPConn(a, loop, w, r, target{}).serveRequest()
}

// HTTPRequest returns the net/http request when the handler runs after Middleware or on a
// net/http server, for example to call mux.Vars. Otherwise, and after the response is
// finished, it returns nil. Do not read its body: the application does so.
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

// Close stops the loop that ServeHTTP started, if any, and ends the requests on it.
// Afterwards ServeHTTP responds with 503 or aborts. Close does not stop servers: see
// [httpserver.HTTPServer.Shutdown].
func (a *Application) Close() error {
	a.shared.once.Do(func() { a.shared.err = ioloop.ErrClosed })
	if a.shared.loop == nil {
		return nil
	}
	return a.shared.loop.Close()
}

// These lines list the optional abilities of a netHTTPConn. It does not send files.
var (
	_ httputil.HTTPConnection                     = (*netHTTPConn)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop]          = (*netHTTPConn)(nil)
	_ httputil.Detacher[*iostream.IOStream]       = (*netHTTPConn)(nil)
	_ httputil.BodySizeLimiter                    = (*netHTTPConn)(nil)
	_ httputil.BodyTimer                          = (*netHTTPConn)(nil)
	_ httputil.RegistryMember[*upgrades.Registry] = (*netHTTPConn)(nil)
	_ httputil.TLSReporter                        = (*netHTTPConn)(nil)
)

// A netHTTPConn is the connection of a request that net/http serves. The goroutine of
// net/http writes the response; the loop queues functions for it.
type netHTTPConn struct {
	app           *Application
	loop          *ioloop.IOLoop
	writer        http.ResponseWriter
	controller    *http.ResponseController
	request       *http.Request
	info          httputil.ConnectionInfo
	target        target // the handler class, if it is known already
	viaMiddleware bool   // the request came through a route's middleware
	maxBody       atomic.Int64

	// The fields below belong to the loop.
	message     httputil.HTTPMessageDelegate // nil after the request has ended
	headersSent bool
	bodyless    bool
	bodyDone    atomic.Bool        // the body of the request was read to its end
	remaining   int64              // bytes left of Content-Length; -1 without Content-Length
	hijacked    *iostream.IOStream // the connection, taken over from net/http
	upgrading   *upgrades.Registry // during a switch of protocols

	mu    sync.Mutex
	queue []func() error
	over  bool // no function is added to queue
	abort bool // the response cannot be completed

	wake    chan struct{} // queue or over has changed
	ended   chan struct{} // closed when runQueue has returned
	reading chan struct{} // closed after the last read of the body; nil without a body
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

// serveRequest runs on the goroutine of net/http until the response is written.
func (b *netHTTPConn) serveRequest() {
	hasBody := b.request.Body != nil && b.request.Body != http.NoBody && b.request.ContentLength != 0
	if hasBody {
		b.reading = make(chan struct{})
		b.controller.EnableFullDuplex() // where this is not supported, the body must be read before the response is sent
	}
	defer b.endReading()
	b.loop.AddCallback(func() { b.startRequest(hasBody) })
	defer context.AfterFunc(b.request.Context(), func() { b.loop.AddCallback(b.contextDone) })()
	if complete := b.runQueue(); !complete {
		panic(http.ErrAbortHandler)
	}
}

// runQueue calls the functions that the loop queues until endWriting is called. complete is
// false if the response cannot be completed.
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

// enqueue queues a function for the writing goroutine.
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

// endWriting lets the writing goroutine return after the queued functions.
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

// endReading interrupts a read of the body and waits for its end. After an interrupted read, an
// HTTP/1 connection cannot be used again, so WriteHeaders has sent "Connection: close".
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
