package ioloop

import (
	"iter"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gotornado/tornado/log"
)

// A Task is work for a loop coroutine. It is an interface, not a func, so that a
// long-lived object can be its own task, without an allocation.
type Task interface{ Run() }

// TaskFunc adapts a function to Task.
type TaskFunc func()

// Run calls f.
func (f TaskFunc) Run() { f() }

// At least minPooled idle coroutines are kept; each holds a stack. Every trimInterval,
// coroutines that stayed idle throughout it are released, at most maxTrimmed at once, so
// that the loop is not held up.
const (
	minPooled    = 256
	trimInterval = time.Second
	maxTrimmed   = 1024
)

// A coroutine runs task after task on a stack of its own. The loop switches to it and gets
// control back when the task ends or waits.
type coroutine struct {
	loop     *IOLoop
	task     Task                    // nil when idle
	switchIn func() (struct{}, bool) // switches to the coroutine
	stop     func()                  // ends the coroutine, whose pending yield then returns false
	yield    func(struct{}) bool     // switches back to the loop or coroutine that switched here
	goid     int64                   // goroutine id; in debug mode only

	running    bool   // between switchTo and its return
	parked     bool   // waits and is not queued to resume
	cancelled  bool   // its next wait fails with ErrCancelled
	exited     bool   // its task called runtime.Goexit
	cancelFunc func() // the method value w.cancel, allocated once
}

// unwind is the panic value that ends a parked task when its loop closes.
type unwind struct{}

func (unwind) String() string { return "ioloop: the loop was closed while this coroutine waited" }

// Unwinding reports whether r, a value returned by recover, ends a coroutine because its
// loop was closed. Code that recovers such a value must panic with it again.
func Unwinding(r any) bool {
	_, ok := r.(unwind)
	return ok
}

// Spawn runs t in a loop coroutine, immediately, until t ends or waits. It reports
// whether t has ended. A panic in t is logged. Tornado has no name for this: there,
// calling a coroutine starts it.
func (l *IOLoop) Spawn(t Task) (ended bool) {
	l.CheckOwner("IOLoop.Spawn")
	var w *coroutine
	if n := len(l.pool) - 1; n >= 0 {
		w, l.pool = l.pool[n], l.pool[:n]
		l.minIdle = min(l.minIdle, n)
	} else {
		w = l.newCoroutine()
	}
	w.task = t
	return l.switchTo(w)
}

// SpawnFunc is Spawn for a function.
func (l *IOLoop) SpawnFunc(fn func()) (ended bool) { return l.Spawn(TaskFunc(fn)) }

func (l *IOLoop) newCoroutine() *coroutine {
	w := &coroutine{loop: l}
	w.switchIn, w.stop = iter.Pull(w.runTasks)
	w.cancelFunc = w.cancel
	l.coroutines[w] = struct{}{}
	return w
}

// switchTo runs w until it yields and reports whether its task ended. A coroutine may
// call it too, so switches nest.
func (l *IOLoop) switchTo(w *coroutine) (ended bool) {
	previous := l.current
	l.current, w.running = w, true
	w.switchIn()
	if l.debug != nil {
		l.debug.setOwner(l, previous)
	}
	l.current, w.running = previous, false
	if w.task != nil {
		return false
	}
	if l.closed || w.exited {
		l.dismiss(w)
		return true
	}
	l.pool = append(l.pool, w)
	if len(l.pool) > minPooled && !l.trimming {
		l.planTrim()
	}
	return true
}

func (l *IOLoop) dismiss(w *coroutine) {
	w.end()
	delete(l.coroutines, w)
}

func (l *IOLoop) planTrim() {
	l.trimming, l.minIdle = true, len(l.pool)
	l.timeouts.addPlainTimeout(l.after(trimInterval), l.trim)
}

// trim releases the coroutines that stayed idle since planTrim, the least recently used
// first.
func (l *IOLoop) trim() {
	l.trimming = false
	surplus := max(0, min(l.minIdle, len(l.pool)-minPooled, maxTrimmed))
	for _, w := range l.pool[:surplus] {
		l.dismiss(w)
	}
	l.pool = slices.Delete(l.pool, 0, surplus)
	if len(l.pool) > minPooled {
		l.planTrim()
	}
}

// runTasks is the body of the coroutine.
func (w *coroutine) runTasks(yield func(struct{}) bool) {
	w.yield = yield
	for more := true; more; more = yield(struct{}{}) {
		w.recordOwner()
		w.runTask()
		w.task, w.cancelled = nil, false
	}
}

// recordOwner tells the debugger, if there is one, that w now runs.
func (w *coroutine) recordOwner() {
	if d := w.loop.debug; d != nil {
		if w.goid == 0 {
			w.goid = goroutineID()
		}
		d.owner.Store(w.goid)
	}
}

