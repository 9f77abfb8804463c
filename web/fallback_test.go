package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	_ "net/http/pprof"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/log"
)

// fallbackTo returns an application that serves every path with fn.
func fallbackTo(fn http.HandlerFunc) *Application { return serving(FallbackHandler{Handler: fn}) }

// fallbackServers returns servers for a handler: this project's, this project's with
// middleware that does nothing, and net/http's.
func fallbackServers(t *testing.T, fn http.HandlerFunc) map[string]string {
	nested := fallbackTo(fn)
	nested.settings.Loop = newRunningLoop(t)
	behind := httptest.NewServer(nested)
	t.Cleanup(behind.Close)
	standard := httptest.NewServer(fn)
	t.Cleanup(standard.Close)
	return map[string]string{
		"net/http":        standard.URL, // the judge
		"fallback":        "http://" + listen(t, fallbackTo(fn)),
		"behind net/http": behind.URL,
	}
}

func TestFallbackRespondsAsNetHTTPDoes(t *testing.T) { // wsgi-3
	logNothing(t)
	router := mux.NewRouter()
	router.HandleFunc("/item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "item ", mux.Vars(r)["id"]) })
	router.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Length", fmt.Sprint(r.ContentLength, r.TransferEncoding, r.Host != "", r.Header.Get("Host") == ""))
		http.NewResponseController(w).EnableFullDuplex() // net/http garbles an echo without it
		io.Copy(w, r.Body)
	})
	router.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.FormValue("a"), r.URL.RawQuery, r.Proto) })
	router.HandleFunc("/status", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418); w.WriteHeader(200) })
	router.HandleFunc("/nothing", func(w http.ResponseWriter, r *http.Request) {})
	router.HandleFunc("/empty", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		_, err := w.Write([]byte("x"))
		w.Header().Set("Late", fmt.Sprint(err))
	})
	router.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("X-Two", "1")
		w.Header().Add("X-Two", "2")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		io.WriteString(w, "{}")
	})
	router.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		for i := range 100 {
			fmt.Fprintf(w, "%08d%s", i, strings.Repeat("x", 10_000))
		}
	})
	router.HandleFunc("/flush", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		io.WriteString(w, "b")
	})
	router.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/nothing", http.StatusFound) })
	router.PathPrefix("/debug/pprof/").Handler(http.DefaultServeMux)
	files := fstest.MapFS{"a.txt": {Data: []byte(strings.Repeat("0123456789", 5000)), ModTime: time.Unix(1e9, 0)}, "dir/b": {Data: []byte("b")}}
	router.PathPrefix("/files/").Handler(http.StripPrefix("/files/", http.FileServerFS(fs.FS(files))))
	servers := fallbackServers(t, router.ServeHTTP)

	client := &http.Client{Timeout: looptest.Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct{ method, path, body, header string }{
		{"GET", "/item/a%20b", "", ""},
		{"GET", "/none", "", ""},
		{"POST", "/echo", "some text", ""},
		{"POST", "/echo", strings.Repeat("large ", 100_000), ""},
		{"POST", "/echo", strings.Repeat("chunked ", 100_000), "Transfer-Encoding: chunked"},
		{"POST", "/form?b=%20", "a=1", "Content-Type: application/x-www-form-urlencoded"},
		{"GET", "/status", "", ""},
		{"GET", "/nothing", "", ""},
		{"HEAD", "/nothing", "", ""},
		{"HEAD", "/json", "", ""},
		{"PUT", "/nothing", "a body that the handler does not read", ""},
		{"GET", "/empty", "", ""},
		{"GET", "/json", "", ""},
		{"GET", "/large", "", ""},
		{"HEAD", "/large", "", ""},
		{"GET", "/flush", "", ""},
		{"GET", "/redirect", "", ""},
		{"BREW", "/nothing", "", ""},
		{"GET", "/files/a.txt", "", ""},
		{"GET", "/files/a.txt", "", "Range: bytes=10-19"},
		{"GET", "/files/a.txt", "", "Range: bytes=0-0,-5"},
		{"GET", "/files/a.txt", "", "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"},
		{"HEAD", "/files/a.txt", "", ""},
		{"GET", "/files/dir", "", ""},
		{"GET", "/files/", "", ""},
		{"GET", "/debug/pprof/cmdline", "", ""},
	} {
		responses := map[string]string{}
		for name, base := range servers {
			req, err := http.NewRequest(tt.method, base+tt.path, strings.NewReader(tt.body))
			require.NoError(t, err)
			if header, value, ok := strings.Cut(tt.header, ": "); ok {
				req.Header.Set(header, value)
				if header == "Transfer-Encoding" {
					req.ContentLength = -1
				}
			}
			responses[name] = wholeResponse(t, client, req)
		}
		for name, got := range responses {
			if want := responses["net/http"]; got != want {
				t.Errorf("%s %s %s, %s:\ngot  %.900s\nwant %.900s", tt.method, tt.path, tt.header, name, got, want)
			}
		}
	}
}

