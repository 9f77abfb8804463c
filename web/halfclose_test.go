package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
)

// nap is the time that the handlers of this test wait. The server sees the half-close well before
// its end.
const nap = 30 * time.Millisecond

// A waiter waits before it responds, and counts the calls of OnConnectionClose.
type waiter struct {
	web.RequestHandler
	closed chan string
	do     func(h *waiter) error
}

func (h *waiter) Get(...string) error  { return h.do(h) }
func (h *waiter) Post(...string) error { return h.do(h) }
func (h *waiter) OnConnectionClose()   { h.closed <- h.Request().Path }

func (h *waiter) sleep() { ioloop.Sleep(h.Loop(), nap).Await() }

// A taker streams a body and waits after each part.
type taker struct {
	web.RequestHandler
	size int
}

func (h *taker) StreamRequestBody() bool { return true }

func (h *taker) DataReceived(chunk []byte) error {
	ioloop.Sleep(h.Loop(), nap).Await()
	h.size += len(chunk)
	return nil
}

func (h *taker) Post(...string) error {
	ioloop.Sleep(h.Loop(), nap).Await()
	return h.WriteString(fmt.Sprint(h.size))
}

// halfClosedApp returns an application with a handler for each way to wait.
func halfClosedApp(t *testing.T, closed chan string) *web.Application {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), bytes.Repeat(megabyte, 8), 0o600))
	do := func(pattern string, fn func(h *waiter) error, options ...web.URLOption) web.URLSpec {
		return web.URL(pattern, waiter{closed: closed, do: fn}, options...)
	}
	sleepy := func(h *waiter) error { h.sleep(); return h.WriteString("slept " + string(h.Request().Body)) }
	return web.NewApplication([]web.URLSpec{
		web.URL("/ping", small{}),
		do("/sleep.*", sleepy),
		do("/middleware", sleepy, web.Middleware(func(next http.Handler) http.Handler { return next })),
		do("/executor", func(h *waiter) error {
			text, err := ioloop.RunInExecutor(h.Loop(), func() (string, error) { time.Sleep(nap); return "done", nil }).Await()
			h.WriteString(text)
			return err
		}),
		do("/parts", func(h *waiter) error {
			for range 20 {
				h.Write(megabyte[:200_000])
				if _, err := h.Flush().Await(); err != nil {
					return err
				}
				ioloop.Sleep(h.Loop(), time.Millisecond).Await()
			}
			return nil
		}),
		do("/error", func(h *waiter) error { h.sleep(); return web.NewHTTPError(418) }),
		do("/forever", func(h *waiter) error { ioloop.NewFuture[int](h.Loop()).Await(); return nil }),
		web.URL("/stream", taker{}),
		web.URL("/static/(.*)", web.StaticFileHandler{Path: dir}),
		web.URL("/fallback.*", web.FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(nap)
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err, " ")
			for range 8 {
				w.Write(megabyte[:100_000])
			}
		})}),
	}, web.Settings{})
}

func post(path, body, more string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n%s", path, len(body), more, body)
}

