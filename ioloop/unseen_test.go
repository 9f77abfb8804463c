package ioloop

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var errUnseen = errors.New("unseen")

// An error is logged once if every caller has dropped the future without looking at it.
func TestUnseenErrors(t *testing.T) { // gen-b2
	fails := func() (int, error) { return 0, errUnseen }
	for _, tt := range []struct {
		name   string
		call   func(l *IOLoop)
		logged bool
	}{
		{"dropped", func(l *IOLoop) { Go(l, fails) }, true},
		{"after a wait", func(l *IOLoop) {
			Go(l, func() (int, error) { Sleep(l, 0).Await(); return 0, errUnseen })
		}, true},
		{"in the executor", func(l *IOLoop) { RunInExecutor(l, fails) }, true},
		{"on a loop", func(l *IOLoop) { CallOn(l, l, fails) }, true},
		{"no error", func(l *IOLoop) { Go(l, func() (int, error) { return 1, nil }) }, false},
		{"cancelled", func(l *IOLoop) { Go(l, func() (int, error) { return 0, ErrCancelled }) }, false},
		{"awaited later", func(l *IOLoop) { Go(l, fails).Await() }, false},
		{"awaited before", func(l *IOLoop) { RunInExecutor(l, fails).Await() }, false},
		{"result", func(l *IOLoop) { Go(l, fails).Result() }, false},
		{"callback", func(l *IOLoop) { Go(l, fails).AddDoneCallback(func(*Future[int]) {}) }, false},
		{"WithTimeout", func(l *IOLoop) { WithTimeout(Go(l, fails), time.Hour).Await() }, false},
		{"Multi", func(l *IOLoop) { Multi(l, Go(l, fails)).Await() }, false},
		{"MultiMap", func(l *IOLoop) { MultiMap(l, map[int]*Future[int]{1: Go(l, fails)}).Await() }, false},
		{"FailFast", func(l *IOLoop) { FailFast(l, Go(l, fails)).Await() }, false},
		{"WaitIterator", func(l *IOLoop) { NewWaitIterator(l, Go(l, fails)).Next().Await() }, false},
		{"ChainFuture", func(l *IOLoop) { ChainFuture(Go(l, fails), NewFuture[int](l)) }, false},
		{"given out by another loop", func(l *IOLoop) {
			f := Go(l, fails)
			RunInExecutor(l, func() (int, error) { return f.Wait(context.Background()) }).Await()
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			written := captureLog(t)
			l := newLoop(t)
			run(t, l, func() {
				tt.call(l)
				Sleep(l, 0).Await()
				RunInExecutor(l, func() (int, error) { return 0, nil }).Await()
			})
			const text = "Future exception was never retrieved"
			limit := 30 // rounds of the collector that see nothing
			if tt.logged {
				limit = 20_000
			}
			for i := 0; i < limit && !strings.Contains(written.String(), text); i++ {
				runtime.GC()
				time.Sleep(time.Millisecond) // runtime cleanups run on a goroutine of their own
			}
			if !tt.logged {
				require.NotContains(t, written.String(), text)
				return
			}
			require.Equal(t, 1, strings.Count(written.String(), text))
			require.Contains(t, written.String(), "error=unseen")
			require.Contains(t, written.String(), "unseen_test.go:")
		})
	}
}

// The stack of a panic is logged too.
func TestUnseenPanic(t *testing.T) { // gen-b2
	written := captureLog(t)
	l := newLoop(t)
	run(t, l, func() { Go(l, func() (int, error) { panic("oops") }) })
	for i := 0; i < 20_000 && !strings.Contains(written.String(), "never retrieved"); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	require.Contains(t, written.String(), "panic: oops")
	require.Contains(t, written.String(), "TestUnseenPanic")
}
