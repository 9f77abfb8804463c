package ioloop

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/log"
)

func TestAwaitParksOnlyItsCoroutine(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[string](l)
	var got []string
	run(t, l, func() {
		ended := l.SpawnFunc(func() {
			v, err := f.Await()
			got = append(got, fmt.Sprint(v, err))
		})
		got = append(got, fmt.Sprint("ended ", ended))
		require.Equal(t, 1, l.Stats().CoroutinesParked)
		f.SetResult("done")
		got = append(got, "set")
		Sleep(l, 0).Await()
		require.Zero(t, l.Stats().CoroutinesParked)
	})
	require.Equal(t, []string{"ended false", "set", "done<nil>"}, got)
}

func TestAwaitOnADoneFutureDoesNotSwitch(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	require.True(t, f.SetResult(7))
	require.False(t, f.SetError(errors.New("late")), "the first result stays")
	v, err := f.Await() // this is not a coroutine, so Await would panic if it had to wait
	require.NoError(t, err)
	require.Equal(t, 7, v)
}

func TestAwaitOutsideACoroutineSaysWhatToDo(t *testing.T) {
	l := newLoop(t)
	require.PanicsWithValue(t, "ioloop: Future.Await outside a loop coroutine; start one with IOLoop.Spawn or IOLoop.AddCallback",
		func() { NewFuture[int](l).Await() })
}

func TestManyCoroutinesAwaitOneFuture(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	sum := 0
	run(t, l, func() {
		for range 10 {
			l.SpawnFunc(func() { v, _ := f.Await(); sum += v })
		}
		f.SetResult(3)
		Sleep(l, time.Millisecond).Await()
	})
	require.Equal(t, 30, sum)
}

func TestCoroutinesNest(t *testing.T) {
	l := newLoop(t)
	var got []string
	f := NewFuture[int](l)
	run(t, l, func() {
		l.SpawnFunc(func() {
			got = append(got, "outer")
			l.SpawnFunc(func() { got = append(got, "inner"); f.Await(); got = append(got, "inner again") })
			got = append(got, "outer again")
		})
		f.SetResult(1)
		Sleep(l, 0).Await()
	})
	require.Equal(t, "outer, inner, outer again, inner again", strings.Join(got, ", "))
}

func TestCoroutinesAreReused(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		for range 100 {
			require.True(t, l.SpawnFunc(func() {}))
		}
	})
	require.LessOrEqual(t, l.Stats().CoroutinesPooled, 2)
}

// Coroutines stay in the pool while they are used. A trim interval after their last use they are
// released.
func TestPoolReleasesIdleCoroutines(t *testing.T) {
	l, _ := newScripted(t)
	burst := func(n int) {
		f := NewFuture[int](l)
		for range n {
			l.SpawnFunc(func() { f.Await() })
		}
		f.SetResult(0)
		Moment(l)
	}
	pooled := func(want int) {
		t.Helper()
		require.Equal(t, want, l.Stats().CoroutinesPooled)
		require.Len(t, l.coroutines, want+1, "and the coroutine of this test")
	}
	run(t, l, func() {
		burst(3 * minPooled)
		pooled(3 * minPooled)
		for range 5 {
			Sleep(l, trimInterval/2).Await()
			burst(3 * minPooled)
		}
		pooled(3 * minPooled)
		Sleep(l, trimInterval).Await()
		burst(2 * minPooled)
		Sleep(l, trimInterval).Await()
		pooled(2 * minPooled)
		Sleep(l, 2*trimInterval).Await()
		pooled(minPooled)
	})
}

func TestCloseUnwindsParkedCoroutines(t *testing.T) {
	l := newLoop(t)
	var got []string
	run(t, l, func() {
		l.SpawnFunc(func() {
			defer func() {
				r := recover()
				got = append(got, fmt.Sprint("unwinding ", Unwinding(r)))
				panic(r)
			}()
			NewFuture[int](l).Await()
			t.Error("went on after Close")
		})
	})
	before := runtime.NumGoroutine()
	require.NoError(t, l.Close())
	require.Equal(t, []string{"unwinding true"}, got)
	require.Less(t, runtime.NumGoroutine(), before)
}

// A deferred call may spawn during Close, even after Close has ended other coroutines.
func TestDeferredCallsSpawnDuringClose(t *testing.T) {
	l := newLoop(t)
	const parked = 32
	got := 0
	run(t, l, func() {
		for range parked {
			l.SpawnFunc(func() {
				defer l.SpawnFunc(func() { got++ })
				NewFuture[int](l).Await()
			})
		}
		never := NewFuture[int](l)
		for range parked { // become idle ones
			Go(l, never.Await)
		}
		never.SetResult(1)
		Moment(l)
	})
	require.NoError(t, l.Close())
	require.Equal(t, parked, got)
	require.Empty(t, l.coroutines)
}