func (w *coroutine) runTask() {
	returned := false
	defer func() {
		switch r := recover(); {
		case Unwinding(r):
		case r != nil:
			w.loop.reportPanic("Exception in callback", r, debug.Stack())
		case !returned:
			w.exit()
		}
	}()
	w.task.Run()
	returned = true
}

// exited is the panic value with which a coroutine ends after runtime.Goexit. Without it,
// iter.Pull would call Goexit on the loop's goroutine too.
type exited struct{}

// exit ends the task of w, which has called runtime.Goexit. It runs in a deferred call: the
// goroutine ends when exit returns. The loop gets control once more before that.
func (w *coroutine) exit() {
	w.loop.reportPanic("Exception in callback", log.Goexit, debug.Stack())
	w.task, w.cancelled, w.exited = nil, false, true
	w.yield(struct{}{})
	panic(exited{})
}

// end ends the goroutine of w, which is idle or parked.
func (w *coroutine) end() {
	defer func() {
		if r := recover(); r != nil && r != any(exited{}) {
			panic(r)
		}
	}()
	w.stop()
}

// park returns control to the loop until w is resumed.
func (w *coroutine) park() {
	w.parked = true
	w.yieldToCaller()
}

// yieldToCaller returns control to the loop or coroutine that switched to w.
func (w *coroutine) yieldToCaller() {
	l := w.loop
	if l.closed {
		panic(unwind{})
	}
	l.stats.CoroutinesParked++
	ok := w.yield(struct{}{})
	l.stats.CoroutinesParked--
	w.recordOwner()
	if !ok {
		panic(unwind{})
	}
}

// resume queues a parked coroutine to run in the next turn. It does nothing for a
// coroutine that is queued already, or that runs.
func (l *IOLoop) resume(w *coroutine) {
	if w.parked {
		w.parked = false
		l.queue = append(l.queue, work{coroutine: w})
	}
}

// cancel makes the current wait of w fail, or its next one if it does not wait.
func (w *coroutine) cancel() {
	w.cancelled = true
	w.loop.resume(w)
}

// takeCancel reports whether w has been cancelled since the last call.
func (w *coroutine) takeCancel() bool {
	was := w.cancelled
	w.cancelled = false
	return was
}

// Go runs fn in a loop coroutine, immediately, until fn ends or waits, and returns the
// future of its result. If fn never waits, the future is done on return. A panic in fn
// becomes a [*log.PanicError]. If the future is dropped and no caller has looked at its
// error, the error is logged. Cancel on the future cancels the coroutine: its current Await,
// or else its next one, fails once with ErrCancelled. The future still gets the result
// that fn then returns. Tornado: gen.coroutine, and asyncio's create_task.
func Go[T any](l *IOLoop, fn func() (T, error)) *Future[T] {
	l.CheckOwner("Go")
	f := NewFuture[T](l)
	runInto(f, fn)
	return f
}

// runInto is Go for an existing future.
func runInto[T any](f *Future[T], fn func() (T, error)) {
	f.loop.SpawnFunc(func() {
		f.cancel = f.loop.current.cancelFunc
		callThen(fn, func(v T, err error) { completeCall(f, fn, v, err) })
	})
}

// Moment lets the loop run one turn: the calling coroutine resumes after the callbacks
// that were added before the call. Long computations call it from time to time. The
// error is ErrCancelled or nil. Tornado: gen.moment.
func Moment(l *IOLoop) error {
	l.CheckOwner("Moment")
	w := l.mustCurrent("Moment")
	if !w.cancelled {
		l.enqueue(work{coroutine: w})
		w.yieldToCaller()
	}
	if w.takeCancel() {
		return ErrCancelled
	}
	return nil
}

// mustCurrent returns the running coroutine. It panics, naming call, if none runs.
func (l *IOLoop) mustCurrent(call string) *coroutine {
	if l.current == nil {
		panic("ioloop: " + call + " outside a loop coroutine; start one with IOLoop.Spawn or IOLoop.AddCallback")
	}
	return l.current
}

// unwindCoroutines ends every coroutine. A parked one panics with unwind, so that its
// deferred calls run. A coroutine that is running (it was spawned outside Start and has
// called Close) ends when it next waits or returns.
func (l *IOLoop) unwindCoroutines() {
	l.pool = nil // a Spawn in a deferred call must not get a coroutine that has ended
	for w := range l.coroutines {
		if w.running {
			continue
		}
		previous := l.current
		l.current, w.running = w, true
		w.end()
		if l.debug != nil {
			l.debug.setOwner(l, previous)
		}
		l.current = previous
		delete(l.coroutines, w)
	}
}