// A client that sends a whole request and then closes its sending side gets the whole
// response and then the end of the connection, in whatever way the handler waits.
func TestHalfClosedClientGetsItsResponse(t *testing.T) {
	silenceLog(t)
	large := string(megabyte[:300_000])
	compressed := &bytes.Buffer{}
	z := gzip.NewWriter(compressed)
	z.Write(megabyte)
	z.Close()
	for _, tt := range []struct {
		name, requests string
		times          int
	}{
		{"a sleep", get("/sleep"), 1},
		{"a sleep, HTTP/1.0", "GET /sleep HTTP/1.0\r\n\r\n", 1},
		{"a sleep, HTTP/1.0 keep-alive", "GET /sleep HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1},
		{"an executor", get("/executor"), 1},
		{"an error", get("/error"), 1},
		{"parts", get("/parts"), 1},
		{"a file", get("/static/file"), 1},
		{"middleware", get("/middleware"), 1},
		{"an http.Handler", get("/fallback"), 1},
		{"an http.Handler with a body", post("/fallback", "body", ""), 1},
		{"an http.Handler with a large body", post("/fallback", large, ""), 1},
		{"a body", post("/sleep", "body", ""), 1},
		{"a large body", post("/sleep", large, ""), 1},
		{"a chunked body", "POST /sleep HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", 1},
		{"a streamed body", post("/stream", "body", ""), 1},
		{"a large streamed body", post("/stream", large, ""), 1},
		{"a compressed body", post("/sleep", compressed.String(), "Content-Encoding: gzip\r\n"), 1},
		{"a compressed streamed body", post("/stream", compressed.String(), "Content-Encoding: gzip\r\n"), 1},
		{"requests sent ahead", get("/sleep/1") + get("/parts") + post("/sleep", "body", "") + get("/ping"), 4},
		{"an idle connection", get("/ping"), 1},
	} {
		for _, secure := range []bool{false, true} {
			if secure && testing.Short() {
				continue
			}
			t.Run(fmt.Sprint(tt.name, secure), func(t *testing.T) {
				t.Parallel() // most of the time, the handlers sleep
				o := httpserver.Options{DecompressRequest: true}
				if secure {
					secured := httptest.NewUnstartedServer(nil)
					secured.StartTLS()
					o.Stream = iostream.Options{TLS: &tls.Config{Certificates: secured.TLS.Certificates}}
					secured.Close()
				}
				address := serveUnread(t, halfClosedApp(t, make(chan string, 100)), o)
				open := dialUnread(t, address, secure)
				input := bufio.NewReader(open)
				go io.WriteString(open, tt.requests)
				want := responses(t, input, tt.times)
				half := dialUnread(t, address, secure)
				input = bufio.NewReader(half)
				go func() {
					io.WriteString(half, tt.requests)
					half.(interface{ CloseWrite() error }).CloseWrite()
				}()
				require.Equal(t, want, responses(t, input, tt.times))
				_, err := input.ReadByte()
				require.Equal(t, io.EOF, err)
			})
		}
	}
}

// responses reads n responses and returns their statuses, lengths and first bytes.
func responses(t *testing.T, input *bufio.Reader, n int) (all []string) {
	t.Helper()
	for range n {
		response, err := http.ReadResponse(input, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		all = append(all, fmt.Sprintf("%s, %d bytes: %.20q", response.Status, len(body), body))
	}
	return all
}

// If the client closes its sending side before the end of the request, there is no
// response.
func TestHalfCloseWithinARequest(t *testing.T) {
	silenceLog(t)
	for name, send := range map[string]string{
		"nothing":            "",
		"a part of a head":   "GET /sleep HT",
		"a part of a body":   "POST /sleep HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
		"no last chunk":      "POST /sleep HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		"a streamed body":    "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
		"an http.Handler's":  "POST /fallback HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
		"a part of a second": get("/ping") + "GET /sleep HT",
	} {
		t.Run(name, func(t *testing.T) {
			conn := dialUnread(t, serveUnread(t, halfClosedApp(t, make(chan string, 9)), httpserver.Options{}), false)
			input := bufio.NewReader(conn)
			io.WriteString(conn, send)
			conn.(*net.TCPConn).CloseWrite()
			if name == "a part of a second" {
				responses(t, input, 1)
			}
			rest, err := io.ReadAll(input)
			require.NoError(t, err)
			require.Empty(t, string(rest))
		})
	}
}

// A waiting handler learns of a half-close at once, and only once. Its connection ends when
// the client has left.
func TestHalfCloseIsReportedOnceAndTheEndIsNoticed(t *testing.T) { // web-12
	silenceLog(t)
	for _, path := range []string{"/forever", "/forever2"} {
		closed := make(chan string, 9)
		loop, err := ioloop.New(ioloop.Options{})
		require.NoError(t, err)
		server := httpserver.New(halfClosedApp(t, closed), httpserver.Options{Loop: loop})
		address, err := server.Listen(0, "127.0.0.1")
		require.NoError(t, err)
		looptest.Start(t, loop)
		conn := dialUnread(t, address.String(), false)
		requests := get("/forever")
		if path != "/forever" {
			requests += "GET /part"
		}
		io.WriteString(conn, requests)
		require.Eventually(t, func() bool { return server.Connections() == 1 }, looptest.Patience, time.Millisecond)
		for range 4 { // some turns of the loop, in which the handler begins
			turned := make(chan struct{})
			loop.AddCallback(func() { close(turned) })
			<-turned
		}
		conn.(*net.TCPConn).CloseWrite()
		if path == "/forever" {
			require.Equal(t, "/forever", story(closed).tells(1))
		}
		require.Equal(t, 1, server.Connections())
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
		require.Eventually(t, func() bool { return server.Connections() == 0 }, looptest.Patience, time.Millisecond)
		if path != "/forever" {
			require.Equal(t, "/forever", story(closed).tells(1))
		}
		time.Sleep(nap)
		require.Empty(t, closed)
	}
}
