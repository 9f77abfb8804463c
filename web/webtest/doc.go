// Package webtest tests applications over a real socket. It is Tornado's module testing: its
// test cases are suites of testify. Embed [AsyncHTTPTestCase], return the application from
// GetApp, and fetch:
//
//	type HelloTest struct{ webtest.AsyncHTTPTestCase }
//
//	func (s *HelloTest) GetApp() *web.Application { return newApp() }
//
//	func (s *HelloTest) TestHello() {
//		s.Equal("Hello, world", s.Fetch("/").Body)
//	}
//
//	func TestHello(t *testing.T) { suite.Run(t, new(HelloTest)) }
//
// Each test has its own loop, in debug mode, and its own server on a free port. Log output
// goes to the test's log, so that only failing tests show it. For that, the default logger is
// replaced while a test runs, so suites must not run in parallel. A panic in a callback of
// the loop fails the test.
//
// Without a suite, [Serve] serves an application for a test, and [GenTest] runs a function on
// a loop. Neither replaces the default logger, so such tests may run in parallel:
//
//	func TestHello(t *testing.T) {
//		server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp() })
//		require.Equal(t, "Hello, world", server.Fetch("/").Body)
//	}
//
// [FakeClock] lets hours pass for a loop in no time, [WebSocketClient] speaks to a WebSocket
// from the goroutine of the test, and [CheckLeaks] finds goroutines and sockets that a test
// does not end.
package webtest
