package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

// A demoSuite serves the demos on one loop, for tests of pages.
type demoSuite struct {
	webtest.AsyncHTTPTestCase
	demo *demo
}

func TestDemo(t *testing.T) { suite.Run(t, new(demoSuite)) }

func (s *demoSuite) GetApp() *web.Application {
	first, err := firstState(demoConfig{})
	s.Require().NoError(err)
	s.demo = begin(s.Loop(), first)
	s.demo.blog, err = openBlog("")
	s.Require().NoError(err)
	app, err := s.demo.application(demoConfig{debug: true})
	s.Require().NoError(err)
	return app
}

func (s *demoSuite) SetupTest() {
	s.AsyncHTTPTestCase.SetupTest()
	s.OnLoop(func() error {
		s.demo.server = s.HTTPServer()
		return nil
	})
}

func (s *demoSuite) TearDownTest() {
	s.AsyncHTTPTestCase.TearDownTest()
	s.NoError(s.demo.closeBlog())
}

func (s *demoSuite) TestRoutes() {
	const page, plain = "text/html; charset=UTF-8", "text/plain; charset=UTF-8"
	for _, tt := range []struct {
		path, body string // body is a part of the response body
		status     int
		kind       string
	}{
		{"/", "func (h *helloHandler) Get(args ...string) error {", 200, page},
		{"/", `href="/sleep/1"`, 200, page},
		{"/hello", "Hello, world", 200, page},
		{"/echo", `src="/static/echo.js"`, 200, page},
		{"/chat", `data-room="lobby"`, 200, page},
		{"/chat/tea", `data-room="tea"`, 200, page},
		{"/chat/tea", `href="/chat/tea" aria-current="page"`, 200, page},
		{"/chat/Tea", "Nothing lives here", 404, page},
		{"/chat/" + strings.Repeat("a", 33), "Nothing lives here", 404, page},
		{"/sleep/0", "Slept 0 s.\n", 200, plain},
		{"/sleep/.01", "Slept 0.01 s.\n", 200, plain},
		{"/sleep/60.1", "Sleep for 60 seconds at most", 400, page},
		{"/sleep/" + strings.Repeat("9", 400), "Sleep for 60 seconds at most", 400, page},
		{"/sleep/1.2.3", "Seconds are a number such as 1.5", 400, page},
		{"/sleep/.", "Seconds are a number such as 1.5", 400, page},
		{"/sleep/-1", "Nothing lives here", 404, page},
		{"/stats", `"coroutines_parked": 1`, 200, "application/json"},
		{"/static/reconnect.js", "WebSocket", 200, "text/javascript"},
		{"/static/echo.js", "WebSocket", 200, "text/javascript"},
		{"/static/style.css", "prefers-color-scheme", 200, "text/css"},
		{"/favicon.ico", "<svg", 200, "image/svg+xml"},
		{"/static/nothing", "404", 404, "text/"},
		{"/ws/echo", "", 400, page},
		{"/<script>", "There is no page at <code>/%3Cscript%3E</code>.", 404, page},
	} {
		answer := s.Fetch(tt.path)
		s.Equal(tt.status, answer.StatusCode, tt.path)
		s.True(strings.HasPrefix(answer.Header.Get("Content-Type"), tt.kind), "%s: %v", tt.path, answer.Header)
		s.Contains(answer.Body, tt.body, tt.path)
	}
}

func (s *demoSuite) TestHelloIsExactlyThat() {
	s.Equal("Hello, world", s.Fetch("/hello").Body)
}

func (s *demoSuite) TestPagesLoadNothingFromElsewhere() {
	for _, path := range []string{"/", "/echo", "/chat", "/nothing"} {
		answer := s.Fetch(path)
		s.True(strings.HasPrefix(answer.Header.Get("Content-Security-Policy"), "default-src 'self';"), "%s: %v", path, answer.Header)
		for _, foreign := range []string{"http:", "https:", `="//`, " onclick", " style="} {
			s.NotContains(answer.Body, foreign, path)
		}
	}
}

func (s *demoSuite) TestHeadHasNoBody() {
	answer := s.Fetch("/chat", webtest.FetchOptions{Method: "HEAD"})
	s.Equal(200, answer.StatusCode)
	s.Empty(answer.Body)
	length, err := strconv.Atoi(answer.Header.Get("Content-Length"))
	s.NoError(err)
	s.Greater(length, 1000)
}
