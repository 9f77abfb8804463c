// Package webtest tests applications over a real socket: Tornado's AsyncHTTPTestCase as
// a testify suite. Embed [HTTPSuite], say which application to serve, and fetch:
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
// Each test has its own loop, in debug mode, and its own server on a free port. What is
// logged meanwhile goes to the test's log, so that only failing tests show it; for that
// the default logger is replaced while a test runs, so suites must not run in parallel.
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

// An App serves the tests of a suite. Its methods are hooks of HTTPSuite, which has all
// but GetApp in a form that does.
type App interface {
	// GetApp makes the application that a test is about, anew for each test. The Loop is
	// there, and does not run yet.
	GetApp() *web.Application
	// GetHTTPServerOptions tunes the server. The suite sets the loop and TLS itself.
	GetHTTPServerOptions() httpserver.Options
	// GetSSLOptions makes an HTTPS server; nil is for HTTP.
	GetSSLOptions() *tls.Config
}

// HTTPSuite serves an application for each test. Its methods are for the test's
// goroutine. A suite with a SetupTest or TearDownTest of its own calls this one's too.
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
	logs   *logs
	ended  chan struct{}
	before *slog.Logger
}

// SetS is testify's: it tells the suite who embeds it.
func (s *HTTPSuite) SetS(outer suite.TestingSuite) {
	s.Suite.SetS(outer)
	s.self = outer
}

// GetHTTPServerOptions returns the zero value; override it to tune the server.
// Tornado: get_httpserver_options.
func (s *HTTPSuite) GetHTTPServerOptions() httpserver.Options { return httpserver.Options{} }

// GetSSLOptions returns nil, for HTTP; HTTPSSuite overrides it.
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
	s.client, s.scheme = &http.Client{Timeout: Timeout(), Transport: &http.Transport{DisableKeepAlives: true}}, "http" // as Tornado's
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

// TearDownTest ends the server and the loop. Tornado: tearDown.
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
	s.logs.end()
	slog.SetDefault(s.before)
	s.ended = nil
}

// Timeout is how long a fetch and OnLoop may take: 5 s, or what the environment variable
// ASYNC_TEST_TIMEOUT says, in seconds.
func Timeout() time.Duration {
	if seconds, err := strconv.ParseFloat(os.Getenv("ASYNC_TEST_TIMEOUT"), 64); err == nil && seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	return 5 * time.Second
}

// Loop is the loop that serves. Its methods are for callbacks on it: see OnLoop.
func (s *HTTPSuite) Loop() *ioloop.IOLoop { return s.loop }

// Application is what GetApp made for this test.
func (s *HTTPSuite) Application() *web.Application { return s.app }

// HTTPServer is the server. Tornado: get_http_server.
func (s *HTTPSuite) HTTPServer() *httpserver.HTTPServer { return s.server }

// Client is the client that Fetch uses, to be tuned. It gives up after Timeout.
// Tornado: get_http_client.
func (s *HTTPSuite) Client() *http.Client { return s.client }

// Addr is the server's address and port, such as "127.0.0.1:40123".
func (s *HTTPSuite) Addr() string { return s.addr }

// GetHTTPPort is the server's port. Tornado: get_http_port.
func (s *HTTPSuite) GetHTTPPort() int {
	_, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	return n
}

// GetURL is the URL of a path on the server. Tornado: get_url.
func (s *HTTPSuite) GetURL(path string) string { return s.scheme + "://" + s.addr + path }

// WebSocketURL is the ws or wss URL of a path on the server.
func (s *HTTPSuite) WebSocketURL(path string) string {
	return "ws" + strings.TrimPrefix(s.GetURL(path), "http")
}

// KeepCookies makes fetches remember cookies from here to the end of the test, as a
// browser does.
func (s *HTTPSuite) KeepCookies() {
	s.client.Jar, _ = cookiejar.New(nil)
}

// FetchOptions tune a fetch. The zero value is a GET.
type FetchOptions struct {
	Method      string      // "" is GET, or POST with a Body
	Header      http.Header // beside the client's own; Host is the host asked for
	Body        string      // "" is none
	ContentType string      // of Body; "" is application/x-www-form-urlencoded
	NoRedirects bool        // the redirect is the response. Tornado: follow_redirects=False
}

// A Response is the whole of an answer.
type Response struct {
	StatusCode   int
	Reason       string // as it was sent
	Header       http.Header
	Body         string
	EffectiveURL string         // behind the redirects
	Cookies      []*http.Cookie // that the answer sets
}

// Fetch asks the server for a path, or for an absolute URL, and fails the test if there
// is no answer; an error status is an answer. Tornado: fetch.
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

// Dial opens a connection to the server, over TLS if that has it, for bytes of your
// own; it fails the test if there is none. It is closed at the end of the test, and its
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

// FetchRaw sends bytes as they are and returns all that comes until the server closes
// the connection, which it does for a request that says Connection: close. The test
// fails if that takes longer than Timeout.
func (s *HTTPSuite) FetchRaw(request string) string {
	s.T().Helper()
	conn := s.Dial()
	defer conn.Close()
	_, err := io.WriteString(conn, request)
	s.Require().NoError(err)
	answer, err := io.ReadAll(conn)
	s.Require().NoError(err, "after %q", answer)
	return string(answer)
}

// OnLoop runs fn in a coroutine of the loop, where it may await, and returns when it has
// ended; the test fails if that takes longer than Timeout. An error of fn fails the test.
// Assertions that end a test (Require) belong behind it. Tornado: @gen_test.
func (s *HTTPSuite) OnLoop(fn func() error) {
	s.T().Helper()
	_, err := Await(s, func() (struct{}, error) { return struct{}{}, fn() })
	s.Require().NoError(err)
}

// A Looper is what Await needs of a suite.
type Looper interface{ Loop() *ioloop.IOLoop }

// Await runs fn in a coroutine of the suite's loop and returns what it returned, or after
// Timeout an error that is context.DeadlineExceeded to errors.Is. It is for the test's
// goroutine. With it a test opens WebSockets:
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

// GetSSLOptions returns a certificate for tests, see TestCertificate; override it for
// another. Tornado: get_ssl_options.
func (s *HTTPSSuite) GetSSLOptions() *tls.Config { return TestCertificate() }

// TestCertificate is a server's configuration with a certificate for example.com and
// 127.0.0.1 that nobody trusts, but Fetch.
func TestCertificate() *tls.Config {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	return &tls.Config{Certificates: server.TLS.Certificates}
}

// rootsOf trusts what a server shows.
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

// BindUnusedPort listens on a free port of 127.0.0.1, and says which.
// Tornado: bind_unused_port.
func BindUnusedPort() (listener net.Listener, port int, err error) {
	if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, 0, err
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}
