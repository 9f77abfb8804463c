package ioloop

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// newLoop returns a loop in debug mode, closed when the test ends.
func newLoop(t testing.TB) *IOLoop {
	t.Helper()
	l, err := New(Options{Debug: true})
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// run runs fn in a coroutine of l until it returns.
func run(t testing.TB, l *IOLoop, fn func()) {
	t.Helper()
	_, err := RunSync(l, time.Minute, func() (struct{}, error) { fn(); return struct{}{}, nil })
	require.NoError(t, err)
}

// ioloop-1, ioloop-2: callbacks, then timeouts, then callbacks that were added by callbacks.
func TestOrderOfOneTurn(t *testing.T) {
	l := newLoop(t)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	l.AddCallback(func() { note("A")(); l.AddCallback(note("N")) })
	l.AddCallback(note("B"))
	l.CallLater(0, note("T0"))
	l.CallLater(0, note("T1"))
	l.AddCallback(func() { l.AddCallback(l.Stop) })
	require.NoError(t, l.Start())
	require.Equal(t, "A B T0 T1 N", strings.Join(got, " "))
}

// ioloop-5: a callback from another goroutine ends the wait immediately.
func TestAddCallbackWakesTheLoop(t *testing.T) {
	l := newLoop(t)
	l.CallLater(time.Hour, func() {})
	go func() {
		for !l.asleep.Load() {
			time.Sleep(time.Millisecond)
		}
		l.AddCallback(l.Stop)
	}()
	require.NoError(t, l.Start())
}

// ioloop-6: a closed loop drops callbacks silently.
func TestAddCallbackOnAClosedLoopIsDropped(t *testing.T) {
	l := newLoop(t)
	require.NoError(t, l.Close())
	l.AddCallback(func() { t.Error("ran") })
	require.ErrorIs(t, l.Start(), ErrClosed)
	require.NoError(t, l.Close())
}

// ioloop-8: a panic is logged, and the loop goes on.
func TestPanicsDoNotEndTheLoop(t *testing.T) {
	l := newLoop(t)
	var after []string
	l.AddCallback(func() { panic("one") })
	l.AddCallback(func() { after = append(after, "callback") })
	l.callSoon(func() { panic("two") })
	l.CallLater(0, func() { panic("three") })
	l.CallLater(0, func() { after = append(after, "timeout") })
	l.CallLater(time.Millisecond, l.Stop)
	require.NoError(t, l.Start())
	require.Equal(t, []string{"callback", "timeout"}, after)
}

// ioloop-13, ioloop-14, ioloop-17.
func TestTimeouts(t *testing.T) {
	l := newLoop(t)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	l.CallAt(time.Now().Add(-time.Hour), note("past"))
	AddTimeout(l, time.Now().Add(2*time.Millisecond), note("2ms"))
	l.CallLater(time.Millisecond, note("1ms"))
	cancelled := l.CallLater(time.Millisecond, note("cancelled"))
	var second *Timeout
	l.CallLater(0, func() { note("first")(); l.RemoveTimeout(second) })
	second = l.CallLater(0, note("second"))
	l.RemoveTimeout(cancelled)
	l.RemoveTimeout(cancelled)
	l.CallLater(5*time.Millisecond, l.Stop)
	require.Empty(t, got, "nothing runs before the loop does")
	require.NoError(t, l.Start())
	require.Equal(t, "past first 1ms 2ms", strings.Join(got, " "))
	l.RemoveTimeout(second)
}

// ioloop-15: cancelled timeouts are removed from the heap.
func TestCancelledTimeoutsLeaveNothing(t *testing.T) {
	var heap timeouts
	for i := range 10_000 {
		heap.cancelTimeout(heap.addTimeout(time.Duration(i), func() {}))
	}
	require.Empty(t, heap.heap)
}

// ioloop-12: equal times fire in the order they were added, whatever is cancelled.
func TestTimeoutHeapOrder(t *testing.T) {
	var heap timeouts
	var got []int
	handles := map[int]*Timeout{}
	for i, when := range []time.Duration{5, 1, 3, 1, 5, 3, 1} {
		handles[i] = heap.addTimeout(when, func() { got = append(got, i) })
	}
	heap.cancelTimeout(handles[3])
	for x := heap.popDue(4, heap.seq); x != nil; x = heap.popDue(4, heap.seq) {
		x.fn()
	}
	require.Equal(t, []int{1, 6, 2, 5}, got)
	when, ok := heap.firstDue()
	require.True(t, ok)
	require.Equal(t, time.Duration(5), when)
}

// ioloop-16.
func TestStartInsideARunningLoopIsAnError(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() { require.ErrorContains(t, l.Start(), "already running") })
}

// ioloop-22: after a Stop before Start, Start runs one turn.
func TestStopBeforeStart(t *testing.T) {
	l := newLoop(t)
	ran := false
	l.AddCallback(func() { ran = true })
	l.Stop()
	require.NoError(t, l.Start())
	require.True(t, ran)
}

