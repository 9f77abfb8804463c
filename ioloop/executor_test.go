package ioloop

import (
	"context"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/log"
)

// ioloop-27: at most limit functions run at once. The others wait, and all of them run in order.
func TestExecutorLimit(t *testing.T) {
	e := NewExecutor(3)
	var mu sync.Mutex
	var wg sync.WaitGroup
	running, most := 0, 0
	started := []int{}
	gate, began := make(chan struct{}), make(chan struct{}, 10)
	wg.Add(10)
	for i := range 10 {
		e.Submit(func() {
			defer wg.Done()
			mu.Lock()
			running++
			most = max(most, running)
			started = append(started, i)
			mu.Unlock()
			began <- struct{}{}
			<-gate
			mu.Lock()
			running--
			mu.Unlock()
			if i%2 == 0 {
				runtime.Goexit() // also frees its place
			}
		})
	}
	for range 3 {
		<-began
	}
	for range 10 {
		gate <- struct{}{}
	}
	wg.Wait()
	require.Equal(t, 3, most)
	require.Len(t, started, 10)
	for range 10 { // the executor stays usable
		done := make(chan struct{})
		e.Submit(func() { close(done) })
		<-done
	}
	require.Panics(t, func() { NewExecutor(0) })
}

func TestExecutorQueueIsFirstComeFirstServed(t *testing.T) {
	e := NewExecutor(1)
	var got []int
	done := make(chan struct{})
	gate := make(chan struct{})
	e.Submit(func() { <-gate })
	for i := range 100 {
		e.Submit(func() {
			if got = append(got, i); i == 99 {
				close(done)
			}
		})
	}
	close(gate)
	<-done
	for i, v := range got {
		require.Equal(t, i, v)
	}
}

// ioloop-27, sync-20: the executor is that of the option, of SetDefaultExecutor, or of one call
// of RunOnExecutor.
func TestWhichExecutorRuns(t *testing.T) { // gen-13, gen-14
	var got []string
	named := func(name string) Executor {
		return ExecutorFunc(func(fn func()) { got = append(got, name); fn() })
	}
	l, err := New(Options{Debug: true, Executor: named("option")})
	require.NoError(t, err)
	defer l.Close()
	run(t, l, func() {
		fn := func() (int, error) { return 1, nil }
		RunInExecutor(l, fn).Await()
		l.SetDefaultExecutor(named("default"))
		RunInExecutor(l, fn).Await()
		v, err := RunOnExecutor(l, named("own"), fn).Await()
		require.NoError(t, err)
		require.Equal(t, 1, v)
	})
	require.Equal(t, []string{"option", "default", "own"}, got)
}

// ioloop-27: errors and panics arrive in the future.
func TestExecutorErrors(t *testing.T) {
	l := newLoop(t)
	for _, tt := range []struct {
		name string
		fn   func() (int, error)
		want string
		is   error
	}{
		{"error", func() (int, error) { return 0, io.EOF }, "EOF", io.EOF},
		{"panic", func() (int, error) { panic("boom") }, "panic: boom", nil},
		{"panicked error", func() (int, error) { panic(io.EOF) }, "panic: EOF", io.EOF},
		{"Goexit", func() (int, error) { runtime.Goexit(); return 0, nil }, "panic: " + log.Goexit, nil},
	} {
		run(t, l, func() {
			_, err := RunInExecutor(l, tt.fn).Await()
			require.EqualError(t, err, tt.want, tt.name)
			if tt.is != nil {
				require.ErrorIs(t, err, tt.is, tt.name)
			}
		})
	}
}

// The function's context ends when the caller's context does, when the future is cancelled
// and when the loop is closed. A function that has not started by then does not run.
func TestRunInExecutorContext(t *testing.T) {
	l := newLoop(t)
	began, causes := make(chan bool), make(chan error, 1)
	untilDone := func(ctx context.Context) (int, error) {
		began <- true
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return 0, ctx.Err()
	}
	run(t, l, func() {
		v, err := RunInExecutorContext(context.Background(), l, func(ctx context.Context) (int, error) { return 2, ctx.Err() }).Await()
		require.NoError(t, err)
		require.Equal(t, 2, v)

		ctx, cancel := context.WithCancelCause(context.Background())
		f := RunInExecutorContext(ctx, l, untilDone)
		<-began
		cancel(os.ErrDeadlineExceeded)
		_, err = f.Await()
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, <-causes, os.ErrDeadlineExceeded)

		_, err = RunInExecutorContext(ctx, l, func(context.Context) (int, error) { t.Error("ran"); return 0, nil }).Await()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		f = RunInExecutorContext(context.Background(), l, untilDone)
		<-began
		require.True(t, f.Cancel())
		_, err = f.Await()
		require.ErrorIs(t, err, ErrCancelled)
		require.ErrorIs(t, <-causes, ErrCancelled)
		RunInExecutorContext(context.Background(), l, untilDone)
		<-began
		l.Close()
	})
	require.ErrorIs(t, <-causes, ErrClosed)
}

func TestCallOn(t *testing.T) {
	l, other := newLoop(t), newLoop(t)
	served := make(chan error)
	go func() { served <- other.Start() }()
	run(t, l, func() {
		v, err := CallOn(l, other, func() (int, error) {
			other.CheckOwner("the call")
			_, err := Sleep(other, time.Millisecond).Await() // it may wait
			return 3, err
		}).Await()
		require.NoError(t, err)
		require.Equal(t, 3, v)
		_, err = CallOn(l, other, func() (int, error) { panic("boom") }).Await()
		require.EqualError(t, err, "panic: boom")
		_, err = CallOn(l, other, func() (int, error) {
			other.Close()
			return NewFuture[int](other).Await()
		}).Await()
		require.ErrorIs(t, err, ErrClosed)
		_, err = CallOn(l, other, func() (int, error) { t.Error("ran"); return 0, nil }).Await()
		require.ErrorIs(t, err, ErrClosed)
	})
	require.NoError(t, <-served)
}

// ioloop-36: signals arrive on the loop until stop is called.
func TestAddCallbackFromSignal(t *testing.T) {
	l := newLoop(t)
	var got []os.Signal
	stop := l.AddCallbackFromSignal(func(s os.Signal) {
		l.CheckOwner("the callback")
		got = append(got, s)
		Sleep(l, 0).Await() // it may wait
		l.Stop()
	}, syscall.SIGUSR1, syscall.SIGUSR2)
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2} {
		l.AddCallback(func() { require.NoError(t, syscall.Kill(os.Getpid(), s)) })
		require.NoError(t, l.Start())
	}
	require.Equal(t, []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2}, got)
	stop()
	stop()

	second := newLoop(t)
	defer second.AddCallbackFromSignal(func(os.Signal) { second.Stop() }, syscall.SIGUSR1)()
	second.AddCallback(func() { syscall.Kill(os.Getpid(), syscall.SIGUSR1) })
	require.NoError(t, second.Start())
	run(t, l, func() { Moment(l) })
	require.Len(t, got, 2, "the first was stopped")
}

// ioloop-36: closing the loop stops them too.
func TestAddCallbackFromSignalEndsWithItsLoop(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		l := newLoop(t)
		l.AddCallbackFromSignal(func(os.Signal) {}, syscall.SIGUSR1)
		l.Close()
	}
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before+2 { // the signal package has a goroutine of its own
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
