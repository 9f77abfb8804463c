package locks

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// In the scripts, n is Notify(1), n2 is Notify(2), N is NotifyAll; play explains the others.
func TestCondition(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"sync-8 true when notified", "w . n .", ". . 1"},
		{"sync-8 first come, first served", "w w w n . n . n .", ". 1 . 2 . 3"},
		{"sync-8 notify wakes n", "w w w n2 ? . ?", "<1 0> . 1 2 <1 0>"},
		{"sync-8 fewer waiters than n", "w n2 . w . n .", ". 1 . . 2"},
		{"sync-8 notify without waiters is forgotten", "n w . ?", ". <1 0>"},
		{"sync-8 notify of none and of less wakes none", "w n0 n- . ?", ". <1 0>"},
		{"sync-8 notify all", "w w= w N ? .", "<0 0> . 1 2 3"},
		{"sync-8 false at the timeout", "w~ . ?", ". 1! <0 0>"},
		{"sync-8 notified before the timeout", "w= ? n ? .", "<1 1> <0 0> . 1"},
		{"sync-8 notify skips a waiter that timed out", "w w~ w . n2 .", ". 2! . 1 3"},
		{"sync-8 notify after all timed out", "w~ w~ . n w . ?", ". 1! 2! . <1 0>"},
		{"sync-9 the notifier goes on first", "w n ? .", "<0 0> . 1"},
		{"sync-12 a waiter that timed out leaves the line", "w~ w w~ . ?", ". 1! 3! <1 0>"},
		{"sync-19 no timeout means no limit, 0 and less are limits", "w w~ w- . ?", ". 2! 3! <1 0>"},
	} {
		got := play(t, tt.script, func(l *ioloop.IOLoop) player {
			c := NewCondition(l)
			return player{
				wait:    func(timeout ...time.Duration) (bool, error) { return c.Wait(timeout...).Await() },
				waiting: c.waiters.line.Len,
				words: map[string]func(){
					"n": func() { c.Notify(1) }, "n2": func() { c.Notify(2) }, "N": c.NotifyAll,
					"n0": func() { c.Notify(0) }, "n-": func() { c.Notify(-1) },
				},
			}
		})
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.script, got, tt.want)
		}
	}
}

// sync-9: a waiter that is woken may call Notify while other waiters are still to be woken. Each
// of them is woken.
func TestNestedNotify(t *testing.T) {
	l := looptest.New(t)
	c := NewCondition(l)
	var got []string
	looptest.Run(t, l, func() {
		for i := range 3 {
			l.SpawnFunc(func() {
				c.Wait().Await()
				got = append(got, fmt.Sprint(i))
				if i == 1 {
					c.Notify(1)
					got = append(got, "notified")
				}
			})
		}
		c.Notify(2)
		turn(l)
		turn(l)
	})
	require.Equal(t, "0 1 notified 2", strings.Join(got, " "))
}

// In the scripts, s is Set and c is Clear; play explains the others.
func TestEvent(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"sync-10 waits until set", "w . s ? .", ". <0 0> . 1"},
		{"sync-10 at once if set", "s w w~ w=", "1 2 3"},
		{"sync-10 all are woken in their order", "w w= w s .", ". 1 2 3"},
		{"sync-10 timeout", "w~ . ?", ". 1! <0 0>"},
		{"sync-10 set twice", "w s s . w", ". 1 2"},
		{"sync-10 clear", "s c w . ?", ". <1 0>"},
		{"sync-10 clear does not affect waiters that were woken", "w s c w . ?", ". 1 <1 0>"},
		{"sync-10 clear does not wake", "w c . ?", ". <1 0>"},
		{"sync-10 set after a timeout", "w~ w . s .", ". 1! . 2"},
		{"sync-19 no timeout means no limit, 0 and less are limits", "w w~ w- . ?", ". 2! 3! <1 0>"},
	} {
		got := play(t, tt.script, func(l *ioloop.IOLoop) player {
			e := NewEvent(l)
			return player{
				wait: func(timeout ...time.Duration) (bool, error) {
					_, err := e.Wait(timeout...).Await()
					return true, err
				},
				waiting: e.waiters.line.Len,
				words: map[string]func(){
					"s": func() { e.Set(); require.True(t, e.IsSet()) },
					"c": func() { e.Clear(); require.False(t, e.IsSet()) },
				},
			}
		})
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.script, got, tt.want)
		}
	}
	require.False(t, NewEvent(looptest.New(t)).IsSet())
}

