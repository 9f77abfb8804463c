// Package webtest tests applications over a real socket: Tornado's AsyncHTTPTestCase as a
// testify suite. Embed [HTTPSuite], return the application from GetApp, and fetch:
//
//	type HelloSuite struct{ webtest.HTTPSuite }
//
//	func (s *HelloSuite) GetApp() *web.Application { return newApp() }
//
//	func (s *HelloSuite) TestHello() {
//		s.Equal("Hello, world", s.Fetch("/").Body)
//	}
//
//	func TestHello(t *testing.T) { suite.Run(t, new(HelloSuite)) }
//
// Each test has its own loop, in debug mode, and its own server on a free port. Log output
// goes to the test's log, so that only failing tests show it. For that, the default logger is
// replaced while a test runs, so suites must not run in parallel.
package webtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// An App has the hooks of a suite. HTTPSuite implements all of them except GetApp.
type App interface {
	// GetApp returns a new application for each test. Loop returns the loop, which does not
	// run yet.
	GetApp() *web.Application
	// GetHTTPServerOptions returns the server's options. The suite sets Loop and TLS itself.
	GetHTTPServerOptions() httpserver.Options
	// GetSSLOptions returns the TLS configuration for an HTTPS server; nil means HTTP.
	GetSSLOptions() *tls.Config
}

// HTTPSuite serves an application for each test. Call its methods on the test's goroutine. A
// suite with its own SetupTest or TearDownTest must also call those of HTTPSuite.
// Tornado: testing.AsyncHTTPTestCase.
type HTTPSuite struct {
	suite.Suite
	self   any
	loop   *ioloop.IOLoop
	app    *web.Application
	server *httpserver.HTTPServer
	addr   string
	scheme string
	client *http.Client
	logs   *testLogs
	ended  chan struct{}
	before *slog.Logger
}

// SetS is called by testify with the suite that embeds this one.
func (s *HTTPSuite) SetS(outer suite.TestingSuite) {
	s.Suite.SetS(outer)
	s.self = outer
}

// GetHTTPServerOptions returns the zero value; override it to configure the server.
// Tornado: get_httpserver_options.
func (s *HTTPSuite) GetHTTPServerOptions() httpserver.Options { return httpserver.Options{} }

// GetSSLOptions returns nil, which means HTTP; HTTPSSuite overrides it.
// Tornado: get_ssl_options.
func (s *HTTPSuite) GetSSLOptions() *tls.Config { return nil }

// SetupTest starts the application. Tornado: setUp.
func (s *HTTPSuite) SetupTest() {
	hooks, ok := s.self.(App)
	s.Require().True(ok, "webtest: %T has no application: give it a method GetApp() *web.Application", s.self)
	s.before = slog.Default()
	s.logs = newLogs(s.T())
	slog.SetDefault(slog.New(s.logs))
	loop, err := ioloop.New(ioloop.Options{Debug: true})
	s.Require().NoError(err)
	s.loop = loop
	s.app = hooks.GetApp()
	options := hooks.GetHTTPServerOptions()
	options.Loop = loop
	s.client, s.scheme = &http.Client{Timeout: Timeout(), Transport: &http.Transport{DisableKeepAlives: true}}, "http" // as Tornado does
	if config := hooks.GetSSLOptions(); config != nil {
		options.Stream.TLS, s.scheme = config, "https"
		s.client.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: rootsOf(config), ServerName: "example.com"}}
	}
	s.server = httpserver.New(s.app, options)
	addr, err := s.server.Listen(0, "127.0.0.1")
	s.Require().NoError(err)
	s.addr, s.ended = addr.String(), make(chan struct{})
	go func() {
		loop.Start()
		close(s.ended)
	}()
}

// TearDownTest stops the server and the loop. Tornado: tearDown.
func (s *HTTPSuite) TearDownTest() {
	if s.ended == nil {
		return
	}
	s.client.CloseIdleConnections()
	s.loop.AddCallback(func() {
		s.server.Stop()
		s.loop.Stop()
	})
	<-s.ended
	s.NoError(s.loop.Close())
	s.app.Close()
	s.logs.stopLogging()
	slog.SetDefault(s.before)
	s.ended = nil
}

