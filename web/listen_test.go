package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// listen serves app on its own loop until the test ends, and returns its address.
func listen(t *testing.T, app *Application) string {
	return listenWith(t, app, httpserver.Options{})
}

// dial connects until the test ends. Reads from a silent server fail after a while.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(looptest.Patience))
	return conn
}

// listenWith is listen with options of the server, and with its loop if they name one.
func listenWith(t *testing.T, app *Application, o httpserver.Options) string {
	if o.Loop == nil {
		o.Loop = looptest.New(t)
	}
	loop := o.Loop
	server := httpserver.New(app, o)
	addr, err := server.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		loop.Start()
		close(ended)
	}()
	t.Cleanup(func() {
		loop.AddCallback(func() {
			server.Stop()
			loop.Stop()
		})
		<-ended
	})
	return addr.String()
}

func panicFar() (int, error) { panic("oops") }

// socketApp returns an application with a handler for each kind of response.
func socketApp() *Application {
	do := func(pattern string, fn func(h *probe) error) URLSpec { return URL(pattern, probe{do: fn}) }
	return NewApplication([]URLSpec{
		do("/hello", func(h *probe) error { return h.WriteString("Hello, world") }),
		do("/large", func(h *probe) error { return h.WriteString(strings.Repeat("large", 100_000)) }),
		do("/echo", func(h *probe) error { return h.Finish(h.GetArgument("a")) }),
		do("/stream", func(h *probe) error {
			for range 3 {
				h.WriteString("part ")
				h.Flush().Await()
			}
			return nil
		}),
		do("/slow", func(h *probe) error {
			v, err := ioloop.RunInExecutor(h.Loop(), func() (string, error) { return "from afar", nil }).Await()
			if err != nil {
				return err
			}
			return h.WriteString(v)
		}),
		do("/empty", func(h *probe) error { h.SetStatus(204); return nil }),
		do("/json", func(h *probe) error { return h.WriteJSON(map[string]int{"a": 1}) }),
		do("/cookie", func(h *probe) error { h.SetCookie("a", "b/c"); return nil }),
		do("/redirect", func(h *probe) error { return h.Redirect("/hello") }),
		do("/panic", func(h *probe) error { panic("oops") }),
		do("/too-much", func(h *probe) error { h.SetHeader("Content-Length", 1); return h.WriteString("abc") }),
		do("/too-little", func(h *probe) error { h.SetHeader("Content-Length", 9); return h.WriteString("abc") }),
	}, Settings{})
}