// permits is the common interface of Semaphore, BoundedSemaphore and Lock.
type permits interface {
	Acquire(timeout ...time.Duration) *ioloop.Future[struct{}]
	Release()
	With(fn func() error) error
}

// kinds returns one lock of each kind, with one permit.
func kinds(l *ioloop.IOLoop) []permits {
	return []permits{NewSemaphore(l, 1), NewBoundedSemaphore(l, 1), NewLock(l)}
}

func semaphoreOf(p permits) *Semaphore {
	switch p := p.(type) {
	case *BoundedSemaphore:
		return p.Semaphore
	case *Lock:
		return p.block
	}
	return p.(*Semaphore)
}

func permitsPlayer(p permits) player {
	return player{
		wait: func(timeout ...time.Duration) (bool, error) {
			_, err := p.Acquire(timeout...).Await()
			return true, err
		},
		waiting: semaphoreOf(p).waiters.line.Len,
		words:   map[string]func(){"r": p.Release},
	}
}

// In the scripts, r is Release; play explains the others. There is one permit.
func TestAcquireAndRelease(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"sync-11 at once while there is a permit", "w w ? r .", "1 <1 0> . 2"},
		{"sync-11 a permit comes back", "w r w r w", "1 2 3"},
		{"sync-11 first come, first served", "w w w w r . r . r .", "1 . 2 . 3 . 4"},
		{"sync-11 a newcomer does not overtake a woken waiter", "w w r w . r .", "1 . 2 . 3"},
		{"sync-11 timeout", "w w~ . ? r w", "1 . 2! <0 0> 3"},
		{"sync-11 released before the timeout", "w w= ? r ? .", "1 <1 1> <0 0> . 2"},
		{"sync-11 a waiter that timed out takes no permit", "w w~ w . r . r w", "1 . 2! . 3 4"},
		{"sync-11 released in the turn of the timeout", "w w~ r . ? r w", "1 . 2 <0 0> 3"},
		{"sync-12 a waiter that timed out leaves the line", "w w~ w w~ . ?", "1 . 2! 4! <1 0>"},
		{"sync-19 no timeout means no limit, 0 and less are limits", "w w w~ w- . ?", "1 . 3! 4! <1 0>"},
	} {
		for i := range 3 {
			got := play(t, tt.script, func(l *ioloop.IOLoop) player { return permitsPlayer(kinds(l)[i]) })
			if got != tt.want {
				t.Errorf("%s: kind %d: %s: got %q, want %q", tt.name, i, tt.script, got, tt.want)
			}
		}
	}
}

func TestSemaphoreOfManyPermits(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		value        int
		want         string
	}{
		{"sync-11 three at once", "w w w w w ? r r .", 3, "1 2 3 <2 0> . 4 5"},
		{"sync-11 none at first", "w ? r .", 0, "<1 0> . 1"},
		{"sync-13 unbounded: more than at first", "r r w w w w ?", 1, "1 2 3 <1 0>"},
	} {
		got := play(t, tt.script, func(l *ioloop.IOLoop) player { return permitsPlayer(NewSemaphore(l, tt.value)) })
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.script, got, tt.want)
		}
	}
}

func TestMisusePanicsWithTheFix(t *testing.T) {
	l := looptest.New(t)
	bounded, none, lock := NewBoundedSemaphore(l, 2), NewBoundedSemaphore(l, 0), NewLock(l)
	for _, tt := range []struct {
		name, want string
		call       func()
	}{
		{"sync-11 negative", "locks: the initial value of a semaphore must be >= 0, not -1", func() { NewSemaphore(l, -1) }},
		{"sync-11 negative, bounded", "locks: the initial value of a semaphore must be >= 0, not -2", func() { NewBoundedSemaphore(l, -2) }},
		{"sync-13 bounded", "locks: Semaphore released too many times; call Release once for each Acquire that succeeded", bounded.Release},
		{"sync-13 bounded by 0", "locks: Semaphore released too many times; call Release once for each Acquire that succeeded", none.Release},
		{"sync-13 lock", "locks: release unlocked lock; call Release once for each Acquire that succeeded", lock.Release},
	} {
		t.Run(tt.name, func(t *testing.T) { require.PanicsWithValue(t, tt.want, tt.call) })
	}
	looptest.Run(t, l, func() { // the values are still usable
		bounded.Acquire().Await()
		bounded.Release()
		lock.Acquire().Await()
		lock.Release()
	})
	require.Panics(t, bounded.Release)
	require.Panics(t, lock.Release)
}

