package webtest

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/log"
)

// LogOptions narrow down the lines that ExpectLog accepts. The zero value accepts any level.
type LogOptions struct {
	Level   slog.Leveler // level of the line, such as slog.LevelWarn; nil means any. A line of another level does not count
	NoStack bool         // fail if a matching line has a stack
}

// LogMatches tells which lines matched.
type LogMatches struct {
	Matched     int  // number of lines. Tornado: matched
	LoggedStack bool // at least one of the lines had a stack. Tornado: logged_stack
}

// ExpectLog runs fn and fails the test unless a matching line is logged meanwhile. A line
// matches if its logger is the given one, such as "tornado.access" ("" means any), and its
// text matches the regular expression pattern. Matching lines are not shown. ExpectLog waits
// up to Timeout for a line that the server logs after its response.
// Tornado: testing.ExpectLog.
func (s *AsyncTestCase) ExpectLog(logger, pattern string, fn func(), options ...LogOptions) LogMatches {
	s.T().Helper()
	return s.logs.expect(s.T(), logger, pattern, fn, options)
}

// HideLog runs fn and hides matching lines from the test's log. It is ExpectLog without the
// failure. Tornado: ExpectLog(required=False).
func (s *AsyncTestCase) HideLog(logger, pattern string, fn func()) {
	e := s.logs.addExpectation(logger, pattern, LogOptions{})
	defer s.logs.removeExpectation(e)
	fn()
}

// LogLines returns the unexpected lines that this test has logged so far: level, logger, text
// and attributes.
func (s *AsyncTestCase) LogLines() []string { return s.logs.unexpected() }

// ExpectLog is the method of AsyncTestCase for tests without a suite: it replaces the default
// logger while fn runs, so it must not run in parallel with other tests. Lines that do not
// match go to the log of the test. Tornado: testing.ExpectLog.
func ExpectLog(t testing.TB, logger, pattern string, fn func(), options ...LogOptions) LogMatches {
	t.Helper()
	before := slog.Default()
	logs := newLogs(t)
	slog.SetDefault(slog.New(logs))
	defer slog.SetDefault(before)
	return logs.expect(t, logger, pattern, fn, options)
}

// An expectation describes a line that should be logged.
type expectation struct {
	logger  string
	pattern *regexp.Regexp
	options LogOptions
	seen    chan struct{} // closed at the first match
	matches LogMatches    // under the lock of the testLogs
}

// testLogs records the log output of a test and writes it to the test's log.
type testLogs struct {
	t        testing.TB
	mu       sync.Mutex
	lines    []string
	expected []*expectation
	over     bool
}

// newLogs returns a handler that writes to the log of a test.
func newLogs(t testing.TB) *testLogs { return &testLogs{t: t} }

// expect runs fn, waits for a matching line, and returns the matches.
func (l *testLogs) expect(t testing.TB, logger, pattern string, fn func(), options []LogOptions) LogMatches {
	t.Helper()
	var o LogOptions
	if len(options) > 0 {
		o = options[0]
	}
	e := l.addExpectation(logger, pattern, o)
	defer l.removeExpectation(e)
	fn()
	select {
	case <-e.seen:
	case <-time.After(Timeout()):
		t.Errorf("webtest: no line of %q that matches %q was logged", logger, pattern)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if o.NoStack && e.matches.LoggedStack {
		t.Errorf("webtest: a line of %q that matches %q has a stack", logger, pattern)
	}
	return e.matches
}

// unexpected returns the lines that no expectation matched.
func (l *testLogs) unexpected() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *testLogs) addExpectation(logger, pattern string, o LogOptions) *expectation {
	e := &expectation{logger: logger, pattern: regexp.MustCompile(pattern), options: o, seen: make(chan struct{})}
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
	stack := false
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == log.NameKey {
			logger = a.Value.String()
		} else {
			stack = stack || a.Key == "stack"
			fmt.Fprintf(&rest, " %s=%v", a.Key, a.Value)
		}
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	hidden := false
	for _, e := range l.expected {
		if e.accepts(logger, r.Message+rest.String(), r.Level) {
			if e.matches.Matched++; e.matches.Matched == 1 {
				close(e.seen)
			}
			e.matches.LoggedStack = e.matches.LoggedStack || stack
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

func (e *expectation) accepts(logger, text string, level slog.Level) bool {
	return (e.logger == "" || e.logger == logger) && e.pattern.MatchString(text) &&
		(e.options.Level == nil || e.options.Level.Level() == level)
}
