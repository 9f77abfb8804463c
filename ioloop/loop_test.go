package ioloop

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// ioloop-7, ioloop-17: these assignments show which methods return a handle and which return
// nothing. Arguments for the callback are captured by its closure.
var (
	_ func(*IOLoop, func())                         = (*IOLoop).AddCallback
	_ func(*IOLoop, time.Duration, func()) *Timeout = (*IOLoop).CallLater
	_ func(*IOLoop, time.Time, func()) *Timeout     = (*IOLoop).CallAt
	_ func(*IOLoop, time.Duration, func()) *Timeout = AddTimeout[time.Duration]
)

// ioloop-8, ioloop-9, ioloop-10: panics anywhere, also after waiting, are logged with their
// stack or go to the hook.
func TestExceptionLog(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail func(l *IOLoop)
		want string
	}{
		{"ioloop-8 callback", func(l *IOLoop) { l.AddCallback(boom) }, `"Exception in callback" logger=tornado.application error="panic: boom"`},
		{"ioloop-8 timeout", func(l *IOLoop) { l.CallLater(0, boom) }, `"Exception in callback" logger=tornado.application error="panic: boom"`},
		{"ioloop-8 done callback", func(l *IOLoop) { future(l, 1, nil).AddDoneCallback(func(*Future[int]) { boom() }) },
			`"Exception in callback" logger=tornado.application error="panic: boom"`},
		{"ioloop-9 after it waited", func(l *IOLoop) { l.AddCallback(func() { Sleep(l, 0).Await(); boom() }) },
			`"Exception in callback" logger=tornado.application error="panic: boom"`},
		{"ioloop-8 framework's callback", func(l *IOLoop) { l.CallSoon(boom) }, `"Exception in callback" logger=tornado.application error="panic: boom"`},
		{"flush", func(l *IOLoop) { l.FlushLater(&flusher{boom}) }, `"Exception in flush" logger=tornado.application error="panic: boom"`},
		{"ioloop-10 handler", func(l *IOLoop) {
			l.AddHandler(7, HandlerFunc(func(int, Events) { boom() }), Read)
			l.poller.(*scripted).events = [][]fdEvent{{{7, Read}}}
		}, `"Exception in I/O handler for fd 7" logger=tornado.application error="panic: boom"`},
	} {
		logged := captureLog(t)
		l, _ := newScripted(t)
		tt.fail(l)
		require.ErrorIs(t, l.Start(), errNothingToWaitFor, tt.name)
		for _, want := range []string{tt.want, "level=ERROR", "ioloop.boom("} {
			if got := logged.String(); strings.Count(got, want) != 1 {
				t.Errorf("%s: %q is not in the log once: %.300s", tt.name, want, got)
			}
		}

		hooked, _ := newScripted(t)
		var got []string
		hooked.options.HandleCallbackException = func(r any, stack []byte) {
			got = append(got, fmt.Sprint(r, " ", strings.Contains(string(stack), "ioloop.boom(")))
		}
		before := len(logged.String())
		tt.fail(hooked)
		require.ErrorIs(t, hooked.Start(), errNothingToWaitFor, tt.name)
		require.Equal(t, []string{"boom true"}, got, tt.name)
		require.Len(t, logged.String(), before, tt.name)
	}
}

func boom() { panic("boom") }

// ioloop-11: a deadline is a moment or a duration; other types do not compile.
func TestAddTimeout(t *testing.T) {
	l, p := newScripted(t)
	var got []string
	note := func(name string) func() { return func() { got = append(got, fmt.Sprint(name, p.now.Unix())) } }
	AddTimeout(l, 3*time.Second, note("duration"))
	AddTimeout(l, time.Unix(1002, 0), note("moment"))
	AddTimeout(l, time.Unix(5, 0), note("past"))
	AddTimeout(l, -time.Hour, note("negative"))
	l.RemoveTimeout(AddTimeout(l, time.Second, note("removed")))
	l.RemoveTimeout(nil)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, "past1000 negative1000 moment1002 duration1003", strings.Join(got, " "))
}

// The longest durations mean never, not now.
func TestTimeoutsDoNotOverflow(t *testing.T) {
	l, p := newScripted(t)
	l.CallLater(math.MaxInt64, func() { t.Error("ran") })
	Sleep(l, math.MaxInt64)
	l.CallLater(time.Second, l.Stop)
	require.NoError(t, l.Start())
	require.Equal(t, int64(1001), p.now.Unix())
}

// ioloop-14: the handle of a fired timeout does not keep the callback's data alive.
func TestFiredTimeoutsReleaseTheirCallbacks(t *testing.T) {
	l, _ := newScripted(t)
	fired, removed := l.CallLater(0, func() {}), l.CallLater(0, func() {})
	l.RemoveTimeout(removed)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Nil(t, fired.fn)
	require.Nil(t, removed.fn)
}

