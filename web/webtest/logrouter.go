package webtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/gotornado/tornado/ioloop"
)

// A logRouter is the default log handler while suites run. It gives each record to the test on
// whose loop it was logged, so that tests may run in parallel. A record from another goroutine
// goes to the only test that runs, or to the logger that was the default before.
type logRouter struct {
	mu     sync.Mutex
	tests  []*routedLogs
	before *slog.Logger // the default without tests
	other  slog.Handler // for records that belong to no test
}

// A routedLogs is a test that runs.
type routedLogs struct {
	logs *testLogs
	loop *ioloop.IOLoop
}

var router logRouter

// startRouting makes records of loop go to logs, until stopRouting.
func (r *logRouter) startRouting(logs *testLogs, loop *ioloop.IOLoop) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tests) == 0 {
		r.before = slog.Default()
		r.other = r.before.Handler()
		if fmt.Sprintf("%T", r.other) == "*slog.defaultHandler" { // it would write to the router
			r.other = slog.NewTextHandler(os.Stderr, nil)
		}
		slog.SetDefault(slog.New(r))
	}
	r.tests = append(r.tests, &routedLogs{logs, loop})
}

func (r *logRouter) stopRouting(logs *testLogs) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tests = slices.DeleteFunc(r.tests, func(t *routedLogs) bool { return t.logs == logs })
	if len(r.tests) == 0 {
		slog.SetDefault(r.before)
	}
}

// handler returns the handler for a record that is logged by the calling goroutine.
func (r *logRouter) handler() slog.Handler {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tests) == 1 {
		return r.tests[0].logs
	}
	for _, t := range r.tests {
		if runsOn(t.loop) {
			return t.logs
		}
	}
	return r.other
}

// runsOn reports whether the calling goroutine is that of loop. Only loops in debug mode know.
func runsOn(loop *ioloop.IOLoop) (runs bool) {
	if !loop.Options().Debug {
		return false
	}
	defer func() { runs = recover() == nil }()
	loop.CheckOwner("webtest")
	return true
}

func (r *logRouter) Enabled(context.Context, slog.Level) bool { return true }
func (r *logRouter) WithGroup(string) slog.Handler            { return r }
func (r *logRouter) WithAttrs(attrs []slog.Attr) slog.Handler { return routerWith{r, attrs} }
func (r *logRouter) Handle(ctx context.Context, record slog.Record) error {
	return r.handler().Handle(ctx, record)
}

// routerWith is a handler for records with additional attributes.
type routerWith struct {
	*logRouter
	attrs []slog.Attr
}

func (r routerWith) WithAttrs(attrs []slog.Attr) slog.Handler {
	return routerWith{r.logRouter, slices.Concat(r.attrs, attrs)}
}

func (r routerWith) Handle(ctx context.Context, record slog.Record) error {
	record = record.Clone()
	record.AddAttrs(r.attrs...)
	return r.logRouter.Handle(ctx, record)
}