// wholeResponse returns a response without the parts in which servers may differ.
func wholeResponse(t *testing.T, client *http.Client, req *http.Request) string {
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	for _, name := range []string{"Server", "Date", "Connection"} {
		res.Header.Del(name)
	}
	boundary := ""
	if _, after, ok := strings.Cut(res.Header.Get("Content-Type"), "boundary="); ok {
		boundary = after // is random
	}
	var text bytes.Buffer
	res.Header.Write(&text)
	response := text.String() + string(body)
	if boundary != "" {
		response = strings.ReplaceAll(response, boundary, "BOUNDARY")
	}
	length := fmt.Sprint(res.ContentLength)
	if len(body) > 1024 {
		length = "any" // servers differ in how much they gather before they send it
		response = strings.ReplaceAll(response, fmt.Sprintf("Content-Length: %d\r\n", len(body)), "")
	}
	return fmt.Sprint(res.StatusCode, " ", length) + "\n" + response
}

func TestFallbackStreamsBothWays(t *testing.T) { // wsgi-2, wsgi-b1
	logNothing(t)
	for name, base := range fallbackServers(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintf(w, "got %s\n", lines.Text())
			w.(http.Flusher).Flush()
		}
		fmt.Fprintf(w, "end %v\n", lines.Err())
	}) {
		t.Run(name, func(t *testing.T) {
			r, w := io.Pipe()
			req, err := http.NewRequest("POST", base, r)
			require.NoError(t, err)
			io.WriteString(pipeWriter{w}, "one\n")
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			response := bufio.NewReader(res.Body)
			for _, line := range []string{"two\n", "three\n", ""} {
				got, err := response.ReadString('\n')
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(got, "got "), got)
				if line != "" {
					io.WriteString(w, line)
				}
			}
			w.Close()
			rest, err := io.ReadAll(response)
			require.NoError(t, err)
			require.Equal(t, "end <nil>\n", string(rest))
		})
	}
}

// A pipeWriter writes without waiting for the reader.
type pipeWriter struct{ *io.PipeWriter }

func (w pipeWriter) Write(p []byte) (int, error) {
	go w.PipeWriter.Write(p)
	return len(p), nil
}

func TestFallbackPausesAFastWriter(t *testing.T) {
	logNothing(t)
	written := make(chan int, 10_000)
	failed := make(chan error, 1)
	addr := listen(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
		for i := range cap(written) {
			if _, err := w.Write(make([]byte, 100_000)); err != nil {
				failed <- err
				return
			}
			written <- i
		}
	}))
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-written
	time.Sleep(100 * time.Millisecond) // by then the buffers of the kernel are full, because they hold less than the gigabyte
	require.Less(t, len(written), cap(written)/2)
	conn.Close()
	select {
	case err := <-failed:
		require.Error(t, err)
	case <-time.After(looptest.Patience):
		t.Fatal("the writer was not told")
	}
}

func TestFallbackCancelsTheContextWhenTheClientLeaves(t *testing.T) {
	logNothing(t)
	for _, body := range []string{"\r\n", "Content-Length: 10\r\n\r\nabc"} {
		started, ended := make(chan bool), make(chan error, 1)
		addr := listen(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
			close(started)
			if r.ContentLength > 0 {
				_, err := io.ReadAll(r.Body)
				ended <- err
				return
			}
			<-r.Context().Done()
			ended <- context.Cause(r.Context())
		}))
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+body)
		<-started
		conn.Close()
		select {
		case err := <-ended:
			require.ErrorIs(t, err, ErrClientGone)
		case <-time.After(looptest.Patience):
			t.Fatal("not told")
		}
	}
}

func TestFallbackPanics(t *testing.T) { // wsgi-6, wsgi-b1
	for _, tt := range []struct {
		name string
		fn   http.HandlerFunc
		want string
		log  string
	}{
		{"before", func(http.ResponseWriter, *http.Request) { panic("oops") }, "500 Internal Server Error", "panic: oops"},
		{"written only", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a"); panic("oops") }, "500 Internal Server Error", "panic: oops"},
		{"sent", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			panic("oops")
		}, "error", "panic: oops"},
		{"Goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, "500 Internal Server Error", log.Goexit},
		{"Goexit after Write", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a"); runtime.Goexit() }, "500 Internal Server Error", log.Goexit},
		{"Goexit after Flush", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			runtime.Goexit()
		}, "error", log.Goexit},
		{"ErrAbortHandler", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "error", ""},
		{"too much", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			io.WriteString(w, "abc")
		}, "error", "Content-Length"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := keepLog(t)
			base := "http://" + listen(t, fallbackTo(tt.fn))
			req, err := http.NewRequest("POST", base, strings.NewReader("a body"))
			require.NoError(t, err)
			got := ask(http.DefaultClient, req)
			require.Equal(t, tt.want, got[:min(len(got), len(tt.want))])
			book.eventually(t, 1+min(1, len(tt.log)))
			if got := book.without("access"); (got == "") != (tt.log == "") || !strings.Contains(got, tt.log) {
				t.Errorf("log: %s", got)
			}
		})
	}
}