// TestOverASocket sends requests with the standard library's client.
func TestOverASocket(t *testing.T) {
	keepLog(t)
	base := "http://" + listen(t, socketApp())
	client := &http.Client{Timeout: looptest.Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct{ method, path, form, want string }{
		{"GET", "/hello", "", `200 OK, 12 bytes declared, Hello, world`},
		{"HEAD", "/hello", "", `200 OK, 12 bytes declared, `},
		{"GET", "/large", "", `200 OK, 500000 bytes declared, ` + strings.Repeat("large", 100_000)},
		{"GET", "/echo?a=%C3%A9", "", `200 OK, 2 bytes declared, é`},
		{"POST", "/echo?a=query", "a=body", `200 OK, 4 bytes declared, body`},
		{"GET", "/echo", "", `400 Bad Request, 73 bytes declared, <html><title>400: Bad Request</title><body>400: Bad Request</body></html>`},
		{"GET", "/stream", "", `200 OK, -1 bytes declared, part part part `},
		{"HEAD", "/stream", "", `200 OK, -1 bytes declared, `},
		{"GET", "/slow", "", `200 OK, 9 bytes declared, from afar`},
		{"GET", "/empty", "", `204 No Content, 0 bytes declared, `},
		{"GET", "/json", "", `200 OK, 8 bytes declared, {"a": 1}`},
		{"GET", "/cookie", "", `200 OK, 0 bytes declared, `},
		{"GET", "/redirect", "", `302 Found, 0 bytes declared, `},
		{"GET", "/panic", "", `500 Internal Server Error, 93 bytes declared, <html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>`},
		{"GET", "/none", "", `404 Not Found, 69 bytes declared, <html><title>404: Not Found</title><body>404: Not Found</body></html>`},
		{"GET", "/too-much", "", `error`},
		{"GET", "/too-little", "", `error`},
		{"GET", "/hello", "", `200 OK, 12 bytes declared, Hello, world`},
	} {
		req, err := http.NewRequest(tt.method, base+tt.path, strings.NewReader(tt.form))
		require.NoError(t, err)
		if tt.form != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if got := ask(client, req); got != tt.want {
			t.Errorf("%s %s:\ngot  %.200s\nwant %.200s", tt.method, tt.path, got, tt.want)
		}
	}
}

func ask(client *http.Client, req *http.Request) string {
	res, err := client.Do(req)
	if err != nil {
		return "error"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "error"
	}
	return fmt.Sprintf("%s, %d bytes declared, %s", res.Status, res.ContentLength, body)
}

func TestBytesOnTheWire(t *testing.T) { // http-51, web-21, web-33, util-8
	keepLog(t)
	addr := listen(t, socketApp())
	for _, tt := range []struct{ request, want string }{
		{"GET /hello", "HTTP/1.1 200 OK\nServer: TornadoServer/V\nContent-Type: text/html; charset=UTF-8\nDate: D\n" +
			"Etag: \"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8\"\nContent-Length: 12\nConnection: close\n\nHello, world"},
		{"GET /cookie", "HTTP/1.1 200 OK\nServer: TornadoServer/V\nContent-Type: text/html; charset=UTF-8\nDate: D\n" +
			"Etag: \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"\nContent-Length: 0\nSet-Cookie: a=\"b/c\"; Path=/\nConnection: close\n\n"},
		{"GET /empty", "HTTP/1.1 204 No Content\nServer: TornadoServer/V\nDate: D\nConnection: close\n\n"},
		{"GET /stream", "HTTP/1.1 200 OK\nServer: TornadoServer/V\nContent-Type: text/html; charset=UTF-8\nDate: D\nConnection: close\n" +
			"Transfer-Encoding: chunked\n\n5\npart \n5\npart \n5\npart \n0\n\n"},
	} {
		conn := dial(t, addr)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", tt.request)
		raw, err := io.ReadAll(conn)
		require.NoError(t, err)
		got := strings.ReplaceAll(string(raw), "\r\n", "\n")
		got = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`).ReplaceAllString(got, "Date: D")
		if got = strings.Replace(got, Version, "V", 1); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.request, got, tt.want)
		}
		conn.Close()
	}
}

func TestPipelinedRequestsHaveSeparateResponses(t *testing.T) { // web-17, http-64
	keepLog(t)
	addr := listen(t, socketApp())
	conn := dial(t, addr)
	const n = 50
	var requests strings.Builder
	for i := range n {
		fmt.Fprintf(&requests, "GET /echo?a=%d HTTP/1.1\r\nHost: x\r\n\r\n", i)
		requests.WriteString("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	io.WriteString(conn, requests.String())
	r := bufio.NewReader(conn)
	for i := range n {
		for _, want := range []string{fmt.Sprint(i), "from afar"} {
			res, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, want, string(body))
		}
	}
}

func TestListen(t *testing.T) { // web-121
	loop := looptest.New(t)
	options := ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{Loop: loop}}
	server, err := socketApp().Listen(0, options)
	require.NoError(t, err)
	require.NotNil(t, server)
	server.Stop()
	options.Address = "not an address"
	_, err = socketApp().Listen(0, options)
	require.Error(t, err)
}

func TestAClientThatLeaves(t *testing.T) { // web-12, web-168, http-66
	book := keepLog(t)
	notes := make(chan string, 4)
	var gate *ioloop.Future[int]
	addr := listen(t, serving(probe{
		do: func(h *probe) error {
			gate = ioloop.NewFuture[int](h.Loop())
			notes <- "waits"
			gate.Await()
			return h.WriteString("the client does not read this")
		},
		onConnectClose: func(h *probe) {
			notes <- "closed"
			gate.SetResult(0)
		},
		onFinish: func(h *probe) { notes <- "finished" },
	}))
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	for _, want := range []string{"waits", "closed", "finished"} {
		select {
		case got := <-notes:
			require.Equal(t, want, got)
		case <-time.After(looptest.Patience):
			t.Fatalf("no %s", want)
		}
		if want == "waits" {
			conn.Close()
		}
	}
	require.Empty(t, book.without("access"))
}

func TestDetach(t *testing.T) { // web-171
	book := keepLog(t)
	addr := listen(t, serving(probe{
		do: func(h *probe) error {
			h.SetStatus(101)
			h.ClearHeader("Content-Type")
			h.Flush()
			stream := h.Detach()
			h.Loop().SpawnFunc(func() {
				line, _ := stream.ReadUntil([]byte("\n"), 100).Await()
				stream.Write(append([]byte("you said "), line...)).Await()
				stream.Close()
			})
			if !h.Finished() || h.Detach() != nil {
				t.Error("not detached")
			}
			return nil
		},
		onFinish: func(h *probe) { t.Error("OnFinish ran") },
	}))
	conn := dial(t, addr)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nafter the request\n")
	raw, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Regexp(t, `^HTTP/1.1 101 Switching Protocols\r\n(.*\r\n)*\r\nyou said after the request\n$`, string(raw))
	require.Empty(t, book.records)
}

// If a handler returns the panic of a function in an executor, the log and ServeTraceback show
// its stack, as for a panic in the handler itself.
func TestAPanicInAnExecutorHasItsStack(t *testing.T) {
	for _, path := range []string{"/panic-far", "/panic-again"} {
		book := keepLog(t)
		app := NewApplication([]URLSpec{
			URL("/panic-far", probe{do: func(h *probe) error {
				_, err := ioloop.RunInExecutor(h.Loop(), panicFar).Await()
				return fmt.Errorf("load: %w", err)
			}}),
			URL("/panic-again", probe{do: func(h *probe) error {
				_, err := ioloop.RunInExecutor(h.Loop(), panicFar).Await()
				panic(err)
			}}),
		}, Settings{ServeTraceback: true})
		response, err := http.Get("http://" + listen(t, app) + path)
		require.NoError(t, err)
		defer response.Body.Close()
		page, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Contains(t, string(page), "web.panicFar", path)
		require.Contains(t, book.without("access"), "web.panicFar", path)
	}
}