// ioloop-23, ioloop-24, ioloop-25.
func TestRunSync(t *testing.T) {
	l := newLoop(t)
	v, err := RunSync(l, 0, func() (int, error) { return 42, nil })
	require.NoError(t, err)
	require.Equal(t, 42, v)
	_, err = RunSync(l, 0, func() (int, error) { return 0, os.ErrNotExist })
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = RunSync(l, time.Millisecond, func() (int, error) { return NewFuture[int](l).Await() })
	require.ErrorIs(t, err, ErrTimeout)
	l.CallLater(time.Millisecond, l.Stop)
	_, err = RunSync(l, 0, func() (int, error) { return NewFuture[int](l).Await() })
	require.ErrorContains(t, err, "stopped before")
}

// pipe returns the reading and the writing end of a pipe, non-blocking.
func pipe(t *testing.T) (fds [2]int) {
	t.Helper()
	require.NoError(t, unix.Pipe(fds[:]))
	for _, fd := range fds {
		require.NoError(t, unix.SetNonblock(fd, true))
	}
	return fds
}

// ioloop-18, ioloop-19, and the events themselves.
func TestHandlers(t *testing.T) {
	l := newLoop(t)
	fds := pipe(t)
	defer unix.Close(fds[0])
	var got []Events
	h := HandlerFunc(func(fd int, ev Events) {
		got = append(got, ev)
		if ev&Read != 0 && ev&Error == 0 {
			var b [8]byte
			unix.Read(fd, b[:])
			unix.Close(fds[1])
			return
		}
		require.NoError(t, l.RemoveHandler(fd))
		l.Stop()
	})
	require.NoError(t, l.AddHandler(fds[0], h, Read))
	require.ErrorContains(t, l.AddHandler(fds[0], h, Read), "added twice")
	require.NoError(t, l.RemoveHandler(fds[1]), "not registered")
	require.Error(t, l.UpdateHandler(fds[1], Read))
	unix.Write(fds[1], []byte("x"))
	require.NoError(t, l.Start())
	require.Equal(t, Read, got[0])
	require.NotZero(t, got[1]&Error, "hang-up")
	require.Zero(t, l.Stats().Handlers)
}

// ioloop-4: a descriptor that a handler removes gets no event of the same batch.
func TestRemoveHandlerFromHandler(t *testing.T) {
	l := newLoop(t)
	first, second := pipe(t), pipe(t)
	calls := 0
	h := HandlerFunc(func(int, Events) {
		calls++
		l.RemoveHandler(first[0])
		l.RemoveHandler(second[0])
		l.Stop()
	})
	for _, p := range [][2]int{first, second} {
		require.NoError(t, l.AddHandler(p[0], h, Read))
		unix.Write(p[1], []byte("x"))
	}
	require.NoError(t, l.Start())
	require.Equal(t, 1, calls)
	for _, fd := range append(first[:], second[:]...) {
		unix.Close(fd)
	}
}

// A timer that is always due does not starve events.
func TestDueTimersDoNotStarveEvents(t *testing.T) {
	l := newLoop(t)
	fds := pipe(t)
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	var again func()
	again = func() { l.CallLater(0, again) }
	again()
	require.NoError(t, l.AddHandler(fds[0], HandlerFunc(func(int, Events) { l.Stop() }), Read))
	l.CallLater(5*time.Millisecond, func() { unix.Write(fds[1], []byte("x")) })
	require.NoError(t, l.Start())
}

type flusher struct{ fn func() }

func (f *flusher) Flush() { f.fn() }

func TestFlushesRunOnceAtTheEndOfTheTurn(t *testing.T) {
	l := newLoop(t)
	var got []string
	run(t, l, func() {
		l.FlushLater(&flusher{func() { got = append(got, "flush"); panic("logged") }})
		l.FlushLater(&flusher{func() { got = append(got, "second") }})
		l.CallLater(0, func() { got = append(got, "timeout") })
	})
	require.Equal(t, "timeout flush second", strings.Join(got, " "))
}

func TestManyGoroutinesAddCallbacks(t *testing.T) {
	l := newLoop(t)
	const goroutines, each = 8, 500
	n := 0
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				l.AddCallback(func() {
					if n++; n == goroutines*each {
						l.Stop()
					}
				})
			}
		})
	}
	require.NoError(t, l.Start())
	wg.Wait()
	require.Equal(t, goroutines*each, n)
}

func TestCloseWhileRunningStopsTheLoop(t *testing.T) {
	l := newLoop(t)
	f := NewFuture[int](l)
	ended := make(chan error)
	go func() {
		_, err := f.Wait(context.Background())
		ended <- err
	}()
	l.CallLater(2*time.Millisecond, func() { l.Close() })
	require.NoError(t, l.Start())
	require.ErrorIs(t, <-ended, ErrClosed)
	require.True(t, errors.Is(l.Start(), ErrClosed))
}

func TestLocalIsMadeOnce(t *testing.T) {
	l := newLoop(t)
	type key struct{}
	create := func() any { return new(int) }
	require.Same(t, l.Local(key{}, create), l.Local(key{}, create))
}