// ioloop-15: a million timeouts are added and then cancelled.
func TestAMillionCancelledTimeoutsLeaveNothing(t *testing.T) {
	l := newLoop(t)
	l.debug = nil // a million checks
	const n = 1_000_000
	all := make([]*Timeout, n)
	for i := range all {
		all[i] = l.CallLater(time.Hour+time.Duration(i), func() {})
	}
	require.Equal(t, n, l.Stats().Timeouts)
	for _, i := range []int{0, n - 1, n / 2} { // first, last, middle
		l.RemoveTimeout(all[i])
	}
	for _, x := range all {
		l.RemoveTimeout(x)
	}
	require.Zero(t, l.Stats().Timeouts)
	require.LessOrEqual(t, cap(l.timeouts.heap), 4096, "the heap has shrunk")
}

// ioloop-20: a handler is called with the descriptor that it was registered with.
func TestHandlersGetTheirDescriptor(t *testing.T) {
	l, p := newScripted(t)
	var got []int
	h := HandlerFunc(func(fd int, _ Events) { got = append(got, fd) })
	for _, fd := range []int{5, 6} {
		require.NoError(t, l.AddHandler(fd, h, Read))
	}
	p.events = [][]fdEvent{{{6, Read}, {5, Read}}}
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, []int{6, 5}, got)
}

// ioloop-37: one socket with interest in both directions gets both.
func TestReadWhileWritable(t *testing.T) {
	l := newLoop(t)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	var got Events
	require.NoError(t, l.AddHandler(fds[0], HandlerFunc(func(fd int, ev Events) {
		if got |= ev; ev&Write != 0 && ev&Read == 0 {
			unix.Write(fds[1], []byte("x"))
		}
		if got == Read|Write {
			l.Stop()
		}
	}), Read|Write))
	require.NoError(t, l.Start())
	require.NoError(t, l.RemoveHandler(fds[0]))
}

// ioloop-37: two ready descriptors are both served in one turn.
func TestTwoReadyDescriptors(t *testing.T) {
	l := newLoop(t)
	var got []int
	for range 2 {
		fds := pipe(t)
		defer unix.Close(fds[0])
		defer unix.Close(fds[1])
		unix.Write(fds[1], []byte("x"))
		require.NoError(t, l.AddHandler(fds[0], HandlerFunc(func(fd int, _ Events) {
			got = append(got, fd)
			l.Stop()
		}), Read))
	}
	require.NoError(t, l.Start())
	require.Len(t, got, 2)
}

// ioloop-38: callbacks, timeouts and coroutines use the loop's data without a lock, whichever
// goroutine added them; the race detector checks this.
func TestOneLoopRunsOneCallbackAtATime(t *testing.T) {
	l := newLoop(t)
	const goroutines, each = 4, 100
	inside, count := 0, 0
	enter := func() {
		inside++
		if inside != 1 {
			t.Error("two callbacks at once")
		}
		runtime.Gosched()
		count++
		inside--
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range each {
				f := NewFuture[int](l)
				l.AddCallback(func() {
					enter()
					switch i % 4 {
					case 0:
						Sleep(l, 0).Await()
					case 1:
						Moment(l)
					case 2:
						RunInExecutor(l, func() (int, error) { return 0, nil }).Await()
					}
					enter()
					l.CallLater(0, func() { enter(); f.SetResult(1) })
				})
				f.Wait(l.Context())
			}
		})
	}
	go func() { wg.Wait(); l.Stop() }()
	require.NoError(t, l.Start())
	require.Equal(t, 3*goroutines*each, count)
}

