package webtest

import (
	"crypto/tls"
	"testing"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// An App has the hooks of a suite. AsyncHTTPTestCase implements all of them except GetApp.
type App interface {
	// GetApp returns a new application for each test. Loop returns the loop, which does not
	// run yet.
	GetApp() *web.Application
	// GetHTTPServerOptions returns the server's options. The suite sets Loop and TLS itself.
	GetHTTPServerOptions() httpserver.Options
	// GetSSLOptions returns the TLS configuration for an HTTPS server; nil means HTTP.
	GetSSLOptions() *tls.Config
	// GetHTTPClient returns the client of Fetch; nil means that of Client.
	GetHTTPClient() RequestDoer
}

// AsyncHTTPTestCase serves an application for each test. Call its methods on the test's
// goroutine. A suite with its own SetupTest or TearDownTest must also call those of
// AsyncHTTPTestCase. Tornado: testing.AsyncHTTPTestCase.
type AsyncHTTPTestCase struct {
	AsyncTestCase
	*AppServer // of the running test
}

// GetHTTPServerOptions returns the zero value; override it to configure the server.
// Tornado: get_httpserver_options.
func (s *AsyncHTTPTestCase) GetHTTPServerOptions() httpserver.Options { return httpserver.Options{} }

// GetSSLOptions returns nil, which means HTTP; AsyncHTTPSTestCase overrides it.
// Tornado: get_ssl_options.
func (s *AsyncHTTPTestCase) GetSSLOptions() *tls.Config { return nil }

// GetHTTPClient returns nil; override it to fetch with another client than net/http's.
// Tornado: get_http_client.
func (s *AsyncHTTPTestCase) GetHTTPClient() RequestDoer { return nil }

// Loop returns the loop of the test and of its server. Use it in callbacks on the loop: see
// OnLoop. Tornado: io_loop.
func (s *AsyncHTTPTestCase) Loop() *ioloop.IOLoop { return s.AsyncTestCase.Loop() }

// SetupTest starts the application. Tornado: setUp.
func (s *AsyncHTTPTestCase) SetupTest() {
	hooks, ok := s.self.(App)
	s.Require().True(ok, "webtest: %T has no application: give it a method GetApp() *web.Application", s.self)
	s.makeLoop()
	options := hooks.GetHTTPServerOptions()
	options.Loop, options.Stream.TLS = s.Loop(), hooks.GetSSLOptions()
	server, err := newServer(func() testing.TB { return s.T() }, hooks.GetApp(), options)
	s.Require().NoError(err)
	s.AppServer = server
	server.doer = hooks.GetHTTPClient()
	s.startLoop()
}

// TearDownTest stops the server and the loop. Tornado: tearDown.
func (s *AsyncHTTPTestCase) TearDownTest() {
	if s.AppServer != nil {
		s.AppServer.stop()
	}
	s.AsyncTestCase.TearDownTest()
	s.AppServer = nil
}

// AsyncHTTPSTestCase is an AsyncHTTPTestCase over TLS, with a certificate that Fetch trusts.
// Tornado: testing.AsyncHTTPSTestCase.
type AsyncHTTPSTestCase struct{ AsyncHTTPTestCase }

// GetSSLOptions returns TestCertificate; override it to use another certificate.
// Tornado: get_ssl_options.
func (s *AsyncHTTPSTestCase) GetSSLOptions() *tls.Config { return TestCertificate() }
