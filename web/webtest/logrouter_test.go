package webtest_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

// A parallelSuite logs its name while another one runs.
type parallelSuite struct {
	webtest.AsyncHTTPTestCase
	name      string
	own, next chan bool // each channel is closed when a suite has its loop: this one, or the other one
}

type named struct {
	web.RequestHandler
	name string
}

func (h *named) Get(...string) error {
	log.App().Warn("from "+h.name, "in", h.name)
	return nil
}

func (s *parallelSuite) GetApp() *web.Application {
	return web.NewApplication([]web.URLSpec{web.URL("/.*", named{name: s.name})}, web.Settings{})
}

func (s *parallelSuite) TestLog() {
	close(s.own)
	<-s.next
	for range 20 {
		s.ExpectLog(log.AppName, "^from "+s.name+" in="+s.name+"$", func() { s.Fetch("/" + s.name) })
	}
	// The line of the access log is written after the response.
	s.Eventually(func() bool { return len(s.LogLines()) == 20 }, 20*time.Second, time.Millisecond)
	for _, line := range s.LogLines() {
		s.Contains(line, "200 GET /"+s.name)
	}
}

// Suites that run at the same time do not see each other's records.
func TestParallelSuites(t *testing.T) { // testing-b2
	before := slog.Default()
	a, b := make(chan bool), make(chan bool)
	t.Run("both", func(t *testing.T) {
		t.Run("a", func(t *testing.T) { t.Parallel(); suite.Run(t, &parallelSuite{name: "a", own: a, next: b}) })
		t.Run("b", func(t *testing.T) { t.Parallel(); suite.Run(t, &parallelSuite{name: "b", own: b, next: a}) })
	})
	require.Same(t, before, slog.Default())
}
