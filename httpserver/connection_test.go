package httpserver

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
	"github.com/stretchr/testify/require"
)

// An app serves every request with the same function, in a coroutine.
type app struct {
	mode    httputil.BodyMode
	events  []string
	respond func(r *request)
}

// A request is one message as the app's function sees it.
type request struct {
	app     *app
	conn    httputil.HTTPConnection
	start   httputil.RequestStartLine
	headers httputil.HTTPHeaders
	body    []byte
}

func (a *app) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &request{app: a, conn: conn}
}

func (r *request) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	r.start, r.headers = start, headers
	return r.app.mode, nil
}

func (r *request) DataReceived(chunk []byte) error {
	if r.app.mode == httputil.BodyStream {
		ioloop.Sleep(r.loop(), 0).Await()
	}
	r.body = append(r.body, chunk...)
	return nil
}

func (r *request) Finish()            { r.app.respond(r) }
func (r *request) OnConnectionClose() { r.app.events = append(r.app.events, "lost "+r.start.Path) }

func (r *request) loop() *ioloop.IOLoop { return r.conn.(*connection).Loop() }

// reply sends a response with body and its length.
func (r *request) reply(code int, body string) error { return r.replyWith(code, body, "", "") }

// replyWith is reply with one more header, unless its name is empty.
func (r *request) replyWith(code int, body, name, value string) error {
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", strconv.Itoa(len(body)))
	if name != "" {
		headers.Set(name, value)
	}
	start := httputil.ResponseStartLine{Code: code, Reason: httputil.StatusText(code)}
	if err := r.conn.WriteHeaders(start, &headers, []byte(body)); err != nil {
		return err
	}
	return r.conn.Finish()
}

func echo(r *request) { r.reply(200, fmt.Sprintf("%s %s %q", r.start.Method, r.start.Path, r.body)) }

// serve runs an HTTPServer of a on a loop of its own until the test ends.
func serve(t *testing.T, a httputil.HTTPServerConnectionDelegate, o Options) (address string) {
	t.Helper()
	_, address = serveOn(t, ioloop.Options{}, a, o)
	return address
}

// serveOn is serve on a loop with more options; the server is returned too.
func serveOn(t *testing.T, loop ioloop.Options, a httputil.HTTPServerConnectionDelegate, o Options) (s *HTTPServer, address string) {
	t.Helper()
	l := looptest.NewWith(t, loop)
	o.Loop = l
	s = New(a, o)
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, l)
	return s, bound.String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(looptest.Patience))
	return c
}