// Timeout returns the limit for a fetch and for OnLoop: 5 s, or the value of the environment
// variable ASYNC_TEST_TIMEOUT, in seconds.
func Timeout() time.Duration {
	if seconds, err := strconv.ParseFloat(os.Getenv("ASYNC_TEST_TIMEOUT"), 64); err == nil && seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	return 5 * time.Second
}

// Loop returns the server's loop. Use it in callbacks on the loop: see OnLoop.
func (s *HTTPSuite) Loop() *ioloop.IOLoop { return s.loop }

// Application returns the result of GetApp for this test.
func (s *HTTPSuite) Application() *web.Application { return s.app }

// HTTPServer returns the server. Tornado: get_http_server.
func (s *HTTPSuite) HTTPServer() *httpserver.HTTPServer { return s.server }

// Client returns the HTTP client that Fetch uses, which may be changed. Its timeout is Timeout.
// Tornado: get_http_client.
func (s *HTTPSuite) Client() *http.Client { return s.client }

// Addr returns the server's address and port, such as "127.0.0.1:40123".
func (s *HTTPSuite) Addr() string { return s.addr }

// GetHTTPPort returns the server's port. Tornado: get_http_port.
func (s *HTTPSuite) GetHTTPPort() int {
	_, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	return n
}

// GetURL returns the URL of a path on the server. Tornado: get_url.
func (s *HTTPSuite) GetURL(path string) string { return s.scheme + "://" + s.addr + path }

// WebSocketURL returns the ws or wss URL of a path on the server.
func (s *HTTPSuite) WebSocketURL(path string) string {
	return "ws" + strings.TrimPrefix(s.GetURL(path), "http")
}

// KeepCookies makes later fetches of the test store and send cookies, as a browser does.
func (s *HTTPSuite) KeepCookies() {
	s.client.Jar, _ = cookiejar.New(nil)
}

// FetchOptions configure a fetch. The zero value is a GET.
type FetchOptions struct {
	Method      string      // "" means GET, or POST with a Body
	Header      http.Header // added to the client's own headers; Host sets the Host header
	Body        string      // "" means none
	ContentType string      // type of Body; "" means application/x-www-form-urlencoded
	NoRedirects bool        // return the redirect itself. Tornado: follow_redirects=False
}

// A Response is a complete response.
type Response struct {
	StatusCode   int
	Reason       string // as it was sent
	Header       http.Header
	Body         string
	EffectiveURL string         // URL of the last request, after redirects
	Cookies      []*http.Cookie // cookies that the response sets
}

// Fetch requests a path or an absolute URL, and returns the response with any status. If there
// is no response, it fails the test. Tornado: fetch.
func (s *HTTPSuite) Fetch(path string, options ...FetchOptions) *Response {
	s.T().Helper()
	var o FetchOptions
	if len(options) > 0 {
		o = options[0]
	}
	url := path
	if strings.HasPrefix(path, "/") {
		url = s.GetURL(path)
	}
	request, err := http.NewRequest(o.method(), url, o.body())
	s.Require().NoError(err)
	if o.Body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if o.ContentType != "" {
		request.Header.Set("Content-Type", o.ContentType)
	}
	for name, values := range o.Header {
		if request.Header[name] = values; name == "Host" {
			request.Host = values[0]
		}
	}
	client := *s.client
	if o.NoRedirects {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	res, err := client.Do(request)
	s.Require().NoError(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	s.Require().NoError(err)
	_, reason, _ := strings.Cut(res.Status, " ")
	return &Response{
		StatusCode: res.StatusCode, Reason: reason, Header: res.Header, Body: string(body),
		EffectiveURL: res.Request.URL.String(), Cookies: res.Cookies(),
	}
}

func (o FetchOptions) method() string {
	switch {
	case o.Method != "":
		return o.Method
	case o.Body != "":
		return http.MethodPost
	}
	return http.MethodGet
}

func (o FetchOptions) body() io.Reader {
	if o.Body == "" {
		return nil
	}
	return strings.NewReader(o.Body)
}

// Dial opens a connection to the server, over TLS if the server uses it, to send and receive
// bytes. If it fails, the test fails. The connection is closed at the end of the test; its
// reads and writes fail after Timeout.
func (s *HTTPSuite) Dial() net.Conn {
	s.T().Helper()
	conn, err := s.dial()
	s.Require().NoError(err)
	s.T().Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Timeout()))
	return conn
}