func TestRunInExecutor(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		v, err := RunInExecutor(l, func() (int, error) { return 5, nil }).Await()
		require.NoError(t, err)
		require.Equal(t, 5, v)
		_, err = RunInExecutor(l, func() (int, error) { panic("boom") }).Await()
		var p *log.PanicError
		require.ErrorAs(t, err, &p)
		require.Equal(t, "boom", p.Value)
		require.Contains(t, string(p.Stack), "coroutine_test.go")
	})
}

// sync-2, sync-3: Multi returns the results in order, or the first error in order. Without
// futures it returns no results.
func TestMulti(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		a, b, c := NewFuture[int](l), NewFuture[int](l), NewFuture[int](l)
		c.SetResult(3)
		l.CallLater(0, func() { b.SetResult(2) })
		l.CallLater(time.Millisecond, func() { a.SetResult(1) })
		got, err := Multi(l, a, b, c, c).Await()
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3, 3}, got)
		none, err := Multi[int](l).Await()
		require.NoError(t, err)
		require.Empty(t, none)
		d, e := NewFuture[int](l), NewFuture[int](l)
		e.SetError(errors.New("second"))
		d.SetError(errors.New("first"))
		_, err = Multi(l, a, d, e).Await()
		require.EqualError(t, err, "first")
	})
}

// sync-5.
func TestWithTimeout(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		slow := NewFuture[int](l)
		_, err := WithTimeout(slow, time.Millisecond).Await()
		require.ErrorIs(t, err, ErrTimeout)
		quick := WithTimeout(slow, time.Hour)
		slow.SetResult(1)
		v, err := quick.Await()
		require.NoError(t, err)
		require.Equal(t, 1, v)
		_, err = WithTimeout(slow, -1).Await()
		require.NoError(t, err, "an available result wins over the limit")
	})
	require.Zero(t, l.Stats().Timeouts, "the timeout was removed")
}

func TestWaitFromAnotherGoroutine(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	got := make(chan int)
	go func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := f.Wait(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		l.AddCallback(func() { f.SetResult(9) })
		v, _ := f.Wait(context.Background())
		l.Stop()
		got <- v
	}()
	require.NoError(t, l.Start())
	require.Equal(t, 9, <-got)
}

func TestAddDoneCallbackMayWait(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		f, after := NewFuture[int](l), NewFuture[int](l)
		f.AddDoneCallback(func(f *Future[int]) {
			Sleep(l, 0).Await()
			v, _ := f.Result()
			after.SetResult(v + 1)
		})
		f.SetResult(1)
		v, _ := after.Await()
		require.Equal(t, 2, v)
	})
}

func TestDebugModeNamesTheCallFromAnotherGoroutine(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		caught := make(chan any)
		go func() {
			defer func() { caught <- recover() }()
			l.CallLater(0, func() {})
		}()
		text := fmt.Sprint(<-caught)
		require.Contains(t, text, "IOLoop.CallLater called from goroutine")
		require.Contains(t, text, "use IOLoop.AddCallback")
	})
}

func TestDebugModeReportsABlockedLoop(t *testing.T) {
	out := captureLog(t)
	l, err := New(Options{Debug: true, SlowCallback: 4 * time.Millisecond})
	require.NoError(t, err)
	defer l.Close()
	run(t, l, func() {
		Sleep(l, 0).Await() // the time of dispatching is measured from the first poll on
		blockTheLoop(out)
	})
	require.Contains(t, out.String(), "IOLoop blocked for")
	require.Contains(t, out.String(), "blockTheLoop")
}

// blockTheLoop blocks until out names it.
func blockTheLoop(out *logBuffer) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && !strings.Contains(out.String(), "blockTheLoop"); {
		time.Sleep(time.Millisecond)
	}
}

func BenchmarkSpawn(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	task := TaskFunc(func() {})
	b.ReportAllocs()
	for b.Loop() {
		l.Spawn(task)
	}
}

func BenchmarkAwait(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	b.ReportAllocs()
	RunSync(l, 0, func() (int, error) {
		for b.Loop() {
			f := NewFuture[int](l)
			l.callSoon(func() { f.SetResult(1) })
			f.Await()
		}
		return 0, nil
	})
}

func BenchmarkAddCallback(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	go l.Start()
	b.ReportAllocs()
	fn := func() {}
	for b.Loop() {
		l.AddCallback(fn)
	}
}

func BenchmarkTimeoutAddCancel(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	b.ReportAllocs()
	fn := func() {}
	for b.Loop() {
		l.RemoveTimeout(l.CallLater(time.Hour, fn))
	}
}
