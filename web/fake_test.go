package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// A fakeConn is a connection that records the response.
type fakeConn struct {
	loop     *ioloop.IOLoop
	status   string
	headers  httputil.HTTPHeaders
	chunks   []string // of the body, as they were sent
	heads    int
	finishes int
	failWith error // of every write
	info     httputil.ConnectionInfo

	flushError, finishError error
}

func (c *fakeConn) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	c.heads++
	c.status = fmt.Sprint(start.Code, " ", start.Reason)
	c.headers = headers.Copy()
	return c.Write(chunk)
}

func (c *fakeConn) Write(chunk []byte) error {
	if c.failWith == nil && len(chunk) > 0 {
		c.chunks = append(c.chunks, string(chunk))
	}
	return c.failWith
}

func (c *fakeConn) Finish() error {
	c.finishes++
	return c.finishError
}

func (c *fakeConn) Flushed(fn func(error)) {
	c.loop.CallSoon(func() { fn(c.flushError) })
}

func (c *fakeConn) Info() httputil.ConnectionInfo { return c.info }
func (c *fakeConn) Loop() *ioloop.IOLoop          { return c.loop }

func (c *fakeConn) body() string { return strings.Join(c.chunks, "") }

// header returns the lines of a header, joined by |.
func (c *fakeConn) header(name string) string { return strings.Join(c.headers.GetList(name), "|") }

// String returns the response on one line: status, the headers that a handler set, body.
func (c *fakeConn) String() string {
	parts := []string{c.status}
	for name, value := range c.headers.All() {
		switch {
		case name == "Server", name == "Date", name == "Etag", name == "Content-Length":
		case name == "Content-Type" && strings.HasPrefix(value, "text/html"):
		default:
			parts = append(parts, name+": "+value)
		}
	}
	if c.finishes != 1 {
		parts = append(parts, fmt.Sprintf("finished %d times", c.finishes))
	}
	return strings.Join(append(parts, c.body()), " / ")
}

// request gives a request to app. text has a line such as "GET /", then header lines, and
// optionally an empty line and a body. Without a Host line, the host is example.com.
func request(t testing.TB, app *Application, conn *fakeConn, text string) httputil.HTTPMessageDelegate {
	head, body, _ := strings.Cut(text, "\n\n")
	line, rest, _ := strings.Cut(head, "\n")
	if !strings.Contains(rest, "Host:") {
		rest = "Host: example.com\n" + rest
	}
	headers, err := httputil.ParseHeaders(rest)
	require.NoError(t, err)
	method, target, _ := strings.Cut(line, " ")
	delegate := app.StartRequest(conn)
	_, err = delegate.HeadersReceived(httputil.RequestStartLine{Method: method, Path: target, Version: "HTTP/1.1"}, headers)
	require.NoError(t, err)
	if body != "" {
		require.NoError(t, delegate.DataReceived([]byte(body)))
	}
	return delegate
}

// fetch returns the response of app to a request.
func fetch(t testing.TB, app *Application, text string) *fakeConn {
	conn := &fakeConn{info: httputil.ConnectionInfo{RemoteIP: "127.0.0.1", Protocol: "http"}}
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn.loop = loop
		request(t, app, conn, text).Finish()
	})
	return conn
}

// serving returns an application with one handler for every path.
func serving[T any, P interface {
	*T
	Handler
}](prototype T) *Application {
	return NewApplication([]URLSpec{URL[T, P]("(?:.*)", prototype)}, Settings{})
}

// A probe is a handler whose methods are functions. If a function is nil, the method of
// RequestHandler is used.
type probe struct {
	RequestHandler
	do                                 func(h *probe) error // Get and Post
	prepare                            func(h *probe) error
	defaults, onFinish, onConnectClose func(h *probe)
	writeError                         func(h *probe, status int, cause error)
	logException                       func(err error)
}

func (h *probe) Get(args ...string) error {
	if h.do == nil {
		return h.RequestHandler.Get(args...)
	}
	return h.do(h)
}

func (h *probe) Head(args ...string) error { return h.Get(args...) }
func (h *probe) Post(args ...string) error { return h.Get(args...) }

func (h *probe) Prepare() error {
	if h.prepare == nil {
		return h.RequestHandler.Prepare()
	}
	return h.prepare(h)
}

func (h *probe) SetDefaultHeaders() {
	if h.defaults != nil {
		h.defaults(h)
	}
}

func (h *probe) OnFinish() {
	if h.onFinish != nil {
		h.onFinish(h)
	}
}

func (h *probe) OnConnectionClose() {
	if h.onConnectClose != nil {
		h.onConnectClose(h)
	}
}

func (h *probe) WriteError(status int, cause error) {
	if h.writeError == nil {
		h.RequestHandler.WriteError(status, cause)
		return
	}
	h.writeError(h, status, cause)
}

func (h *probe) LogException(err error) {
	if h.logException == nil {
		h.RequestHandler.LogException(err)
		return
	}
	h.logException(err)
}

// getting returns an application whose GET calls fn.
func getting(fn func(h *probe) error) *Application { return serving(probe{do: fn}) }

// A logBook records the log while a test runs.
type logBook struct {
	mu      sync.Mutex // needed by tests whose server runs on another goroutine
	min     slog.Level
	records []string // "level logger: message key=value"
}

func keepLog(t testing.TB) *logBook {
	book := &logBook{}
	before := slog.Default()
	slog.SetDefault(slog.New(book))
	t.Cleanup(func() { slog.SetDefault(before) })
	return book
}

func (b *logBook) Enabled(_ context.Context, level slog.Level) bool { return level >= b.min }
func (b *logBook) WithAttrs(attrs []slog.Attr) slog.Handler         { return logBookWith{b, attrs} }
func (b *logBook) WithGroup(string) slog.Handler                    { panic("not used") }

// logBookWith is a logBook for records with additional attributes.
type logBookWith struct {
	*logBook
	attrs []slog.Attr
}

func (b logBookWith) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(b.attrs...)
	return b.logBook.Handle(ctx, r)
}

func (b *logBook) Handle(_ context.Context, r slog.Record) error {
	var logger string
	var attrs bytes.Buffer
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "logger":
			logger = a.Value.String()
		case "error", "stack":
			fmt.Fprintf(&attrs, " %s=%v", a.Key, a.Value)
		}
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, fmt.Sprintf("%v %s: %s%s", r.Level, strings.TrimPrefix(logger, "tornado."), r.Message, attrs.String()))
	return nil
}

// eventually waits until there are n records.
func (b *logBook) eventually(t testing.TB, n int) {
	t.Helper()
	var records []string
	if !assert.Eventually(t, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		records = slices.Clone(b.records)
		return len(records) == n
	}, looptest.Patience, time.Millisecond) {
		t.Fatalf("%d records are to be logged, not %q", n, records)
	}
}

// without returns the records except those of one logger.
func (b *logBook) without(logger string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []string
	for _, r := range b.records {
		if !strings.Contains(r, " "+logger+": ") {
			rest = append(rest, r)
		}
	}
	return strings.Join(rest, "\n")
}