func TestFallbackHijack(t *testing.T) {
	logNothing(t)
	for name, base := range map[string]string{
		"net/http": httptest.NewServer(http.HandlerFunc(hijacking)).Listener.Addr().String(),
		"fallback": listen(t, fallbackTo(hijacking)),
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, base)
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nearly\n")
			r := bufio.NewReader(conn)
			for _, want := range []string{"hello early\n", "timeout true\n"} {
				got, err := r.ReadString('\n')
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
			io.WriteString(conn, "late\n")
			rest, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, "late true, write after: http: connection has been hijacked\n", strings.Replace(string(rest), "web: the connection was hijacked: ", "", 1))
		})
	}
}

func hijacking(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	line, _ := rw.ReadString('\n')
	fmt.Fprintf(rw, "hello %s", line)
	rw.Flush()
	conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err = rw.ReadByte()
	fmt.Fprintf(conn, "timeout %v\n", errors.Is(err, os.ErrDeadlineExceeded))
	conn.SetReadDeadline(time.Time{})
	line, err = rw.ReadString('\n')
	_, afterwards := w.Write([]byte("x"))
	fmt.Fprintf(conn, "%s %v, write after: %v\n", strings.TrimSpace(line), err == nil && conn.RemoteAddr() != nil, afterwards)
}

func TestFallbackReadDeadline(t *testing.T) {
	logNothing(t)
	u := startUploadTo(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		rc.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := io.ReadAll(r.Body)
		fmt.Fprint(w, errors.Is(err, os.ErrDeadlineExceeded), rc.SetWriteDeadline(time.Now().Add(time.Hour)))
	}), "Content-Length: 10")
	require.Equal(t, "200 OK true <nil>", u.response())
}

// After a write whose deadline has passed, the loop may still send the bytes.
func TestFallbackWriteDeadline(t *testing.T) {
	logNothing(t)
	addr := listen(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
		loop := r.Context().Value(fallbackKey{}).(*FallbackHandler).Loop()
		busy, done := make(chan bool), make(chan bool)
		loop.AddCallback(func() { close(busy); <-done })
		<-busy
		rc := http.NewResponseController(w)
		rc.SetWriteDeadline(time.Now().Add(-time.Second))
		fmt.Fprint(w, "late")
		err := rc.Flush()
		_, again := w.Write(make([]byte, fallbackBuffer))
		close(done)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.ErrorIs(t, again, os.ErrDeadlineExceeded)
	}))
	conn := dial(t, addr)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	response, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(response), "late")
	require.NotContains(t, string(response), "\r\n0\r\n", "an incomplete response looks complete")
}

func TestMiddlewareWrapsARoute(t *testing.T) {
	book := keepLog(t)
	type key struct{}
	tag := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("refuse") {
					http.Error(w, name+" refuses", http.StatusForbidden)
					return
				}
				w.Header().Add("X-Seen", name)
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, name)))
			})
		}
	}
	handler := probe{do: func(h *probe) error {
		return h.WriteString(fmt.Sprint(h.PathArgs(), h.Request().Method, h.GetArgument("a", ""), h.Request().RemoteIP))
	}}
	base := "http://" + listen(t, NewApplication([]URLSpec{
		URL("/x/(.*)", handler, Middleware(tag("outer"), tag("inner"))),
		URL("/", receiver{}, Middleware(tag("m"))),
	}, Settings{}))
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/x/a%2Fb?a=1", "", "200 [a/b]GET1127.0.0.1 outer|inner"},
		{"POST", "/x/c", "a=2", "200 [c]POST2127.0.0.1 outer|inner"},
		{"GET", "/x/c?refuse", "", "403 outer refuses\n "},
	} {
		req, err := http.NewRequest(tt.method, base+tt.path, strings.NewReader(tt.body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, tt.want, fmt.Sprint(res.StatusCode, " ", string(body), " ", strings.Join(res.Header["X-Seen"], "|")))
	}
	body, contentType := form(t, "1", 3<<20)
	require.Contains(t, postForm(t, strings.TrimPrefix(base, "http://"), body, contentType), "200 OK map[a:[1]] f f.bin application/octet-stream 3145728 in disk")
	book.eventually(t, 4) // each request is logged once
	require.Empty(t, book.without("access"))
}

