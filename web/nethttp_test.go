package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// newRunningLoop returns a loop that runs until the test ends.
func newRunningLoop(t testing.TB) *ioloop.IOLoop {
	loop := looptest.New(t)
	ended := make(chan struct{})
	go func() {
		loop.Start()
		close(ended)
	}()
	t.Cleanup(func() {
		loop.Stop()
		<-ended
	})
	return loop
}

// bridged serves app on a server of net/http until the test ends.
func bridged(t *testing.T, app *Application) *httptest.Server {
	app.settings.Loop = newRunningLoop(t)
	server := httptest.NewUnstartedServer(app)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// An application responds alike on this project's server, on net/http's with HTTP/1.1 and
// HTTP/2, and through a reverse proxy.
func TestAnApplicationIsAnHTTPHandler(t *testing.T) {
	logNothing(t)
	own := "http://" + listen(t, socketApp())
	app := socketApp()
	app.settings.Loop = newRunningLoop(t)
	one := httptest.NewServer(app)
	defer one.Close()
	two := bridged(t, socketApp())
	behind, _ := url.Parse(one.URL)
	proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(behind))
	defer proxy.Close()
	follow := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	plain := &http.Client{Timeout: looptest.Patience, CheckRedirect: follow}
	second := two.Client()
	second.CheckRedirect = follow
	for _, tt := range []struct{ method, path, form string }{
		{"GET", "/hello", ""}, {"HEAD", "/hello", ""}, {"GET", "/large", ""}, {"GET", "/echo?a=%C3%A9", ""},
		{"POST", "/echo?a=query", "a=body"}, {"POST", "/echo", "a=" + strings.Repeat("x", 1<<20)}, {"GET", "/echo", ""},
		{"GET", "/stream", ""}, {"GET", "/slow", ""}, {"GET", "/empty", ""}, {"GET", "/json", ""},
		{"GET", "/cookie", ""}, {"GET", "/redirect", ""}, {"GET", "/panic", ""}, {"GET", "/none", ""},
		{"GET", "/too-much", ""}, {"GET", "/too-little", ""},
	} {
		response := func(client *http.Client, base string) string {
			req, err := http.NewRequest(tt.method, base+tt.path, strings.NewReader(tt.form))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := client.Do(req)
			if err != nil {
				return "error"
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return "error"
			}
			res.Header.Del("Date")
			return fmt.Sprint(res.StatusCode, res.Header, res.ContentLength, string(body))
		}
		want := response(plain, own)
		for name, got := range map[string]string{"HTTP/1.1": response(plain, one.URL), "HTTP/2": response(second, two.URL), "proxy": response(plain, proxy.URL)} {
			if name == "proxy" && want == "error" {
				continue // net/http reports a failed response in another way
			}
			if got != want {
				t.Errorf("%s %s %s:\ngot  %.300s\nwant %.300s", name, tt.method, tt.path, got, want)
			}
		}
	}
}

func TestServeHTTPWithARecorder(t *testing.T) { // wsgi-9
	book := keepLog(t)
	app := getting(func(h *probe) error { return h.Finish(h.Request().FullURL() + " for " + h.Request().RemoteIP) })
	defer app.Close()
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/a?b=c", nil))
	require.Equal(t, "200 https://example.com/a?b=c for 192.0.2.1", fmt.Sprint(w.Code, " ", w.Body))
	w = httptest.NewRecorder()
	http.StripPrefix("/sub", app).ServeHTTP(w, httptest.NewRequest("GET", "/sub/a%2Fb", nil))
	require.Equal(t, "http://example.com/a%2Fb for 192.0.2.1", w.Body.String())
	w = httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "not a host"
	app.ServeHTTP(w, r)
	require.Equal(t, 400, w.Code)
	book.eventually(t, 3)
	require.NoError(t, app.Close())
	w = httptest.NewRecorder()
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)) })
}

func TestServeHTTPStreamsAnUpload(t *testing.T) { // web-150 to web-155
	logNothing(t)
	h := uploader{notes: make(chan string, 100)}
	server := bridged(t, NewApplication([]URLSpec{URL("/", h)}, Settings{}))
	u := uploading{t: t, notes: h.notes}

	r, w := io.Pipe()
	responses := make(chan string, 1)
	post := func(ctx context.Context) {
		req, _ := http.NewRequestWithContext(ctx, "POST", server.URL, r)
		responses <- ask(server.Client(), req)
	}
	go post(t.Context())
	u.expect("prepare")
	io.WriteString(w, "abc")
	u.expect("data abc")
	io.WriteString(w, "de")
	u.expect("data de")
	w.Close()
	u.expect("post", "finish")
	require.Equal(t, "200 OK, 18 bytes declared, 5 bytes, 0 in Body", <-responses)

	r, w = io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	go post(ctx)
	u.expect("prepare")
	io.WriteString(w, "abc")
	u.expect("data abc")
	cancel()
	u.expect("closed")
	require.Equal(t, "error", <-responses)
}

