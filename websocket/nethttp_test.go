package websocket_test

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// On a net/http server, an upgrade takes over the connection and the bytes that follow the
// request, with and without TLS. Other requests are served as before.
func TestUnderNetHTTP(t *testing.T) {
	p := probe{notes: newNotes()}
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", p), web.URL("/page", page{})}, web.Settings{})
	defer app.Close()
	for _, start := range []func(http.Handler) *httptest.Server{httptest.NewServer, httptest.NewTLSServer} {
		judge := start(app)
		defer judge.Close()
		address := judge.Listener.Addr().String()
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		if judge.TLS != nil {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		conn.SetDeadline(time.Now().Add(looptest.Patience))
		c := &client{t: t, Conn: conn, r: bufio.NewReader(conn)}
		c.write("GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(c.r, nil)
		require.NoError(t, err)
		answer.Body.Close()
		c.r.Discard(c.r.Buffered())
		c.write(hello("/ws") + frames("t:after_the_request"))
		if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 Switching Protocols\r\n") ||
			!strings.Contains(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
			t.Fatalf("answer %q", head)
		}
		if got := c.read(); got != "t:after the request" {
			t.Errorf("got %s", got)
		}
		c.write(frames("t:" + strings.Repeat("x", 100000) + " ping:p close:4000:bye"))
		if got := c.reads(); got != "t:"+strings.Repeat("x", 100000)+" pong:p close:4000 END" {
			t.Errorf("then it heard %.100s", got)
		}
		select {
		case <-p.notes.closed:
		case <-time.After(looptest.Patience):
			t.Error("OnClose did not run")
		}
	}
}

// After middleware, and in an application that another one on the same loop calls, a WebSocket
// takes the stream itself and needs no goroutine.
func TestBehindMiddleware(t *testing.T) {
	p := probe{notes: newNotes()}
	through := func(next http.Handler) http.Handler { return next }
	recorded := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(hijackable{w}, r) })
	}
	var s *server
	below := func(l *ioloop.IOLoop) http.Handler {
		return web.NewApplication([]web.URLSpec{web.URL("/below", p)}, web.Settings{Loop: l, LogFunction: s.log})
	}
	s = serve(t, web.URL("/through", p, web.Middleware(through)), web.URL("/recorded", p, web.Middleware(recorded, through)),
		web.URL("/below", web.FallbackHandler{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { below(s.loop).ServeHTTP(w, r) })}))
	for _, path := range []string{"/through", "/recorded", "/below"} {
		before := runtime.NumGoroutine()
		var all []*client
		for range 10 {
			c := s.dial()
			c.write(hello(path) + frames("t:after_the_request"))
			if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("%s: answer %q", path, head)
			}
			if got := c.read(); got != "t:after the request" {
				t.Errorf("%s: got %s", path, got)
			}
			all = append(all, c)
		}
		require.Eventually(t, func() bool { return runtime.NumGoroutine() < before+10 }, looptest.Patience, time.Millisecond, path)
		for _, c := range all {
			c.write(frames("close:1000"))
			if got := c.reads(); got != "close:1000 END" {
				t.Errorf("%s: then it heard %s", path, got)
			}
			s.waitClosed(p.notes)
		}
	}
	var logged []string
	s.do(func() { logged = s.logged })
	require.Equal(t, strings.Repeat("101 ", 30), strings.Join(logged, " ")+" ")
}

// hijackable wraps a ResponseWriter as old middleware does: it has no Unwrap.
type hijackable struct{ http.ResponseWriter }

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.ResponseWriter.(http.Hijacker).Hijack()
}

// If the ResponseWriter cannot be hijacked, the handler gets an error and the client gets no 101.
func TestUpgradeWithoutHijacker(t *testing.T) {
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", probe{notes: newNotes()})}, web.Settings{})
	defer app.Close()
	r := httptest.NewRequest("GET", "/ws", nil)
	for name, value := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	defer func() {
		if recover() != http.ErrAbortHandler || w.Code == 101 {
			t.Errorf("status %d", w.Code)
		}
	}()
	app.ServeHTTP(w, r)
}

func TestClientOfAServerUnderNetHTTP(t *testing.T) {
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", echo{})}, web.Settings{})
	defer app.Close()
	judge := httptest.NewServer(app)
	defer judge.Close()
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws"+strings.TrimPrefix(judge.URL, "http")+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		c.WriteMessage(websocket.Text("hello"))
		m, err := c.ReadMessage().Await()
		if m.String() != "hello" {
			t.Errorf("got %q", m)
		}
		return err
	}))
}