// The handler sees the values that middleware adds to the request's context, and the
// request of the middleware. Its context ends as that of any handler.
func TestTheContextAfterMiddleware(t *testing.T) {
	keepLog(t)
	type key struct{}
	named := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "Ann")))
		})
	}
	contexts := make(chan context.Context, 1)
	handler := probe{do: func(h *probe) error {
		contexts <- h.Context()
		return h.WriteString(fmt.Sprint(h.Context().Value(key{}), h.HTTPRequest().URL.Path))
	}}
	app := NewApplication([]URLSpec{URL("/a", handler, Middleware(named)), URL("/{name}", handler)}, Settings{Loop: newRunningLoop(t)})
	router := mux.NewRouter()
	router.Handle("/{name}", named(app))
	for _, base := range []string{"http://" + listen(t, serving(FallbackHandler{Handler: app})), httptest.NewServer(router).URL} {
		require.Equal(t, "Ann/a", getBody(t, base+"/a"))
		ctx := <-contexts
		<-ctx.Done()
		require.ErrorIs(t, context.Cause(ctx), errRequestFinished)
	}
	direct := probe{do: func(h *probe) error { return h.WriteString(fmt.Sprint(h.Context().Value(key{}), h.HTTPRequest())) }}
	require.Equal(t, "<nil> <nil>", getBody(t, "http://"+listen(t, serving(direct))+"/"))
}

func getBody(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

// A body that middleware cuts off is not a valid request, so the response is not a 200.
func TestABodyThatMiddlewareCutsOff(t *testing.T) {
	keepLog(t)
	limit := Middleware(func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 10) })
	broken := Middleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("some"), iotest.ErrReader(errors.New("broken"))))
			next.ServeHTTP(w, r)
		})
	})
	whole := probe{do: func(h *probe) error { return h.WriteString(string(h.Request().Body)) }}
	base := "http://" + listen(t, NewApplication([]URLSpec{
		URL("/whole/limit", whole, limit), URL("/stream/limit", receiver{}, limit), URL("/whole/broken", whole, broken),
	}, Settings{}))
	for _, tt := range []struct {
		path, kind, body string
		want             int // 0 means no response
	}{
		{"/whole/limit", "text/plain", "0123456789", 200}, {"/whole/limit", "text/plain", "0123456789a", 413},
		{"/stream/limit", "multipart/form-data; boundary=x", "--x\r\n01234567", 413}, {"/whole/broken", "text/plain", "x", 0},
	} {
		for _, body := range []io.Reader{strings.NewReader(tt.body), io.MultiReader(strings.NewReader(tt.body))} { // with a length, and chunked
			res, err := http.Post(base+tt.path, tt.kind, body)
			if tt.want == 0 {
				require.Error(t, err, tt.path)
				continue
			}
			require.NoError(t, err, tt.path)
			res.Body.Close()
			require.Equal(t, tt.want, res.StatusCode, tt.path)
		}
	}
}

func TestFallbackOfAReverseProxy(t *testing.T) {
	logNothing(t)
	behind, err := url.Parse("http://" + listen(t, socketApp()))
	require.NoError(t, err)
	base := "http://" + listen(t, serving(FallbackHandler{Handler: httputil.NewSingleHostReverseProxy(behind)}))
	for path, want := range map[string]string{"/hello": "Hello, world", "/stream": "part part part ", "/slow": "from afar", "/large": strings.Repeat("large", 100_000)} {
		res, err := http.Get(base + path)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, want, string(body))
	}
}

type panickingFallback struct{ FallbackHandler }

func (*panickingFallback) OnFinish() { panic("oops") }

func TestAFallbackWhoseHookPanicsEnds(t *testing.T) {
	book := keepLog(t)
	conn := fetch(t, serving(panickingFallback{FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "text")
	})}}), "GET /")
	require.Equal(t, "text", conn.body())
	require.Contains(t, book.without("access"), "oops")
}

// A proxy closes its connection to the upstream server when the context of the request
// ends.
func TestFallbackOfAReverseProxyUpgrades(t *testing.T) {
	logNothing(t)
	ended := make(chan error, 1)
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, rw)
	}))
	defer behind.Close()
	target, err := url.Parse(behind.URL)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	base := listen(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
		context.AfterFunc(r.Context(), func() { ended <- context.Cause(r.Context()) })
		proxy.ServeHTTP(w, r)
		if r.Context().Err() != nil {
			t.Error("the context ended before the Handler")
		}
	}))
	conn := dial(t, base)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	require.Equal(t, 101, res.StatusCode)
	for range 3 {
		io.WriteString(conn, "to and fro\n")
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "to and fro\n", line)
	}
	conn.Close()
	require.ErrorIs(t, <-ended, context.Canceled)
}
