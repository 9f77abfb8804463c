package webtest

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// An AppServer serves an application for one test, on a free port of 127.0.0.1. Call its methods
// on the test's goroutine.
type AppServer struct {
	tb     func() testing.TB // the running test or subtest
	loop   *ioloop.IOLoop
	app    *web.Application
	server *httpserver.HTTPServer
	addr   string
	tls    *tls.Config // of clients; nil means HTTP
	client *http.Client
	doer   RequestDoer // nil means client
}

// Serve serves an application on a new loop in debug mode until the end of the test. newApp
// returns the application; it gets the loop, which does not run yet. If options name a loop,
// Serve uses that one, and closes it too. The suite of [AsyncHTTPTestCase] does the same for
// each of its tests.
func Serve(t testing.TB, newApp func(loop *ioloop.IOLoop) *web.Application, options ...httpserver.Options) *AppServer {
	t.Helper()
	var o httpserver.Options
	if len(options) > 0 {
		o = options[0]
	}
	if o.Loop == nil {
		loop, err := ioloop.New(ioloop.Options{Debug: true})
		require.NoError(t, err)
		o.Loop = loop
	}
	loop := o.Loop
	s, err := newServer(func() testing.TB { return t }, newApp(loop), o)
	require.NoError(t, err)
	ended := startLoop(loop)
	t.Cleanup(func() {
		s.stop()
		loop.AddCallback(loop.Stop)
		<-ended
		require.NoError(t, loop.CloseAll())
	})
	return s
}

func newServer(tb func() testing.TB, app *web.Application, o httpserver.Options) (*AppServer, error) {
	s := &AppServer{tb: tb, loop: o.Loop, app: app, server: httpserver.New(app, o)}
	if config := o.Stream.TLS; config != nil {
		s.tls = &tls.Config{RootCAs: rootsOf(config), ServerName: "example.com"}
	}
	s.client = &http.Client{Timeout: Timeout(), Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: s.tls}} // as Tornado does
	addr, err := s.server.Listen(0, "127.0.0.1")
	s.addr = addr.String()
	return s, err
}

// stop stops the server and closes all connections.
func (s *AppServer) stop() {
	s.client.CloseIdleConnections()
	stopped := make(chan struct{})
	s.loop.AddCallback(func() {
		s.server.Stop()
		s.server.CloseAllConnections()
		close(stopped)
	})
	<-stopped
	s.app.Close()
}

// Loop returns the server's loop. Use it in callbacks on the loop: see Await.
func (s *AppServer) Loop() *ioloop.IOLoop { return s.loop }

// Application returns the application.
func (s *AppServer) Application() *web.Application { return s.app }

// HTTPServer returns the server. Tornado: get_http_server.
func (s *AppServer) HTTPServer() *httpserver.HTTPServer { return s.server }

// Client returns the HTTP client that Fetch uses, which may be changed. Its timeout is Timeout.
// Tornado: http_client.
func (s *AppServer) Client() *http.Client { return s.client }

// Addr returns the server's address and port, such as "127.0.0.1:40123".
func (s *AppServer) Addr() string { return s.addr }

// GetHTTPPort returns the server's port. Tornado: get_http_port.
func (s *AppServer) GetHTTPPort() int {
	_, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	return n
}

// GetProtocol returns "http" or "https". Tornado: get_protocol.
func (s *AppServer) GetProtocol() string {
	if s.tls != nil {
		return "https"
	}
	return "http"
}

// GetURL returns the URL of a path on the server. Tornado: get_url.
func (s *AppServer) GetURL(path string) string { return s.GetProtocol() + "://" + s.addr + path }

// WebSocketURL returns the ws or wss URL of a path on the server.
func (s *AppServer) WebSocketURL(path string) string {
	return "ws" + strings.TrimPrefix(s.GetURL(path), "http")
}

// KeepCookies makes later fetches of the test store and send cookies, as a browser does.
func (s *AppServer) KeepCookies() {
	s.client.Jar, _ = cookiejar.New(nil)
}

// Dial opens a connection to the server, over TLS if the server uses it, to send and receive
// bytes. If it fails, the test fails. The connection is closed at the end of the test; its
// reads and writes fail after Timeout.
func (s *AppServer) Dial() net.Conn {
	s.tb().Helper()
	conn, err := s.dial()
	require.NoError(s.tb(), err)
	s.tb().Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Timeout()))
	return conn
}

func (s *AppServer) dial() (net.Conn, error) {
	if s.tls != nil {
		return tls.Dial("tcp", s.addr, s.tls)
	}
	return net.Dial("tcp", s.addr)
}

// FetchRaw sends bytes unchanged and returns everything that is received until the server
// closes the connection. A request with "Connection: close" makes the server do so. If it
// takes longer than Timeout, the test fails.
func (s *AppServer) FetchRaw(request string) string {
	s.tb().Helper()
	conn := s.Dial()
	defer conn.Close()
	_, err := io.WriteString(conn, request)
	require.NoError(s.tb(), err)
	response, err := io.ReadAll(conn)
	require.NoError(s.tb(), err, "after %q", response)
	return string(response)
}