// talk sends parts with pauses in between. It returns everything that the server sends until it
// closes, or until want bytes have arrived.
func talk(t *testing.T, address string, want int, parts ...string) string {
	t.Helper()
	c := dial(t, address)
	for i, part := range parts {
		if i > 0 {
			time.Sleep(200 * time.Microsecond)
		}
		if _, err := io.WriteString(c, part); err != nil {
			break
		}
	}
	if want == 0 {
		got, _ := io.ReadAll(c)
		return string(got)
	}
	got := make([]byte, want)
	n, _ := io.ReadFull(c, got)
	return string(got[:n])
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: "

// Each row is one conversation: the bytes that the client sends, and every byte that the server
// sends until it closes.
func TestConversationsThatClose(t *testing.T) {
	const bad = "HTTP/1.1 400 Bad Request\r\n\r\n"
	for name, tt := range map[string]struct{ send, want string }{
		"http-4 malformed":           {"GET\r\n\r\n", bad},
		"http-4 second malformed":    {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", ok + "9\r\n\r\nGET /a \"\"" + bad},
		"http-3 head too large":      {"GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 2000) + "\r\n\r\n", ""},
		"http-30 body too large":     {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", bad},
		"http-39 chunks too large":   {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", bad},
		"http-32 both framings":      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", bad},
		"http-60 close":              {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", ok + "9\r\nConnection: close\r\n\r\nGET /a \"\""},
		"http-61 HTTP/1.0":           {"GET /a HTTP/1.0\r\n\r\n", ok + "9\r\n\r\nGET /a \"\""},
		"http-1 bare LF":             {"GET /a HTTP/1.0\nX: y\n\n", ok + "9\r\n\r\nGET /a \"\""},
		"http-2 stray CRLF":          {"\r\nGET /a HTTP/1.0\r\n\r\n", ok + "9\r\n\r\nGET /a \"\""},
		"http-45 expect":             {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 100 (Continue)\r\n\r\n" + ok + "11\r\nConnection: close\r\n\r\nPOST / \"hi\""},
		"http-40 no length, no body": {"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", ok + "10\r\nConnection: close\r\n\r\nPOST /a \"\""},
		"http-41 body on GET":        {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", ok + "11\r\nConnection: close\r\n\r\nGET /a \"hi\""},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, &app{respond: echo}, Options{MaxHeaderSize: 1000, MaxBodySize: 1000})
			if got := talk(t, address, 0, tt.send); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

const pipelined = "GET /one HTTP/1.1\r\nHost: x\r\n\r\n" +
	"POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" +
	"POST /three HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n" +
	"GET /four HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

const pipelinedAnswers = ok + "11\r\n\r\nGET /one \"\"" + ok + "17\r\n\r\nPOST /two \"hello\"" +
	ok + "19\r\n\r\nPOST /three \"abcde\"" + ok + "12\r\nConnection: close\r\n\r\nGET /four \"\""

// http-64: the responses are the same and in order, wherever the input is split, and
// whether or not a handler waits.
// The test takes seconds, because it tries every place.
func TestPipelinedRequestsCutAnywhere(t *testing.T) {
	waiting := func(r *request) {
		ioloop.Sleep(r.loop(), 50*time.Microsecond).Await()
		echo(r)
	}
	for name, a := range map[string]*app{
		"at once":           {respond: echo},
		"waiting":           {respond: waiting},
		"streamed":          {respond: echo, mode: httputil.BodyStream},
		"streamed, waiting": {respond: waiting, mode: httputil.BodyStream},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, a, Options{})
			step := 1
			if testing.Short() {
				step = 7
			}
			for i := 0; i < len(pipelined); i += step {
				if got := talk(t, address, 0, pipelined[:i], pipelined[i:]); got != pipelinedAnswers {
					t.Fatalf("cut at %d:\ngot  %q\nwant %q", i, got, pipelinedAnswers)
				}
			}
			if got := talk(t, address, 0, strings.Split(pipelined, "")...); got != pipelinedAnswers {
				t.Errorf("byte by byte: got %q", got)
			}
		})
	}
}

// The standard library's client tests the server, with keep-alive.
func TestNetHTTPClient(t *testing.T) {
	large := strings.Repeat("0123456789", 300_000)
	a := &app{respond: func(r *request) {
		switch r.start.Path {
		case "/chunked":
			r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &httputil.HTTPHeaders{}, []byte("one "))
			r.conn.Write(nil)
			r.conn.Write([]byte("two "))
			r.conn.Write([]byte(large))
			r.conn.Finish()
		case "/sum":
			r.reply(200, fmt.Sprint(len(r.body)))
		default:
			echo(r)
		}
	}}
	base := "http://" + serve(t, a, Options{})
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/", "", `GET / ""`},
		{"POST", "/p", "hello", `POST /p "hello"`},
		{"GET", "/chunked", "", "one two " + large},
		{"POST", "/sum", large, "3000000"},
		{"HEAD", "/", "", ""},
		{"GET", "/chunked", "", "one two " + large},
	} {
		for _, chunkedRequest := range []bool{false, true} {
			var body io.Reader = strings.NewReader(tt.body)
			if chunkedRequest {
				body = io.MultiReader(body) // hides the length
			}
			req, err := http.NewRequest(tt.method, base+tt.path, body)
			require.NoError(t, err)
			res, err := client.Do(req)
			require.NoError(t, err)
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			require.NoError(t, err)
			require.Equal(t, 200, res.StatusCode)
			require.True(t, tt.want == string(got), "%s %s: %.100q", tt.method, tt.path, got)
		}
	}
}

// The standard library's client tests the server over HTTPS, with keep-alive.
func TestTLS(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	a := &app{respond: func(r *request) { r.reply(200, r.conn.Info().Protocol+" "+strings.Repeat("x", len(r.body))) }}
	address := serve(t, a, Options{Stream: iostream.Options{TLS: &tls.Config{Certificates: certified.TLS.Certificates}}})
	for _, size := range []int{0, 1, 100_000} {
		res, err := certified.Client().Post("https://"+address, "", strings.NewReader(strings.Repeat("y", size)))
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		require.NoError(t, err)
		require.Equal(t, "https "+strings.Repeat("x", size), string(got))
	}
}

// http-56, http-57, http-59.
func TestInconsistentResponsesAreErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		length, first, second, want string
		sent                        string // after the head
	}{
		"http-56 too much at once": {"3", "12345", "", "more data than Content-Length", ""},
		"http-56 too much later":   {"3", "12", "345", "more data than Content-Length", "12"},
		"http-57 too little":       {"3", "12", "", "1 bytes less than Content-Length", "12"},
		"http-59 line break":       {"0", "", "", "line break in the status line or in a header", ""},
		"no number":                {"x", "", "", "is not a number of bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			errs := make(chan error, 1)
			address := serve(t, &app{respond: func(r *request) {
				errs <- func() error {
					var headers httputil.HTTPHeaders
					headers.Set("Content-Length", tt.length)
					if tt.length == "0" {
						headers.Set("X", "y\nSet-Cookie: z")
					}
					if err := r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, []byte(tt.first)); err != nil {
						return err
					}
					if err := r.conn.Write([]byte(tt.second)); err != nil {
						return err
					}
					return r.conn.Finish()
				}()
			}}, Options{})
			got := talk(t, address, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			var output *httputil.HTTPOutputError
			err := <-errs
			require.ErrorAs(t, err, &output)
			require.ErrorContains(t, err, tt.want)
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			require.Equal(t, tt.sent, body)
		})
	}
}

