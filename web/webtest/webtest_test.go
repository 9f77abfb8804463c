package webtest_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

type hello struct{ web.RequestHandler }

func (h *hello) Get(args ...string) error {
	h.SetCookie("seen", "yes")
	return h.WriteString("Hello, " + h.GetArgument("name", "world") + h.GetCookie("seen", ""))
}

func (h *hello) Post(args ...string) error {
	return h.WriteString(h.GetBodyArgument("name") + " " + h.Request().Headers.Get("Content-Type") + " " + h.Request().Protocol)
}

type failing struct{ web.RequestHandler }

func (h *failing) Get(args ...string) error { return errors.New("out of order") }

type echo struct{ websocket.WebSocketHandler }

func (h *echo) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

func newApp() *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL("/", hello{}),
		web.URL("/fail", failing{}),
		web.URL("/old", web.RedirectHandler{URL: "/"}),
		web.URL("/echo", echo{}),
	}, web.Settings{})
}

type AsyncHTTPTestCase struct{ webtest.AsyncHTTPTestCase }

func (s *AsyncHTTPTestCase) GetApp() *web.Application {
	s.NotNil(s.Loop(), "an application may need it")
	return newApp()
}

func (s *AsyncHTTPTestCase) GetHTTPServerOptions() httpserver.Options {
	return httpserver.Options{MaxHeaderSize: 1000}
}

func TestAsyncHTTPTestCase(t *testing.T) { // testing-8
	before := slog.Default()
	suite.Run(t, new(AsyncHTTPTestCase))
	if slog.Default() != before {
		t.Error("the default logger was not restored")
	}
}

func (s *AsyncHTTPTestCase) TestFetch() { // misc-12
	for _, tt := range []struct {
		path    string
		options webtest.FetchOptions
		want    string
	}{
		{"/", webtest.FetchOptions{}, "200 OK Hello, world"},
		{"/?name=you", webtest.FetchOptions{}, "200 OK Hello, you"},
		{s.GetURL("/"), webtest.FetchOptions{}, "200 OK Hello, world"},
		{"/", webtest.FetchOptions{Body: "name=a"}, "200 OK a application/x-www-form-urlencoded http"},
		{"/", webtest.FetchOptions{Body: "x", ContentType: "text/plain"}, "400 Bad Request "},
		{"/", webtest.FetchOptions{Method: "HEAD"}, "405 Method Not Allowed "},
		{"/", webtest.FetchOptions{Header: http.Header{"Cookie": {"seen=!"}}}, "200 OK Hello, world!"},
		{"/none", webtest.FetchOptions{Header: http.Header{"Host": {"x"}}}, "404 Not Found "},
		{"/old", webtest.FetchOptions{}, "200 OK Hello, world"},
		{"/old", webtest.FetchOptions{NoRedirects: true}, "301 Moved Permanently "},
	} {
		r := s.Fetch(tt.path, tt.options)
		body := r.Body
		if r.StatusCode >= 400 {
			body = ""
		}
		s.Equal(tt.want, fmt.Sprint(r.StatusCode, " ", r.Reason, " ", body), "%s %v", tt.path, tt.options)
	}
	s.Equal(s.GetURL("/"), s.Fetch("/old").EffectiveURL)
	s.Equal("yes", s.Fetch("/").Cookies[0].Value)
	s.Contains(s.GetURL(""), fmt.Sprint(":", s.GetHTTPPort()))
}

func (s *AsyncHTTPTestCase) TestKeepCookies() {
	s.Equal("Hello, world", s.Fetch("/").Body)
	s.Equal("Hello, world", s.Fetch("/").Body)
	s.KeepCookies()
	s.Fetch("/")
	s.Equal("Hello, worldyes", s.Fetch("/").Body)
}

func (s *AsyncHTTPTestCase) TestFetchRaw() {
	response := s.FetchRaw("GET / HTTP/1.0\r\n\r\n")
	s.True(strings.HasPrefix(response, "HTTP/1.1 200 OK\r\n") && strings.HasSuffix(response, "\r\n\r\nHello, world"), response)
	s.Equal("", s.FetchRaw("GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n"), "the server's options are used")
}

func (s *AsyncHTTPTestCase) TestExpectLog() { // misc-14
	s.ExpectLog("tornado.application", `^Uncaught exception GET /fail.*out of order`, func() { s.Equal(500, s.Fetch("/fail").StatusCode) })
	s.ExpectLog("tornado.access", `^200 GET / \(127.0.0.1\) \d+\.\d\dms`, func() { s.Fetch("/") })
	s.ExpectLog("", `^with=a$|^x with=a$`, func() { slog.With("with", "a").Info("x") })
	s.HideLog("tornado.general", "never", func() {})
	lines := s.LogLines()
	s.Len(lines, 1)
	s.Contains(lines[0], "ERROR tornado.access: 500 GET /fail")
}

func (s *AsyncHTTPTestCase) TestWebSocket() {
	conn, err := webtest.Await(s, func() (*websocket.ClientConnection, error) {
		return websocket.Connect(s.Loop(), s.WebSocketURL("/echo"), websocket.ConnectOptions{}).Await()
	})
	s.Require().NoError(err)
	s.OnLoop(func() error {
		if err := conn.WriteMessage(websocket.Text("hello")); err != nil {
			return err
		}
		m, err := conn.ReadMessage().Await()
		s.Equal("hello", m.String())
		return errors.Join(err, conn.Close(1000, ""))
	})
}

func (s *AsyncHTTPTestCase) TestAwaitIsLimited() { // misc-13
	s.T().Setenv("ASYNC_TEST_TIMEOUT", "0.01")
	_, err := webtest.Await(s, func() (int, error) { return ioloop.NewFuture[int](s.Loop()).Await() })
	s.ErrorContains(err, "timed out after 10ms; waiting: webtest_test.(*AsyncHTTPTestCase).TestAwaitIsLimited.func1 at webtest_test.go:") // testing-b4
}

func (s *AsyncHTTPTestCase) TestTheLoopIsInDebugMode() {
	s.Fetch("/") // it runs
	s.Panics(func() { s.Loop().CheckOwner("test") }, "a call from another goroutine is not noticed")
	s.NotNil(s.HTTPServer())
	s.NotNil(s.Application())
}

type AsyncHTTPSTestCase struct{ webtest.AsyncHTTPSTestCase }

func (s *AsyncHTTPSTestCase) GetApp() *web.Application { return newApp() }

func TestAsyncHTTPSTestCase(t *testing.T) { suite.Run(t, new(AsyncHTTPSTestCase)) } // testing-11

func (s *AsyncHTTPSTestCase) TestFetch() {
	s.Equal("a application/x-www-form-urlencoded https", s.Fetch("/", webtest.FetchOptions{Body: "name=a"}).Body)
	s.True(strings.HasPrefix(s.WebSocketURL("/"), "wss://127.0.0.1:"))
	conn := s.Dial()
	s.IsType(&tls.Conn{}, conn)
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	response, err := io.ReadAll(conn)
	s.NoError(err)
	s.Contains(string(response), "Hello, world")
}

func TestBindUnusedPort(t *testing.T) { // testing-15
	listener, port, err := webtest.BindUnusedPort()
	if err != nil || port == 0 || !strings.HasSuffix(listener.Addr().String(), fmt.Sprint(":", port)) {
		t.Error(listener, port, err)
	}
	listener.Close()
}
