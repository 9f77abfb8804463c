package ioloop

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// ioloop-3: the test checks the order of the phases of a turn, and how long the turn waits: not
// at all if callbacks are pending, otherwise until the next timeout.
func TestPhasesOfATurn(t *testing.T) {
	l, p := newScripted(t)
	var got []string
	note := func(s string) { got = append(got, s) }
	p.poll_ = func() { note("poll") }
	p.events = [][]fdEvent{{{7, Read}}}
	require.NoError(t, l.AddHandler(7, HandlerFunc(func(fd int, ev Events) {
		note("event")
		l.AddCallback(func() { note("stop"); l.Stop() })
	}), Read))
	l.AddCallback(func() {
		note("callback")
		l.FlushLater(&flusher{func() { note("flush") }})
	})
	l.CallLater(0, func() { note("timeout") })
	require.NoError(t, l.Start())
	require.Equal(t, "callback timeout flush poll event stop", strings.Join(got, " "), "stopped before the next poll")

	p.poll_ = nil
	l.CallLater(5*time.Second, func() {})
	l.CallLater(3*time.Second, func() {})
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, []time.Duration{3 * time.Second, 2 * time.Second}, p.waits)
}

// ioloop-6: Close drops new callbacks, even before a running loop has ended.
func TestAddCallbackWhileClosingIsDropped(t *testing.T) {
	l := newLoop(t)
	l.AddCallback(func() {
		l.Close()
		l.AddCallback(func() { t.Error("ran") })
		go l.AddCallback(func() { t.Error("ran") })
	})
	require.NoError(t, l.Start())
	require.ErrorIs(t, l.Start(), ErrClosed)
}

// ioloop-6: callbacks added between Close and the last turn do not run in the last turn.
func TestCallbacksAddedAfterCloseMissTheLastTurn(t *testing.T) {
	l, p := newScripted(t)
	p.events = [][]fdEvent{{{7, Read}}}
	require.NoError(t, l.AddHandler(7, HandlerFunc(func(int, Events) {
		l.AddCallback(func() { p.now = p.now.Add(time.Hour) })
		l.Close()
		l.AddCallback(func() { t.Error("ran") })
	}), Read))
	require.NoError(t, l.Start())
	require.Equal(t, int64(4600), p.now.Unix(), "callbacks from before Close do run")
}

// ioloop-16: RunSync does not leave its function to a loop that is already running.
func TestRunSyncInsideARunningLoopIsAnError(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		_, err := RunSync(l, time.Second, func() (int, error) { t.Error("ran"); return 0, nil })
		require.ErrorContains(t, err, "already running")
		Sleep(l, time.Millisecond).Await()
		Moment(l)
	})
}

// ioloop-21: CloseAll closes every registered descriptor, through its owner if it has one.
func TestCloseAll(t *testing.T) {
	for _, tt := range []struct {
		name    string
		close   func(l *IOLoop)
		running bool
		closed  bool
	}{
		{"Close leaves them open", func(l *IOLoop) { l.Close() }, false, false},
		{"CloseAll", func(l *IOLoop) { l.CloseAll() }, false, true},
		{"CloseAll from within", func(l *IOLoop) { l.CloseAll() }, true, true},
		{"CloseAll, then Close before it has ended", func(l *IOLoop) { l.CloseAll(); l.Close() }, true, true},
		{"Close, then CloseAll before it has ended", func(l *IOLoop) { l.Close(); l.CloseAll() }, true, true},
	} {
		l := newLoop(t)
		fds := pipe(t)
		owner := &owner{fd: fds[0]}
		require.NoError(t, l.AddHandler(fds[0], owner, Read))
		require.NoError(t, l.AddHandler(fds[1], HandlerFunc(func(int, Events) {}), None))
		if tt.running {
			l.AddCallback(func() { tt.close(l) })
			require.NoError(t, l.Start())
		} else {
			tt.close(l)
		}
		if owner.closed != tt.closed {
			t.Errorf("%s: the owner's Close was called: %v", tt.name, owner.closed)
		}
		for _, fd := range fds {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); (err != nil) != tt.closed {
				t.Errorf("%s: fd %d: %v", tt.name, fd, err)
			}
			if !tt.closed {
				unix.Close(fd)
			}
		}
		require.NoError(t, l.CloseAll(), tt.name)
	}
}

type owner struct {
	fd     int
	closed bool
}

func (o *owner) HandleEvents(int, Events) {}
func (o *owner) Close() error             { o.closed = true; return unix.Close(o.fd) }

// ioloop-21: a descriptor that its owner has already closed does not cause an error.
func TestCloseAllToleratesClosedDescriptors(t *testing.T) {
	l := newLoop(t)
	fds := pipe(t)
	unix.Close(fds[1])
	require.NoError(t, l.AddHandler(fds[0], HandlerFunc(func(int, Events) {}), Read))
	unix.Close(fds[0])
	require.NoError(t, l.CloseAll())
}