// http-65: a response that ends before the body was read is sent completely. Then the connection
// closes.
func TestResponseBeforeTheBody(t *testing.T) {
	early := &earlyApp{}
	got := talk(t, serve(t, early, Options{}), 0, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	require.Equal(t, ok+"5\r\n\r\nearly", got)
}

type earlyApp struct{ app }

func (a *earlyApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &earlyRequest{request{app: &a.app, conn: conn}}
}

type earlyRequest struct{ request }

func (r *earlyRequest) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyStream, nil
}

func (r *earlyRequest) DataReceived([]byte) error { return r.reply(200, "early") }

// http-66: a waiting request is told that its client has left. Later writes do nothing.
func TestClientLeavesWhileARequestWaits(t *testing.T) {
	served := make(chan struct{}, 1)
	told := make(chan string, 1)
	a := &app{}
	a.respond = func(r *request) {
		if r.start.Path == "/" {
			echo(r)
			return
		}
		served <- struct{}{}
		for len(a.events) == 0 {
			ioloop.Sleep(r.loop(), time.Millisecond).Await()
		}
		require.NoError(t, r.reply(200, "too late"))
		told <- a.events[0]
	}
	address := serve(t, a, Options{})
	c := dial(t, address)
	io.WriteString(c, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-served
	c.Close()
	require.Equal(t, "lost /wait", <-told)
	require.Equal(t, ok+"8\r\n\r\nGET / \"\"", talk(t, address, len(ok)+13, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
}

// http-71: a delegate that panics, or calls runtime.Goexit, loses its own connection. The
// server logs it and continues.
func TestPanicInTheDelegate(t *testing.T) {
	for want, fault := range map[string]func(*request){
		"panic: boom": func(*request) { panic("boom") },
		"panic: late": func(r *request) { ioloop.Sleep(r.loop(), 0).Await(); panic("late") },
		log.Goexit:    func(*request) { runtime.Goexit() },
		"Goexit":      func(r *request) { ioloop.Sleep(r.loop(), 0).Await(); runtime.Goexit() },
	} {
		record := captureLog(t)
		address := serve(t, &app{respond: fault}, Options{})
		require.Empty(t, talk(t, address, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), want)
		require.Empty(t, talk(t, address, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), want)
		require.Contains(t, record(), want)
	}
}

// Bytes that follow an upgrade request in the same packet are still in the stream after
// Detach.
func TestDetachKeepsWhatFollows(t *testing.T) {
	address := serve(t, &app{respond: func(r *request) {
		stream := r.conn.(*connection).Detach()
		stream.Send([]byte("raw: "))
		line, _ := stream.ReadUntil([]byte("\n"), 0).Await()
		stream.Send(line)
		stream.CloseWhenFlushed()
	}}, Options{})
	head := "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	require.Equal(t, "raw: line\n", talk(t, address, 0, head+"line\n"))
	require.Equal(t, "raw: line\n", talk(t, address, 0, head, "li", "ne\n"))
}

// A delegate that keeps its connection cannot take the stream from later requests.
func TestDetachBetweenRequestsReturnsNil(t *testing.T) {
	detached := make(chan bool, 2)
	address := serve(t, &app{respond: func(r *request) {
		r.reply(200, "x")
		detached <- r.conn.(*connection).Detach() != nil
	}}, Options{})
	const one = ok + "1\r\n\r\nx"
	require.Equal(t, one+one, talk(t, address, 2*len(one), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.False(t, <-detached)
	require.False(t, <-detached)
}

func TestConnectionsAreCounted(t *testing.T) {
	s, address := serveOn(t, ioloop.Options{}, &app{respond: echo}, Options{})
	c := dial(t, address)
	require.Eventually(t, func() bool { return s.Connections() == 1 }, looptest.Patience, time.Millisecond)
	c.Close()
	require.Eventually(t, func() bool { return s.Connections() == 0 }, looptest.Patience, time.Millisecond)
}

func BenchmarkKeepAliveGET(b *testing.B) {
	l, _ := ioloop.New(ioloop.Options{})
	s := New(&app{respond: func(r *request) { r.reply(200, "Hello, world") }}, Options{Loop: l})
	bound, err := s.Listen(0, "127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	go l.Start()
	defer l.Close()
	c, err := net.Dial("tcp", bound.String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	b.ReportAllocs()
	for b.Loop() {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
	}
}
