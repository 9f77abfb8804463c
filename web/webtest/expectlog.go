package webtest

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/log"
)

// ExpectLog runs fn and fails the test unless a matching line is logged meanwhile. A line
// matches if its logger is the given one, such as "tornado.access" ("" means any), and its
// text matches the regular expression pattern. Matching lines are not shown. ExpectLog waits
// up to Timeout for a line that the server logs after its response.
// Tornado: testing.ExpectLog.
func (s *HTTPSuite) ExpectLog(logger, pattern string, fn func()) {
	s.T().Helper()
	e := s.logs.addExpectation(logger, pattern)
	defer s.logs.removeExpectation(e)
	fn()
	select {
	case <-e.seen:
	case <-time.After(Timeout()):
		s.Failf("no such line was logged", "webtest: expected a line of %q that matches %q", logger, pattern)
	}
}

// HideLog runs fn and hides matching lines from the test's log. It is ExpectLog without the
// failure. Tornado: ExpectLog(required=False).
func (s *HTTPSuite) HideLog(logger, pattern string, fn func()) {
	e := s.logs.addExpectation(logger, pattern)
	defer s.logs.removeExpectation(e)
	fn()
}

// LogLines returns the unexpected lines that this test has logged so far: level, logger, text
// and attributes.
func (s *HTTPSuite) LogLines() []string {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	return append([]string(nil), s.logs.lines...)
}

// An expectation describes a line that should be logged.
type expectation struct {
	logger  string
	pattern *regexp.Regexp
	seen    chan struct{} // closed at the first match
	once    sync.Once
}

// testLogs records the log output of a test and writes it to the test's log.
type testLogs struct {
	mu       sync.Mutex
	t        *testing.T
	lines    []string
	expected []*expectation
	over     bool
}

func newLogs(t *testing.T) *testLogs { return &testLogs{t: t} }

func (l *testLogs) addExpectation(logger, pattern string) *expectation {
	e := &expectation{logger: logger, pattern: regexp.MustCompile(pattern), seen: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected = append(l.expected, e)
	return e
}

func (l *testLogs) removeExpectation(e *expectation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.expected {
		if other == e {
			l.expected = append(l.expected[:i:i], l.expected[i+1:]...)
			return
		}
	}
}

// stopLogging stops writing to the test's log, which is closed when the test ends.
func (l *testLogs) stopLogging() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

func (l *testLogs) Enabled(context.Context, slog.Level) bool      { return true }
func (l *testLogs) WithAttrs(attrs []slog.Attr) slog.Handler      { return testLogsWith{l, attrs} }
func (l *testLogs) WithGroup(string) slog.Handler                 { return l }
func (l *testLogs) Handle(_ context.Context, r slog.Record) error { return l.logRecord(r) }

// testLogsWith is a handler for records with additional attributes.
type testLogsWith struct {
	*testLogs
	attrs []slog.Attr
}

func (l testLogsWith) WithAttrs(attrs []slog.Attr) slog.Handler {
	return testLogsWith{l.testLogs, append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...)}
}

func (l testLogsWith) Handle(_ context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(l.attrs...)
	return l.logRecord(r)
}

func (l *testLogs) logRecord(r slog.Record) error {
	var logger string
	var rest strings.Builder
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == log.NameKey {
			logger = a.Value.String()
		} else {
			fmt.Fprintf(&rest, " %s=%v", a.Key, a.Value)
		}
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	hidden := false
	for _, e := range l.expected {
		if (e.logger == "" || e.logger == logger) && e.pattern.MatchString(r.Message+rest.String()) {
			e.once.Do(func() { close(e.seen) })
			hidden = true
		}
	}
	if !hidden && !l.over {
		line := fmt.Sprintf("%v %s: %s%s", r.Level, logger, r.Message, rest.String())
		l.lines = append(l.lines, line)
		l.t.Log(line)
	}
	return nil
}