// ioloop-22: Stop while the loop runs ends it after the turn, and ends only that run.
func TestStopEndsOnlyTheCurrentRun(t *testing.T) {
	l := newLoop(t)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	l.AddCallback(func() { l.Stop(); l.Stop(); l.AddCallback(note("next turn")) })
	l.AddCallback(note("same turn"))
	l.CallLater(0, note("its timeout"))
	require.NoError(t, l.Start())
	require.Equal(t, "same turn, its timeout", strings.Join(got, ", "))
	l.CallLater(time.Millisecond, l.Stop)
	require.NoError(t, l.Start())
	require.Equal(t, "same turn, its timeout, next turn", strings.Join(got, ", "))
}

// ioloop-24: after the time limit RunSync cancels the function, which gets a turn to clean up.
// The error names the limit.
func TestRunSyncTimeout(t *testing.T) {
	l, p := newScripted(t)
	var got []string
	_, err := RunSync(l, 1500*time.Millisecond, func() (int, error) {
		defer func() { got = append(got, "cleaned up") }()
		_, err := NewFuture[int](l).Await()
		require.ErrorIs(t, err, ErrCancelled)
		return 1, nil
	})
	require.ErrorIs(t, err, ErrTimeout)
	require.EqualError(t, err, "ioloop: timeout: operation timed out after 1.5 seconds")
	require.Equal(t, []string{"cleaned up"}, got)
	require.Equal(t, []time.Duration{1500 * time.Millisecond}, p.waits)

	forever := NewFuture[int](l)
	_, err = RunSync(l, time.Second, func() (int, error) { // a function that ignores the cancellation
		forever.Await()
		return forever.Await()
	})
	require.ErrorIs(t, err, ErrTimeout)
	l.AddCallback(func() { forever.SetResult(1) })
	l.CallLater(time.Second, func() { got = append(got, "a second later") })
	require.ErrorIs(t, l.Start(), errNothingToWaitFor, "it ended late, and did not stop this run")
	require.Equal(t, "a second later", got[len(got)-1])
	v, err := RunSync(l, time.Second, func() (int, error) { return 5, nil })
	require.NoError(t, err)
	require.Equal(t, 5, v)
	require.Zero(t, l.Stats().Timeouts)
}

// ioloop-23, ioloop-25: RunSync returns an error in these other cases.
func TestRunSyncErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		fn   func(l *IOLoop) (int, error)
		want string
		is   error
	}{
		{"its error", func(*IOLoop) (int, error) { return 0, os.ErrNotExist }, "file does not exist", os.ErrNotExist},
		{"a panic", func(*IOLoop) (int, error) { panic("boom") }, "panic: boom", nil},
		{"a panicked error", func(*IOLoop) (int, error) { panic(os.ErrExist) }, "panic: file already exists", os.ErrExist},
		{"stopped by its function", func(l *IOLoop) (int, error) {
			l.AddCallback(l.Stop)
			return NewFuture[int](l).Await()
		}, "ioloop: cancelled: event loop stopped before future completed", context.Canceled},
		{"closed by its function", func(l *IOLoop) (int, error) {
			l.AddCallback(func() { l.Close() })
			return NewFuture[int](l).Await()
		}, "ioloop: cancelled: event loop stopped before future completed", ErrCancelled},
	} {
		l := newLoop(t)
		_, err := RunSync(l, time.Minute, func() (int, error) { return tt.fn(l) })
		require.EqualError(t, err, tt.want, tt.name)
		if tt.is != nil {
			require.ErrorIs(t, err, tt.is, tt.name)
		}
	}
}

func TestTimeIsThatOfTheTurn(t *testing.T) {
	l, p := newScripted(t)
	p.now = p.now.Add(time.Minute) // the time of the setup
	l.AddCallback(func() {
		require.Equal(t, p.now, l.Time(), "the first turn too")
		l.CallLater(time.Second, func() { require.Equal(t, p.now, l.Time()); l.Stop() })
	})
	require.NoError(t, l.Start())
}

func TestRunningAndContext(t *testing.T) {
	l := newLoop(t)
	require.False(t, l.Running())
	run(t, l, func() { require.True(t, l.Running()) })
	require.False(t, l.Running())
	require.NoError(t, l.Context().Err())
	l.Close()
	require.ErrorIs(t, context.Cause(l.Context()), ErrClosed)
}

// Stop and Close from many goroutines at any time: nothing is closed twice or used after
// Close, and all calls return. The poller reports a use of its waker after Close.
func TestStopAndCloseFromEverywhere(t *testing.T) {
	for range 100 {
		l := newLoop(t)
		guard := &guard{poller: l.poller}
		l.poller = guard
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(l.Stop)
			wg.Go(func() { l.Close() })
			wg.Go(func() { l.AddCallback(func() {}) })
			wg.Go(func() { l.Running() })
			wg.Go(func() { NewFuture[int](l).Wait(l.Context()) })
			wg.Go(func() { l.Start() }) // one runs, the others are refused
		}
		wg.Wait()
		<-l.Context().Done()
		require.NoError(t, l.Close())
		require.Equal(t, int32(1), guard.closed.Load())
		require.Zero(t, guard.late.Load())
	}
}

