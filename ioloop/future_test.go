package ioloop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sync-1: the future of a coroutine that never waits is done on return, whatever its outcome.
func TestGo(t *testing.T) { // gen-8, gen-9
	l := newLoop(t)
	for _, tt := range []struct {
		name string
		fn   func() (int, error)
		want string
	}{
		{"value", func() (int, error) { return 3, nil }, "3 <nil>"},
		{"error", func() (int, error) { return 0, io.EOF }, "0 EOF"},
		{"panic", func() (int, error) { panic("boom") }, "0 panic: boom"},
	} {
		f := Go(l, tt.fn)
		require.True(t, f.Done(), tt.name)
		require.Nil(t, f.cancel, "a finished future keeps no reference to its coroutine")
		if v, err := f.Result(); fmt.Sprint(v, " ", err) != tt.want {
			t.Errorf("%s: %v %v, want %s", tt.name, v, err, tt.want)
		}
	}
	run(t, l, func() {
		f := Go(l, func() (int, error) { Sleep(l, 0).Await(); return 4, nil })
		require.False(t, f.Done())
		v, err := f.Await()
		require.NoError(t, err)
		require.Equal(t, 4, v)
	})
}

// sync-4: Moment lets the loop run once: the timeouts and events of this turn, and the callbacks
// of the next one. Two coroutines that call Moment take turns. Coroutines that await completed
// futures do not.
func TestMomentLetsCoroutinesTakeTurns(t *testing.T) { // gen-4
	l := newLoop(t)
	for want, wait := range map[string]func(){
		"ababababab": func() { Moment(l) },
		"aaaaabbbbb": func() { future(l, 0, nil).Await() },
	} {
		var got strings.Builder
		run(t, l, func() {
			letters := func(name string) func() (int, error) {
				return func() (int, error) {
					for range 5 {
						got.WriteString(name)
						wait()
					}
					return 0, nil
				}
			}
			Multi(l, Go(l, letters("a")), Go(l, letters("b"))).Await()
		})
		require.Equal(t, want, got.String())
	}
}

func TestMoment(t *testing.T) { // gen-4
	l, p := newScripted(t)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	require.NoError(t, l.AddHandler(3, HandlerFunc(func(int, Events) { note("event")() }), Read))
	l.AddCallback(func() {
		p.events = [][]fdEvent{{{3, Read}}}
		l.AddCallback(note("callback"))
		l.CallLater(0, note("timeout"))
		require.NoError(t, Moment(l))
		note("moment")()
		l.AddCallback(note("callback"))
		require.NoError(t, Moment(l))
		note("moment")()
	})
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, "timeout event callback moment callback moment", strings.Join(got, " "))
	require.PanicsWithValue(t, "ioloop: Moment outside a loop coroutine; start one with IOLoop.Spawn or IOLoop.AddCallback",
		func() { Moment(l) })
}

func TestCancel(t *testing.T) {
	l := newLoop(t)
	wait := func() (string, error) { _, err := NewFuture[int](l).Await(); return "seen", err }
	for _, tt := range []struct {
		name string
		fn   func() (string, error)
		want string
	}{
		{"the Await it is in", wait, "seen, ioloop: cancelled"},
		{"only once, so it can clean up", func() (string, error) {
			_, err := wait()
			_, more := Sleep(l, 0).Await()
			return fmt.Sprint("cleaned up ", more), err
		}, "cleaned up <nil>, ioloop: cancelled"},
		{"its result counts", func() (string, error) { wait(); return "none the less", nil }, "none the less, <nil>"},
		{"Moment", func() (string, error) {
			err := Moment(l)
			return "moment", err
		}, "moment, ioloop: cancelled"},
		{"the awaited future goes on", func() (string, error) {
			f := NewFuture[int](l)
			_, err := f.Await()
			l.CallLater(0, func() { f.SetResult(0) })
			_, slept := f.Await()
			return fmt.Sprint(slept), err
		}, "<nil>, ioloop: cancelled"},
	} {
		run(t, l, func() {
			f := Go(l, tt.fn)
			require.True(t, f.Cancel(), tt.name)
			require.False(t, f.Done(), "the coroutine is cancelled in the next turn")
			v, err := f.Await()
			require.False(t, f.Cancel(), "too late")
			if got := fmt.Sprintf("%s, %v", v, err); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
			}
		})
	}
	require.ErrorIs(t, ErrCancelled, context.Canceled)
	require.NotErrorIs(t, ErrCancelled, io.EOF)
}

// When a result and a cancellation come in one turn, Await returns the result, and the next wait
// fails. The coroutine is resumed once.
func TestCancelAndResultInOneTurn(t *testing.T) {
	log := captureLog(t)
	l := newLoop(t)
	for _, first := range []string{"cancel", "result"} {
		run(t, l, func() {
			inner := NewFuture[int](l)
			var got []string
			f := Go(l, func() (int, error) {
				v, err := inner.Await()
				got = append(got, fmt.Sprint(v, err))
				v, err = NewFuture[int](l).Await()
				got = append(got, fmt.Sprint(v, err))
				return v, err
			})
			if first == "cancel" {
				f.Cancel()
				inner.SetResult(7)
			} else {
				inner.SetResult(7)
				f.Cancel()
			}
			f.Await()
			require.Equal(t, []string{"7 <nil>", "0 ioloop: cancelled"}, got, first)
		})
	}
	require.Empty(t, log.String(), "resumed once too often")
}