func TestServeHTTPLimitsBodies(t *testing.T) { // web-154
	logNothing(t)
	h := uploader{notes: make(chan string, 100), prepare: func(h *uploader) error { h.SetMaxBodySize(3); return nil }}
	server := bridged(t, NewApplication([]URLSpec{URL("/", h)}, Settings{}))
	for _, length := range []int64{4, -1} {
		req, err := http.NewRequest("POST", server.URL, strings.NewReader("abcd"))
		require.NoError(t, err)
		req.ContentLength = length
		res, err := server.Client().Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, 400, res.StatusCode)
		uploading{t: t, notes: h.notes}.expect("prepare", "closed")
	}
}

func TestServeHTTPRespondsBeforeTheBodyHasArrived(t *testing.T) { // web-153
	logNothing(t)
	h := uploader{notes: make(chan string, 100), prepare: func(h *uploader) error { return h.Finish("no, thanks") }}
	app := NewApplication([]URLSpec{URL("/", h)}, Settings{Loop: newRunningLoop(t)})
	server := httptest.NewServer(app)
	defer server.Close()
	conn := dial(t, server.Listener.Addr().String())
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "no, thanks", string(body))
	uploading{t: t, notes: h.notes}.expect("prepare", "finish", "closed")
}

func TestServeHTTPPausesAFastWriter(t *testing.T) {
	logNothing(t)
	flushed := make(chan int, 10_000)
	app := getting(func(h *probe) error {
		for i := range cap(flushed) {
			h.Write(make([]byte, 100_000))
			if _, err := h.Flush().Await(); err != nil {
				return err
			}
			flushed <- i
		}
		return nil
	})
	app.settings.Loop = newRunningLoop(t)
	server := httptest.NewServer(app)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-flushed
	time.Sleep(100 * time.Millisecond) // by then the buffers of the kernel are full, because they hold less than the gigabyte
	require.Less(t, len(flushed), cap(flushed)/2)
}

// A body that the handler does not read must not make the connection unusable for the next
// request.
func TestServeHTTPAfterAnUnreadBody(t *testing.T) {
	logNothing(t)
	h := uploader{notes: make(chan string, 1000), data: func(h *uploader, _ []byte) error { return h.Finish("early") }}
	app := NewApplication([]URLSpec{URL("/early", h), URL("/", probe{do: func(h *probe) error { return h.Finish("next") }})}, Settings{Loop: newRunningLoop(t)})
	server := httptest.NewServer(app)
	defer server.Close()
	for range 50 {
		req, err := http.NewRequest("PUT", server.URL+"/early", strings.NewReader("a small body"))
		require.NoError(t, err)
		require.Equal(t, "200 OK, 5 bytes declared, early", ask(server.Client(), req))
		req, err = http.NewRequest("GET", server.URL+"/", nil)
		require.NoError(t, err)
		require.Equal(t, "200 OK, 4 bytes declared, next", ask(server.Client(), req))
	}
}

// If a handler stops because the client has left, net/http may have ended the request
// already.
func TestServeHTTPAbortsAfterTheClientHasLeft(t *testing.T) {
	logNothing(t)
	asked, finished := make(chan bool), make(chan bool)
	app := NewApplication([]URLSpec{URL("/", FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})})}, Settings{Loop: newRunningLoop(t), LogFunction: func(*RequestHandler) { close(finished) }})
	r, leave := context.WithCancel(t.Context())
	served := make(chan bool)
	go func() {
		defer close(served)
		app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(r))
	}()
	<-asked
	leave()
	<-finished
	<-served
}

func TestServeHTTPOfABodyAfterClose(t *testing.T) {
	logNothing(t)
	app := getting(func(h *probe) error { return h.Finish("text") })
	server := httptest.NewServer(app)
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	res.Body.Close()
	require.NoError(t, app.Close())
	client := http.Client{Timeout: looptest.Patience}
	_, err = client.Post(server.URL, "text/plain", strings.NewReader("body"))
	require.Error(t, err)
	require.NotErrorIs(t, err, context.DeadlineExceeded, "it was not aborted")
}

// A context may end although the client is still there. The client must see that the
// response is incomplete.
func TestServeHTTPOfAContextThatEndsDuringTheResponse(t *testing.T) {
	logNothing(t)
	for name, tt := range map[string]struct {
		first string // sent before the context ends
		want  string
	}{
		"before the head": {"", "200 in place"},
		"after the head":  {"half", "200 half, unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			left, waits := make(chan *ioloop.Future[int], 1), make(chan struct{})
			app := serving(probe{
				do: func(h *probe) error {
					if tt.first != "" {
						h.WriteString(tt.first)
						h.Flush().Await()
					}
					f := ioloop.NewFuture[int](h.Loop())
					left <- f
					close(waits)
					_, err := f.Await()
					return err
				},
				onConnectClose: func(h *probe) { (<-left).SetResult(0) },
			})
			app.settings.Loop = newRunningLoop(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithCancel(r.Context())
				go func() { <-waits; cancel() }()
				app.ServeHTTP(w, r.WithContext(ctx))
				io.WriteString(w, "in place")
			}))
			defer server.Close()
			res, err := http.Get(server.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			got := fmt.Sprint(res.StatusCode, " ", string(body))
			if err != nil {
				got += ", " + err.Error()
			}
			require.Equal(t, tt.want, got)
		})
	}
}