type guard struct {
	poller
	closed, late atomic.Int32
}

func (g *guard) close() error { g.closed.Add(1); return g.poller.close() }

func (g *guard) wake() {
	if g.closed.Load() > 0 {
		g.late.Add(1)
		return
	}
	g.poller.wake()
}

// Stop may see that the loop is asleep just before the loop ends. When Stop then wakes the loop,
// the waker's descriptor number may belong to another file.
func TestTheWakerIsNotUsedAfterClose(t *testing.T) {
	l := newLoop(t)
	guard := &guard{poller: l.poller}
	l.poller = guard
	l.Close()
	l.asleep.Store(true)
	l.Stop()
	require.Zero(t, guard.late.Load())
}

// After Close, a loop registers nothing with a loop that reuses its poller's descriptor.
func TestThePollerIsNotUsedAfterClose(t *testing.T) {
	nothing := HandlerFunc(func(int, Events) {})
	old := newLoop(t)
	var fds [2]int
	require.NoError(t, unix.Pipe(fds[:]))
	r, w := fds[0], fds[1]
	defer unix.Close(r)
	defer unix.Close(w)
	require.NoError(t, old.AddHandler(r, nothing, Read))
	require.NoError(t, old.Close())
	other := newLoop(t) // the poller of the new loop usually has the descriptor number of the old one
	require.ErrorIs(t, old.AddHandler(w, nothing, Write), ErrClosed)
	require.ErrorIs(t, old.UpdateHandler(r, Write), ErrClosed)
	require.NoError(t, other.AddHandler(r, nothing, Read))
	require.NoError(t, old.RemoveHandler(r))
	require.NoError(t, other.RemoveHandler(r))
}

// After Close was called, Start fails, even if Close has not released the loop's resources yet.
func TestStartAfterTheCallOfCloseIsRefused(t *testing.T) {
	l := newLoop(t)
	l.closing = true
	require.ErrorIs(t, l.Start(), ErrClosed)
	l.closing = false
}

// Start after Close returns an error even while the closing goes on.
func TestStartWhileClosing(t *testing.T) {
	l := newLoop(t)
	var err error
	l.SpawnFunc(func() {
		defer func() { err = l.Start() }() // runs when Close unwinds this
		NewFuture[int](l).Await()
	})
	l.Close()
	require.ErrorIs(t, err, ErrClosed)
}

// A coroutine that was spawned outside Start can close its own loop; coroutines that are
// made while it ends are not kept.
func TestCloseFromACoroutineOutsideTheLoop(t *testing.T) {
	l := newLoop(t)
	var got []string
	l.SpawnFunc(func() {
		l.SpawnFunc(func() {
			defer func() { l.SpawnFunc(func() { got = append(got, "spawned late") }) }()
			NewFuture[int](l).Await()
		})
		l.Close()
		got = append(got, "closed")
		NewFuture[int](l).Await()
		t.Error("went on")
	})
	require.Equal(t, "spawned late, closed", strings.Join(got, ", "))
	require.Empty(t, l.coroutines)
}

// Many loops in one process, each with its own coroutines, call each other.
func TestManyLoops(t *testing.T) {
	const n = 8
	var loops [n]*IOLoop
	var ended atomic.Int32
	var wg sync.WaitGroup
	for i := range loops {
		loops[i] = newLoop(t)
	}
	var sums [n]int
	for i, l := range loops {
		wg.Go(func() {
			_, err := RunSync(l, time.Minute, func() (int, error) {
				for k := range 50 {
					v, err := CallOn(l, loops[(i+1)%n], func() (int, error) { return k, nil }).Await()
					if err != nil {
						return 0, err
					}
					sums[i] += v
				}
				// Other loops may still call this loop, so it runs until all of them have ended.
				wait := NewFuture[int](l)
				ended.Add(1)
				var look func()
				look = func() {
					if ended.Load() == n {
						wait.SetResult(0)
						return
					}
					l.CallLater(time.Millisecond, look)
				}
				look()
				return wait.Await()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, sum := range sums {
		require.Equal(t, 50*49/2, sum)
	}
}

// ioloop-35: a loop can start and run another one; they share no state.
func TestLoopsAreIndependent(t *testing.T) {
	first, second := newLoop(t), newLoop(t)
	got, err := RunSync(first, time.Minute, func() (int, error) {
		go func() { first.AddCallback(second.Stop) }()
		return RunInExecutor(first, func() (int, error) { return 1, second.Start() }).Await()
	})
	require.NoError(t, err)
	require.Equal(t, 1, got)
}