// sync-14: the permit is released however the function ends.
func TestWithReleases(t *testing.T) {
	failure := errors.New("failure")
	for _, tt := range []struct {
		name string
		fn   func() error
		want error
	}{
		{"no error", func() error { return nil }, nil},
		{"error", func() error { return failure }, failure},
		{"panic", func() error { panic(failure) }, failure},
	} {
		l := looptest.New(t)
		for _, p := range kinds(l) {
			looptest.Run(t, l, func() {
				for range 2 {
					if got := outcome(func() error { return p.With(tt.fn) }); got != tt.want {
						t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
					}
				}
			})
			if free := semaphoreOf(p).value; free != 1 {
				t.Errorf("%s: %d permits are free", tt.name, free)
			}
		}
	}
}

// outcome returns the error that fn returned, or its panic value.
func outcome(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	return fn()
}

// sync-14: With keeps its permit while its function awaits.
func TestWithExcludes(t *testing.T) {
	l := looptest.New(t)
	lock := NewLock(l)
	var got []string
	looptest.Run(t, l, func() {
		for _, name := range []string{"a", "b"} {
			l.SpawnFunc(func() {
				lock.With(func() error {
					got = append(got, name+" in")
					ioloop.Sleep(l, time.Millisecond).Await()
					got = append(got, name+" out")
					return nil
				})
			})
		}
		require.Equal(t, "Lock[locked:true, waiters:1]", lock.String())
		lock.Acquire().Await()
	})
	require.Equal(t, []string{"a in", "a out", "b in", "b out"}, got)
}

// A future that the coroutine which holds it has completed is skipped: the next one in line gets
// the permit.
func TestAFutureCompletedByItsHolderIsSkipped(t *testing.T) {
	failure := errors.New("gave up")
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		lock := NewLock(l)
		lock.Acquire()
		first, second := lock.Acquire(time.Hour), lock.Acquire()
		first.SetError(failure)
		lock.Release()
		require.True(t, second.Done())
		last := lock.Acquire()
		last.SetError(failure)
		lock.Release()
		require.Equal(t, "Lock[locked:false, waiters:0]", lock.String())
	})
	require.Zero(t, l.Stats().Timeouts)
}

// Closing the loop unwinds waiting coroutines, and runs the holder's deferred Release.
func TestCloseWhileHeld(t *testing.T) {
	l := looptest.New(t)
	lock := NewLock(l)
	var got []string
	looptest.Run(t, l, func() {
		for range 3 {
			l.SpawnFunc(func() {
				defer func() { got = append(got, "unwound") }()
				lock.With(func() error {
					got = append(got, "in")
					ioloop.NewFuture[struct{}](l).Await()
					return nil
				})
			})
		}
	})
	require.NoError(t, l.Close())
	require.Equal(t, []string{"in", "unwound", "unwound", "unwound"}, got)
}

// Permits are neither lost nor created when timeouts race with releases.
func TestPermitsAreConserved(t *testing.T) {
	const permits, coroutines, rounds = 3, 30, 40
	l := looptest.New(t)
	sem := NewBoundedSemaphore(l, permits)
	random := rand.New(rand.NewPCG(1, 2))
	inside, acquired, timedOut := 0, 0, 0
	looptest.Run(t, l, func() {
		var all []*ioloop.Future[struct{}]
		for range coroutines {
			end := ioloop.NewFuture[struct{}](l)
			all = append(all, end)
			l.SpawnFunc(func() {
				defer end.SetResult(struct{}{})
				for range rounds {
					if _, err := sem.Acquire(time.Duration(random.IntN(300)) * time.Microsecond).Await(); err != nil {
						timedOut++
						continue
					}
					if inside++; inside > permits {
						t.Errorf("%d are inside", inside)
					}
					acquired++
					ioloop.Sleep(l, time.Duration(random.IntN(50))*time.Microsecond).Await()
					inside--
					sem.Release()
				}
			})
		}
		ioloop.Multi(l, all...).Await()
	})
	require.Equal(t, coroutines*rounds, acquired+timedOut)
	require.NotZero(t, acquired)
	require.NotZero(t, timedOut)
	require.Equal(t, fmt.Sprintf("Semaphore[value:%d, waiters:0]", permits), sem.String())
	require.Zero(t, l.Stats().Timeouts)
}

