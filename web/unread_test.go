package web_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// megabyte is the body of every large response. It is one array, so that only copies of it
// count as memory.
var megabyte = make([]byte, 1<<20)

// A large handler responds with a megabyte, which is copied.
type large struct{ web.RequestHandler }

func (h *large) Get(...string) error { h.Write(megabyte); return nil }

func (h *large) Post(...string) error { return h.Get() }

// A parts handler responds with a megabyte in 64 parts, and does not await the Flush of any
// part.
type parts struct{ web.RequestHandler }

func (h *parts) Get(...string) error {
	for range 64 {
		h.Write(megabyte[:16<<10])
		h.Flush()
	}
	return nil
}

type small struct{ web.RequestHandler }

func (h *small) Get(...string) error { return h.WriteString("pong") }

// An amplifier sends a megabyte for each message.
type amplifier struct{ websocket.WebSocketHandler }

func (h *amplifier) OnMessage(websocket.Message) error {
	return h.WriteMessage(websocket.Binary(make([]byte, 1<<20)))
}

// A plain delegate responds with a megabyte and uses only package httpserver.
type plain struct{}

type plainRequest struct{ conn httputil.HTTPConnection }

func (plain) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &plainRequest{conn}
}

func (r *plainRequest) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyWhole, nil
}

func (r *plainRequest) DataReceived([]byte) error { return nil }

func (r *plainRequest) Finish() {
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", strconv.Itoa(len(megabyte)))
	r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, append([]byte(nil), megabyte...))
	r.conn.Finish()
}

func (r *plainRequest) OnConnectionClose() {}

// unreadApp returns an application with a route for each way in which a client can request
// output.
func unreadApp(t *testing.T) *web.Application {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), megabyte, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "small"), megabyte[:30<<10], 0o600))
	return web.NewApplication([]web.URLSpec{
		web.URL("/ping", small{}),
		web.URL("/large", large{}),
		web.URL("/parts", parts{}),
		web.URL("/fallback", web.FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(megabyte) })}),
		web.URL("/fallback/small", web.FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(megabyte[:4<<10]) })}),
		web.URL("/static/(.*)", web.StaticFileHandler{Path: dir}),
		web.URL("/socket", amplifier{}),
	}, web.Settings{})
}

// serveUnread serves a delegate on its own loop.
func serveUnread(t *testing.T, delegate httputil.HTTPServerConnectionDelegate, o httpserver.Options) string {
	t.Helper()
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	o.Loop = loop
	address, err := httpserver.New(delegate, o).Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, loop)
	return address.String()
}

const (
	handshake = "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	pingFrame    = "\x89\xfd\x00\x00\x00\x00" // and 125 bytes
	messageFrame = "\x82\x81\x00\x00\x00\x00x"
	closingFrame = "\x88\x82\x00\x00\x00\x00\x03\xe8"
)

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

// A client that reads nothing costs the server a limited amount of memory, and delays no
// other client of the loop, in whatever way it requests output. Each row takes 0.3 s or
// more: the client first sends everything that the server accepts.
func TestClientThatReadsNothing(t *testing.T) {
	silenceLog(t)
	for _, tt := range []struct {
		name, first, again string
		times              int
	}{
		{"large responses", "", get("/large"), 300},
		{"responses in parts", "", get("/parts"), 300},
		{"HTTP/1.0 keep-alive", "", "GET /large HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 300},
		{"100 Continue", "", "POST /large HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", 300},
		{"small responses", "", get("/ping"), 100_000},
		{"errors of routing", "", get("/x"), 100_000},
		{"errors of the connection", "", "?\r\n\r\n", 100_000},
		{"FallbackHandler", "", get("/fallback"), 300},
		{"FallbackHandler, small", "", get("/fallback/small"), 20_000},
		{"files", "", get("/static/large"), 300},
		{"small files", "", get("/static/small"), 20_000},
		{"plain delegate", "", get("/delegate"), 300},
		{"TLS", "", get("/large"), 300},
		{"WebSocket pings", handshake, pingFrame + strings.Repeat("p", 125), 100_000},
		{"WebSocket messages", handshake, messageFrame, 300},
		{"WebSocket close frames", handshake, closingFrame, 100_000},
	} {
		if testing.Short() && tt.times > 300 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			const long = 2 * time.Second
			wait := time.Duration(math.MaxInt64)
			for range 3 { // again if the machine was busy
				memory, longest := besideAFlood(t, tt.name, tt.first+strings.Repeat(tt.again, tt.times))
				t.Logf("%d KiB, %v", memory>>10, longest)
				if memory > 4<<20 {
					t.Errorf("%d MiB are held for the client", memory>>20)
				}
				if wait = min(wait, longest); wait <= long {
					break
				}
			}
			if wait > long {
				t.Errorf("another client waited for %v", wait)
			}
		})
	}
}

