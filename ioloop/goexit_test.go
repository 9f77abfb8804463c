package ioloop

import (
	"context"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/log"
)

// TestGoexitEndsOnlyItsCoroutine calls runtime.Goexit, as a test's FailNow does, from every
// place where the loop runs a user's function. The loop goes on, and the call is reported.
func TestGoexitEndsOnlyItsCoroutine(t *testing.T) {
	for name, start := range map[string]func(l *IOLoop, goexit func()){
		"AddCallback": func(l *IOLoop, goexit func()) { l.AddCallback(goexit) },
		"CallLater":   func(l *IOLoop, goexit func()) { l.CallLater(0, goexit) },
		"Spawn":       func(l *IOLoop, goexit func()) { require.True(t, l.SpawnFunc(goexit)) },
		"nested Spawn": func(l *IOLoop, goexit func()) {
			l.SpawnFunc(func() { l.SpawnFunc(goexit); Sleep(l, 0).Await() })
		},
		"after a wait": func(l *IOLoop, goexit func()) {
			l.SpawnFunc(func() { Sleep(l, 0).Await(); goexit() })
		},
		"deferred call that waits": func(l *IOLoop, goexit func()) {
			l.SpawnFunc(func() { defer func() { Sleep(l, 0).Await() }(); goexit() })
		},
		"done callback": func(l *IOLoop, goexit func()) {
			f := NewFuture[int](l)
			f.AddDoneCallback(func(*Future[int]) { goexit() })
			f.SetResult(1)
		},
		"PeriodicCallback": func(l *IOLoop, goexit func()) {
			var p *PeriodicCallback
			p = NewPeriodicCallback(l, time.Millisecond, func() { p.Stop(); goexit() })
			p.Start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var reported []string
			l, err := New(Options{Debug: true, HandleCallbackException: func(r any, stack []byte) {
				reported = append(reported, r.(string)+" "+string(stack))
			}})
			require.NoError(t, err)
			defer l.Close()
			ran := 0
			run(t, l, func() {
				for range 3 {
					start(l, func() { ran++; runtime.Goexit() })
				}
				deadline := time.Now().Add(time.Minute)
				for ran < 3 || len(reported) < 3 || len(l.coroutines) > 1+len(l.pool) { // an exited coroutine is not kept
					require.True(t, time.Now().Before(deadline), "ran %d, reported %q", ran, reported)
					Sleep(l, time.Millisecond).Await()
				}
				require.Len(t, reported, 3)
				require.Contains(t, reported[0], log.Goexit)
				require.Contains(t, reported[0], "goexit_test.go", "the stack shows the caller")
			})
		})
	}
}

// The future of a function that calls runtime.Goexit has an error.
func TestGoexitFailsTheFuture(t *testing.T) {
	exits := func() (int, error) { runtime.Goexit(); return 1, nil }
	l, other := newLoop(t), newLoop(t)
	go other.Start()
	for name, start := range map[string]func() *Future[int]{
		"Go":            func() *Future[int] { return Go(l, exits) },
		"RunInExecutor": func() *Future[int] { return RunInExecutor(l, exits) },
		"RunInExecutorContext": func() *Future[int] {
			return RunInExecutorContext(t.Context(), l, func(context.Context) (int, error) { return exits() })
		},
		"CallOn": func() *Future[int] { return CallOn(l, other, exits) },
	} {
		run(t, l, func() {
			v, err := start().Await()
			require.Zero(t, v, name)
			require.EqualError(t, err, "panic: "+log.Goexit, name)
			require.True(t, strings.Contains(log.Stack(err), "goexit_test.go"), name)
		})
	}
	other.Stop()
}

// A coroutine that calls runtime.Goexit while its loop closes does not stop the closing.
func TestGoexitWhileTheLoopCloses(t *testing.T) {
	l := newLoop(t)
	ends := 0
	for range 3 {
		l.SpawnFunc(func() {
			defer func() { ends++; runtime.Goexit() }()
			NewFuture[int](l).Await()
		})
	}
	require.NoError(t, l.Close())
	require.Equal(t, 3, ends)
	require.Empty(t, l.coroutines)
}

// runtime.Goexit on the loop's own goroutine ends the loop, since it cannot be undone. The
// log says so, with the stack of the caller.
func TestGoexitOnTheLoopsGoroutineIsLogged(t *testing.T) {
	for name, start := range map[string]func(l *IOLoop){
		"I/O handler": func(l *IOLoop) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			t.Cleanup(func() { r.Close(); w.Close() })
			fd := int(r.Fd())
			require.NoError(t, syscall.SetNonblock(fd, true))
			require.NoError(t, l.AddHandler(fd, HandlerFunc(func(int, Events) { runtime.Goexit() }), Read))
			w.Write([]byte("x"))
		},
		"CallSoon": func(l *IOLoop) { l.CallSoon(runtime.Goexit) },
	} {
		t.Run(name, func(t *testing.T) {
			out := captureLog(t)
			l := newLoop(t)
			start(l)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				l.Start()
			}()
			<-ended
			require.Contains(t, out.String(), "The loop ended")
			require.Contains(t, out.String(), log.Goexit)
			require.Contains(t, out.String(), "runtime.Goexit(")
			require.False(t, l.Running())
		})
	}
}

// A loop that Stop ends logs nothing.
func TestStopIsNotLoggedAsGoexit(t *testing.T) {
	out := captureLog(t)
	l := newLoop(t)
	l.Stop()
	require.NoError(t, l.Start())
	require.Empty(t, out.String())
}