func TestCallsFromOtherGoroutinesPanicInDebugMode(t *testing.T) {
	l := looptest.New(t)
	c, e, s, k := NewCondition(l), NewEvent(l), NewSemaphore(l, 1), NewLock(l)
	calls := map[string]func(){
		"Condition.Wait": func() { c.Wait() }, "Condition.Notify": func() { c.Notify(1) }, "Condition.NotifyAll": c.NotifyAll,
		"NewEvent": func() { NewEvent(l) }, "Event.IsSet": func() { e.IsSet() }, "Event.Set": e.Set, "Event.Clear": e.Clear,
		"Event.Wait": func() { e.Wait() }, "NewSemaphore": func() { NewSemaphore(l, 1) },
		"Semaphore.Acquire": func() { s.Acquire() }, "Semaphore.Release": s.Release,
		"Lock.Acquire": func() { k.Acquire() }, "Lock.Release": k.Release,
	}
	looptest.Run(t, l, func() {
		for name, call := range calls {
			said := make(chan any)
			go func() {
				defer func() { said <- recover() }()
				call()
			}()
			if got := fmt.Sprint(<-said); !strings.HasPrefix(got, "ioloop: "+name+" called from goroutine") {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

func TestString(t *testing.T) {
	l := looptest.New(t)
	c, e, s, k := NewCondition(l), NewEvent(l), NewSemaphore(l, 2), NewLock(l)
	c.Wait()
	e.Set()
	s.Acquire()
	for _, tt := range []struct {
		value fmt.Stringer
		want  string
	}{
		{c, "Condition[waiters:1]"},
		{e, "Event[set:true, waiters:0]"},
		{s, "Semaphore[value:1, waiters:0]"},
		{k, "Lock[locked:false, waiters:0]"},
	} {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// A cancelled wait leaves the line at once, so that waits without a notification do not fill
// the memory.
func TestACancelledWaitLeavesTheLine(t *testing.T) {
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		c, e, s := NewCondition(l), NewEvent(l), NewSemaphore(l, 0)
		type canceller interface{ Cancel() bool }
		for _, tt := range []struct {
			object  fmt.Stringer
			futures []canceller
			waiting string
		}{
			{c, []canceller{c.Wait(), c.Wait(time.Hour)}, "Condition[waiters:0]"},
			{e, []canceller{e.Wait(), e.Wait(time.Hour)}, "Event[set:false, waiters:0]"},
			{s, []canceller{s.Acquire(), s.Acquire(time.Hour)}, "Semaphore[value:0, waiters:0]"},
		} {
			for _, future := range tt.futures {
				require.True(t, future.Cancel())
				require.False(t, future.Cancel(), "the future is done")
			}
			require.Equal(t, tt.waiting, tt.object.String())
		}
		wait := c.Wait()
		wait.Cancel()
		_, err := wait.Await()
		require.ErrorIs(t, err, ioloop.ErrCancelled)
	})
}

// A coroutine that is cancelled while it waits in With never gets the permit.
func TestWithInACancelledCoroutineTakesNoPermit(t *testing.T) {
	l := looptest.New(t)
	lock := NewLock(l)
	looptest.Run(t, l, func() {
		lock.Acquire()
		ran := false
		waiting := ioloop.Go(l, func() (int, error) {
			return 0, lock.With(func() error { ran = true; return nil })
		})
		waiting.Cancel()
		_, err := waiting.Await()
		require.ErrorIs(t, err, ioloop.ErrCancelled)
		lock.Release()
		require.True(t, lock.Acquire().Done(), "the lock is free: %v", lock)
		require.False(t, ran)
	})
}

func BenchmarkLockAcquireRelease(b *testing.B) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	defer l.Close()
	lock := NewLock(l)
	b.ReportAllocs()
	looptest.Run(b, l, func() {
		for b.Loop() {
			lock.Acquire().Await()
			lock.Release()
		}
	})
}

func BenchmarkLockWith(b *testing.B) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	defer l.Close()
	lock := NewLock(l)
	n := 0
	b.ReportAllocs()
	looptest.Run(b, l, func() {
		for b.Loop() {
			lock.With(func() error { n++; return nil })
		}
	})
}

// Two coroutines pass one lock to each other.
func BenchmarkLockContended(b *testing.B) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	defer l.Close()
	lock := NewLock(l)
	b.ReportAllocs()
	looptest.Run(b, l, func() {
		lock.Acquire().Await()
		l.SpawnFunc(func() {
			for {
				lock.Acquire().Await()
				lock.Release()
			}
		})
		for b.Loop() {
			lock.Release()
			lock.Acquire().Await()
		}
	})
}