// besideAFlood returns the memory in bytes that a client costs which sends flood and reads
// nothing, and the longest wait of another client meanwhile.
func besideAFlood(t *testing.T, name, flood string) (memory int64, wait time.Duration) {
	var delegate httputil.HTTPServerConnectionDelegate = unreadApp(t)
	o := httpserver.Options{}
	switch name {
	case "plain delegate":
		delegate = splitDelegate{delegate}
	case "TLS":
		secured := httptest.NewUnstartedServer(nil)
		secured.StartTLS()
		o.Stream = iostream.Options{TLS: &tls.Config{Certificates: secured.TLS.Certificates}}
		secured.Close()
	}
	address := serveUnread(t, delegate, o)
	other := dialUnread(t, address, o.Stream.TLS != nil)
	hostile := dialUnread(t, address, o.Stream.TLS != nil)
	input := bufio.NewReader(other)
	ask(t, other, input)
	before := heap()
	var sent atomic.Int64
	go func() {
		for len(flood) > 0 {
			n, err := io.WriteString(hostile, flood[:min(len(flood), 32<<10)])
			sent.Add(int64(n))
			if err != nil {
				return
			}
			flood = flood[n:]
		}
		sent.Add(1)
	}()
	for last, since := int64(-1), time.Now(); time.Since(since) < 300*time.Millisecond; {
		wait = max(wait, ask(t, other, input))
		if n := sent.Load(); n != last {
			last, since = n, time.Now()
		}
		time.Sleep(100 * time.Microsecond)
	}
	memory = heap() - before
	runtime.KeepAlive(&flood)
	return memory, wait
}

// splitDelegate passes requests for /delegate to a plain delegate.
type splitDelegate struct {
	httputil.HTTPServerConnectionDelegate
}

func (d splitDelegate) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &splitRequest{d, conn, nil}
}

type splitRequest struct {
	delegate splitDelegate
	conn     httputil.HTTPConnection
	httputil.HTTPMessageDelegate
}

func (r *splitRequest) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	if start.Path == "/delegate" {
		r.HTTPMessageDelegate = plain{}.StartRequest(r.conn)
	} else {
		r.HTTPMessageDelegate = r.delegate.HTTPServerConnectionDelegate.StartRequest(r.conn)
	}
	return r.HTTPMessageDelegate.HeadersReceived(start, headers)
}

func dialUnread(t *testing.T, address string, secure bool) (conn net.Conn) {
	t.Helper()
	var err error
	if secure {
		conn, err = tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	} else {
		conn, err = net.Dial("tcp", address)
	}
	require.NoError(t, err)
	conn.SetDeadline(time.Now().Add(looptest.Patience))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends one request and returns the time to its response.
func ask(t *testing.T, conn net.Conn, input *bufio.Reader) time.Duration {
	t.Helper()
	began := time.Now()
	_, err := io.WriteString(conn, get("/ping"))
	require.NoError(t, err)
	response, err := http.ReadResponse(input, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "pong", string(body))
	return time.Since(began)
}

// heap returns the bytes that are in use, without garbage.
func heap() int64 {
	runtime.GC()
	runtime.GC() // empties the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func silenceLog(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}