// In debug mode, every loop-bound call from another goroutine panics and names itself.
func TestDebugModeChecksEveryLoopBoundCall(t *testing.T) {
	l := newLoop(t)
	pc := NewPeriodicCallback(l, time.Hour, func() {})
	f := NewFuture[int](l)
	w := NewWaitIterator(l, f)
	fn := func() (int, error) { return 0, nil }
	calls := map[string]func(){
		"IOLoop.CallSoon":                func() { l.CallSoon(func() {}) },
		"IOLoop.FlushLater":              func() { l.FlushLater(nil) },
		"IOLoop.Local":                   func() { l.Local(1, nil) },
		"IOLoop.Stats":                   func() { l.Stats() },
		"IOLoop.AddHandler":              func() { l.AddHandler(0, nil, Read) },
		"IOLoop.UpdateHandler":           func() { l.UpdateHandler(0, Read) },
		"IOLoop.RemoveHandler":           func() { l.RemoveHandler(0) },
		"IOLoop.CallAt":                  func() { l.CallAt(time.Time{}, nil) },
		"IOLoop.CallLater":               func() { l.CallLater(0, nil) },
		"IOLoop.CallLater ":              func() { AddTimeout(l, time.Second, nil) },
		"IOLoop.RemoveTimeout":           func() { l.RemoveTimeout(nil) },
		"IOLoop.SetCoarseTimeout":        func() { l.SetCoarseTimeout(&CoarseTimeout{}, 0, nil) },
		"IOLoop.RemoveCoarseTimeout":     func() { l.RemoveCoarseTimeout(&CoarseTimeout{}) },
		"IOLoop.Spawn":                   func() { l.Spawn(nil) },
		"IOLoop.Spawn ":                  func() { l.SpawnFunc(nil) },
		"IOLoop.SetDefaultExecutor":      func() { l.SetDefaultExecutor(nil) },
		"IOLoop.SetBlockingLogThreshold": func() { l.SetBlockingLogThreshold(0) },
		"Go":                             func() { Go(l, fn) },
		"Moment":                         func() { Moment(l) },
		"Sleep":                          func() { Sleep(l, 0) },
		"RunInExecutor":                  func() { RunInExecutor(l, fn) },
		"RunOnExecutor":                  func() { RunOnExecutor(l, nil, fn) },
		"RunInExecutorContext":           func() { RunInExecutorContext[int](t.Context(), l, nil) },
		"CallOn":                         func() { CallOn(l, l, fn) },
		"WithTimeout":                    func() { WithTimeout(f, 0) },
		"WithContext":                    func() { WithContext(t.Context(), f) },
		"ChainFuture":                    func() { ChainFuture(f, f) },
		"Multi":                          func() { Multi(l, f) },
		"MultiMap":                       func() { MultiMap(l, map[int]*Future[int]{}) },
		"NewWaitIterator":                func() { NewWaitIterator(l, f) },
		"WaitIterator.Done":              func() { w.Done() },
		"WaitIterator.Next":              func() { w.Next() },
		"WaitIterator.CurrentIndex":      func() { w.CurrentIndex() },
		"WaitIterator.CurrentFuture":     func() { w.CurrentFuture() },
		"Future.Done":                    func() { f.Done() },
		"Future.Result":                  func() { f.Result() },
		"Future.SetResult":               func() { f.SetResult(0) },
		"Future.SetResult ":              func() { f.SetError(nil) },
		"Future.Cancel":                  func() { f.Cancel() },
		"Future.Await":                   func() { f.Await() },
		"Future.AddDoneCallback":         func() { f.AddDoneCallback(nil) },
		"PeriodicCallback.Start":         func() { pc.Start() },
		"PeriodicCallback.Stop":          func() { pc.Stop() },
		"PeriodicCallback.IsRunning":     func() { pc.IsRunning() },
	}
	run(t, l, func() {
		for name, call := range calls {
			caught := make(chan any)
			go func() {
				defer func() { caught <- recover() }()
				call()
			}()
			want := "ioloop: " + strings.TrimSpace(name) + " called from goroutine"
			if got := fmt.Sprint(<-caught); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// SetBlockingLogThreshold works outside debug mode and at any time: in the first turn, in
// old and new coroutines, and on the loop's own stack.
func TestSetBlockingLogThreshold(t *testing.T) {
	for _, tt := range []struct {
		name  string
		debug bool
		setup func(l *IOLoop, set, block, end func())
		want  bool
	}{
		{"before Start, a callback of the first turn", false, func(l *IOLoop, set, block, end func()) {
			set()
			l.AddCallback(func() { block(); end() })
		}, true},
		{"in the coroutine itself", false, func(l *IOLoop, set, block, end func()) {
			l.AddCallback(func() { set(); block(); end() })
		}, true},
		{"in one that began before", false, func(l *IOLoop, set, block, end func()) {
			f := NewFuture[int](l)
			l.AddCallback(func() { f.Await(); block(); end() })
			l.AddCallback(func() { set(); f.SetResult(1) })
		}, true},
		{"on the loop's stack", false, func(l *IOLoop, set, block, end func()) {
			l.AddCallback(func() { set(); l.CallSoon(func() { block(); end() }) })
		}, true},
		{"in debug mode", true, func(l *IOLoop, set, block, end func()) {
			l.AddCallback(func() { set(); block(); end() })
		}, true},
		{"not set", false, func(l *IOLoop, set, block, end func()) {
			l.AddCallback(func() { block(); end() })
		}, false},
		{"turned off", false, func(l *IOLoop, set, block, end func()) {
			l.AddCallback(func() { set(); l.SetBlockingLogThreshold(0); block(); end() })
		}, false},
	} {
		logged := captureLog(t)
		l, err := New(Options{Debug: tt.debug, SlowCallback: time.Hour})
		require.NoError(t, err)
		tt.setup(l, func() { l.SetBlockingLogThreshold(5 * time.Millisecond) },
			func() { blockUntil(tt.want, func() bool { return strings.Contains(logged.String(), "blockUntil") }) }, l.Stop)
		require.NoError(t, l.Start())
		if got := strings.Contains(logged.String(), "IOLoop blocked for"); got != tt.want {
			t.Errorf("%s: logged %v: %s", tt.name, got, logged)
		}
		l.Close()
	}
}

// blockUntil blocks the loop until done returns true, if expected is true. Otherwise it blocks
// the loop long enough to be noticed.
func blockUntil(expected bool, done func() bool) {
	limit := 30 * time.Millisecond
	if expected {
		limit = time.Minute
	}
	for end := time.Now().Add(limit); time.Now().Before(end) && !done(); {
		time.Sleep(time.Millisecond)
	}
}