// A cancellation does not reach the next task of the pooled coroutine.
func TestCancelEndsWithItsTask(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		var f *Future[int]
		start := NewFuture[int](l)
		f = Go(l, func() (int, error) { start.Await(); f.Cancel(); return 1, nil })
		start.SetResult(0)
		f.Await()
		v, err := Go(l, func() (int, error) { _, err := Sleep(l, 0).Await(); return 2, err }).Await()
		require.NoError(t, err)
		require.Equal(t, 2, v)
	})
}

// Cancelled waiters are removed from the future; the others get the result, in order.
func TestCancelledWaitersAreRemoved(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		f := NewFuture[int](l)
		var got []string
		var all []*Future[int]
		for i := range 6 {
			all = append(all, Go(l, func() (int, error) {
				v, err := f.Await()
				got = append(got, fmt.Sprint(i, " ", v, " ", err))
				return v, err
			}))
		}
		for _, i := range []int{0, 3, 5} {
			all[i].Cancel()
			all[i].Await()
		}
		f.SetResult(9)
		Multi(l, all[1], all[2], all[4]).Await()
		require.Equal(t, []string{"0 0 ioloop: cancelled", "3 0 ioloop: cancelled", "5 0 ioloop: cancelled",
			"1 9 <nil>", "2 9 <nil>", "4 9 <nil>"}, got)
	})
}

// Cancelling a future that no coroutine completes makes it fail immediately, and leaves no waiter
// or timer.
func TestCancelFutures(t *testing.T) { // gen-12
	l := newLoop(t)
	run(t, l, func() {
		pending := NewFuture[struct{}](l)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for name, f := range map[string]*Future[struct{}]{
			"plain":       NewFuture[struct{}](l),
			"Sleep":       Sleep(l, time.Hour),
			"WithTimeout": WithTimeout(pending, time.Hour),
			"WithContext": WithContext(ctx, pending),
		} {
			require.True(t, f.Cancel(), name)
			_, err := f.Await()
			require.ErrorIs(t, err, ErrCancelled, name)
			require.False(t, f.SetResult(struct{}{}), name)
		}
		require.Nil(t, pending.others.last, "it has no waiters any more")
		require.Equal(t, 1, l.Stats().Timeouts, "only the timeout of run is left")
	})
}

// ioloop-8: a cancellation is not logged.
func TestCancellationIsNotLogged(t *testing.T) {
	log := captureLog(t)
	l := newLoop(t)
	l.AddCallback(func() { panic(ErrCancelled) })
	l.AddCallback(func() { panic(fmt.Errorf("wrapped: %w", ErrCancelled)) })
	l.AddCallback(l.Stop)
	require.NoError(t, l.Start())
	require.Empty(t, log.String())
}

// ioloop-26: the callback runs on the loop, for results from other goroutines too.
func TestAddDoneCallbackRunsOnTheLoop(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		done := NewFuture[string](l)
		RunInExecutor(l, func() (int, error) { return 1, io.EOF }).AddDoneCallback(func(f *Future[int]) {
			l.CheckOwner("the callback")
			v, err := f.Result()
			done.SetResult(fmt.Sprint(v, " ", err))
		})
		v, _ := done.Await()
		require.Equal(t, "1 EOF", v)
		order := ""
		done.AddDoneCallback(func(*Future[string]) { order += "callback " })
		order += "caller "
		Moment(l)
		Moment(l)
		require.Equal(t, "caller callback ", order, "never inline, also when done")
	})
}

// Wait on a future that is never done leaves no waiter when its context ends.
func TestCancelledWaitLeavesNoWaiter(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go func() {
		defer l.Stop()
		for range 100 {
			if _, err := f.Wait(ctx); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		l.AddCallback(func() { l.Stop() })
	}()
	require.NoError(t, l.Start())
	l.Stop()
	require.NoError(t, l.Start())
	require.Nil(t, f.others.last)
}

// A future that a cancelled coroutine has stopped waiting for does not wake it later.
func TestCancelledWaiterIsNotWokenLater(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		old, other := NewFuture[int](l), NewFuture[int](l)
		both := make([]*Future[int], 2) // the first to wait, and one more
		for i := range both {
			both[i] = Go(l, func() (int, error) {
				old.Await()
				return other.Await()
			})
		}
		both[0].Cancel()
		both[1].Cancel()
		Moment(l)
		old.SetResult(1)
		Moment(l)
		other.SetResult(2)
		got, err := Multi(l, both...).Await()
		require.NoError(t, err)
		require.Equal(t, []int{2, 2}, got)
	})
}

// OnCancel replaces the failure of a cancelled future, until the future is done.
func TestOnCancel(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	f.OnCancel(func() { f.SetError(io.EOF) })
	require.True(t, f.Cancel())
	_, err := f.Result()
	require.Equal(t, io.EOF, err)
	f.OnCancel(func() { t.Error("called on a future that was done") })
	require.False(t, f.Cancel())

	f = NewFuture[int](l)
	cancelled := false
	f.OnCancel(func() { cancelled = true })
	require.True(t, f.Cancel())
	require.True(t, cancelled)
	require.False(t, f.Done(), "the function decides")
	require.True(t, f.SetResult(1))
	require.Nil(t, f.cancel, "a finished future keeps no reference to the function")
}
