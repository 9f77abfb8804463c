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

// ExpectLog runs fn and fails the test unless a line is logged meanwhile whose logger,
// such as "tornado.access", is the one given ("" is any) and whose text matches
// pattern, a regular expression. Lines that match are not shown. A line that the server
// logs behind its answer is waited for, up to Timeout. Tornado: testing.ExpectLog.
func (s *HTTPSuite) ExpectLog(logger, pattern string, fn func()) {
	s.T().Helper()
	e := s.logs.expect(logger, pattern)
	defer s.logs.forget(e)
	fn()
	select {
	case <-e.seen:
	case <-time.After(Timeout()):
		s.Failf("no such line was logged", "webtest: expected a line of %q that matches %q", logger, pattern)
	}
}

// HideLog runs fn and keeps the lines that match out of the test's log: it is ExpectLog
// for lines that need not come. Tornado: ExpectLog(required=False).
func (s *HTTPSuite) HideLog(logger, pattern string, fn func()) {
	e := s.logs.expect(logger, pattern)
	defer s.logs.forget(e)
	fn()
}

// LogLines are the lines logged so far in this test that were not expected: level,
// logger, text and attributes.
func (s *HTTPSuite) LogLines() []string {
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	return append([]string(nil), s.logs.lines...)
}

// An expectation is a line that is to be logged.
type expectation struct {
	logger  string
	pattern *regexp.Regexp
	seen    chan struct{} // closed at the first
	once    sync.Once
}

// logs keep what is logged in a test, and show it in the test's log.
type logs struct {
	mu       sync.Mutex
	t        *testing.T
	lines    []string
	expected []*expectation
	over     bool
}

func newLogs(t *testing.T) *logs { return &logs{t: t} }

func (l *logs) expect(logger, pattern string) *expectation {
	e := &expectation{logger: logger, pattern: regexp.MustCompile(pattern), seen: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected = append(l.expected, e)
	return e
}

func (l *logs) forget(e *expectation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.expected {
		if other == e {
			l.expected = append(l.expected[:i:i], l.expected[i+1:]...)
			return
		}
	}
}

// end shows nothing more: the test's log is closed soon.
func (l *logs) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

func (l *logs) Enabled(context.Context, slog.Level) bool      { return true }
func (l *logs) WithAttrs(attrs []slog.Attr) slog.Handler      { return logsWith{l, attrs} }
func (l *logs) WithGroup(string) slog.Handler                 { return l }
func (l *logs) Handle(_ context.Context, r slog.Record) error { return l.keep(r) }

// logsWith are logs whose records have more attributes.
type logsWith struct {
	*logs
	attrs []slog.Attr
}

func (l logsWith) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logsWith{l.logs, append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...)}
}

func (l logsWith) Handle(_ context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(l.attrs...)
	return l.keep(r)
}

func (l *logs) keep(r slog.Record) error {
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