func (s *HTTPSuite) dial() (net.Conn, error) {
	if t, ok := s.client.Transport.(*http.Transport); ok && s.scheme == "https" {
		return tls.Dial("tcp", s.addr, t.TLSClientConfig)
	}
	return net.Dial("tcp", s.addr)
}

// FetchRaw sends bytes unchanged and returns everything that is received until the server
// closes the connection. A request with "Connection: close" makes the server do so. If it
// takes longer than Timeout, the test fails.
func (s *HTTPSuite) FetchRaw(request string) string {
	s.T().Helper()
	conn := s.Dial()
	defer conn.Close()
	_, err := io.WriteString(conn, request)
	s.Require().NoError(err)
	response, err := io.ReadAll(conn)
	s.Require().NoError(err, "after %q", response)
	return string(response)
}

// OnLoop runs fn in a coroutine of the loop, where fn may await, and returns when fn has
// returned. The test fails if fn returns an error or takes longer than Timeout. Do not use
// Require in fn: it ends the goroutine. Tornado: @gen_test.
func (s *HTTPSuite) OnLoop(fn func() error) {
	s.T().Helper()
	_, err := Await(s, func() (struct{}, error) { return struct{}{}, fn() })
	s.Require().NoError(err)
}

// A Looper is the part of a suite that Await uses.
type Looper interface{ Loop() *ioloop.IOLoop }

// Await runs fn in a coroutine of the suite's loop and returns the results of fn. After
// Timeout it returns an error that wraps context.DeadlineExceeded. Call it on the test's
// goroutine. For example, a test opens a WebSocket with it:
//
//	conn, err := webtest.Await(s, func() (*websocket.ClientConnection, error) {
//		return websocket.Connect(s.Loop(), s.WebSocketURL("/chat"), websocket.ConnectOptions{}).Await()
//	})
func Await[T any](s Looper, fn func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), Timeout(), fmt.Errorf("webtest: timed out after %v: %w", Timeout(), context.DeadlineExceeded))
	defer cancel()
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	s.Loop().AddCallback(func() {
		value, err := fn()
		results <- result{value, err}
	})
	select {
	case r := <-results:
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}

// HTTPSSuite is an HTTPSuite over TLS, with a certificate that Fetch trusts.
// Tornado: testing.AsyncHTTPSTestCase.
type HTTPSSuite struct{ HTTPSuite }

// GetSSLOptions returns TestCertificate; override it to use another certificate.
// Tornado: get_ssl_options.
func (s *HTTPSSuite) GetSSLOptions() *tls.Config { return TestCertificate() }

// TestCertificate returns a server configuration with a certificate for example.com and
// 127.0.0.1 that only Fetch trusts.
func TestCertificate() *tls.Config {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	return &tls.Config{Certificates: server.TLS.Certificates}
}

// rootsOf returns a pool with the certificates of config.
func rootsOf(config *tls.Config) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, chain := range config.Certificates {
		for _, der := range chain.Certificate {
			if certificate, err := x509.ParseCertificate(der); err == nil {
				pool.AddCert(certificate)
			}
		}
	}
	return pool
}

// BindUnusedPort listens on a free port of 127.0.0.1 and returns the listener and the port.
// Tornado: bind_unused_port.
func BindUnusedPort() (listener net.Listener, port int, err error) {
	if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, 0, err
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}
