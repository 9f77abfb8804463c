package ioloop

import (
	"iter"
	"runtime/debug"
	"slices"
	"time"
)

// A Task is work for a loop coroutine. It is an interface, not a func, so that an
// object which lives anyway can be its own task, with nothing allocated.
type Task interface{ Run() }

// TaskFunc makes a Task of a function.
type TaskFunc func()

// Run calls f.
func (f TaskFunc) Run() { f() }

// minPooled idle coroutines are kept for ever; each holds a stack. More are kept as
// long as they are used: every trimInterval those go that were not needed in it.
const (
	minPooled    = 256
	trimInterval = time.Second
	maxTrimmed   = 1024 // at once, so that others get their turn
)

// A worker is one coroutine, which runs task after task. The loop switches to it
// and gets control back when the task has ended or waits.
type worker struct {
	loop  *IOLoop
	task  Task                    // nil when idle
	next  func() (struct{}, bool) // switches to the coroutine
	stop  func()                  // ends it: the yield it waits in returns false
	yield func(struct{}) bool     // switches back to whoever switched to it
	goid  int64                   // in debug mode only

	running   bool   // between switchTo and its return
	parked    bool   // waits, and nobody has queued it yet
	cancelled bool   // its next wait is to fail with ErrCancelled
	interrupt func() // cancel, made once
}

// unwind is panicked through a parked task when its loop closes.
type unwind struct{}

func (unwind) String() string { return "ioloop: the loop was closed while this coroutine waited" }

// Unwinding reports whether r, a value got from recover, is ending a coroutine
// because its loop was closed. Code that recovers must panic such a value again.
func Unwinding(r any) bool {
	_, ok := r.(unwind)
	return ok
}

// Spawn runs t in a loop coroutine, at once, until it ends or waits, and reports
// whether it has ended. A panic in t is logged. Tornado has no name for this:
// calling a coroutine starts it there.
func (l *IOLoop) Spawn(t Task) (ended bool) {
	l.CheckOwner("IOLoop.Spawn")
	var w *worker
	if n := len(l.pool) - 1; n >= 0 {
		w, l.pool = l.pool[n], l.pool[:n]
		l.leastPooled = min(l.leastPooled, n)
	} else {
		w = l.newWorker()
	}
	w.task = t
	return l.switchTo(w)
}

// SpawnFunc is Spawn for a function.
func (l *IOLoop) SpawnFunc(fn func()) (ended bool) { return l.Spawn(TaskFunc(fn)) }

func (l *IOLoop) newWorker() *worker {
	w := &worker{loop: l}
	w.next, w.stop = iter.Pull(w.main)
	w.interrupt = w.cancel
	l.workers[w] = struct{}{}
	return w
}

// switchTo lets w run; a coroutine may do so too, so the switches nest.
func (l *IOLoop) switchTo(w *worker) (ended bool) {
	previous := l.current
	l.current, w.running = w, true
	w.next()
	if l.debug != nil {
		l.debug.enter(l, previous)
	}
	l.current, w.running = previous, false
	if w.task != nil {
		return false
	}
	if l.closed {
		l.dismiss(w)
		return true
	}
	l.pool = append(l.pool, w)
	if len(l.pool) > minPooled && !l.trimming {
		l.planTrim()
	}
	return true
}

func (l *IOLoop) dismiss(w *worker) {
	w.stop()
	delete(l.workers, w)
}

func (l *IOLoop) planTrim() {
	l.trimming, l.leastPooled = true, len(l.pool)
	l.timeouts.addPlain(l.after(trimInterval), l.trim)
}

// trim dismisses the coroutines that were idle since it was planned, the coldest first.
func (l *IOLoop) trim() {
	l.trimming = false
	surplus := max(0, min(l.leastPooled, len(l.pool)-minPooled, maxTrimmed))
	for _, w := range l.pool[:surplus] {
		l.dismiss(w)
	}
	l.pool = slices.Delete(l.pool, 0, surplus)
	if len(l.pool) > minPooled {
		l.planTrim()
	}
}

// main is the body of the coroutine.
func (w *worker) main(yield func(struct{}) bool) {
	w.yield = yield
	for more := true; more; more = yield(struct{}{}) {
		w.arrive()
		w.runTask()
		w.task, w.cancelled = nil, false
	}
}

// arrive tells the debugger, if there is one, who runs from now on.
func (w *worker) arrive() {
	if d := w.loop.debug; d != nil {
		if w.goid == 0 {
			w.goid = goroutineID()
		}
		d.owner.Store(w.goid)
	}
}

func (w *worker) runTask() {
	defer func() {
		if r := recover(); r != nil && !Unwinding(r) {
			w.loop.reportPanic("Exception in callback", r, debug.Stack())
		}
	}()
	w.task.Run()
}

// park gives control back to the loop until resume is called for w.
func (w *worker) park() {
	w.parked = true
	w.giveWay()
}

// giveWay gives control back to whoever switched to w.
func (w *worker) giveWay() {
	l := w.loop
	if l.closed {
		panic(unwind{})
	}
	l.stats.CoroutinesParked++
	ok := w.yield(struct{}{})
	l.stats.CoroutinesParked--
	w.arrive()
	if !ok {
		panic(unwind{})
	}
}

// resume lets a parked worker go on in the next turn. One that is queued already,
// or runs, is left alone.
func (l *IOLoop) resume(w *worker) {
	if w.parked {
		w.parked = false
		l.soon = append(l.soon, work{worker: w})
	}
}

// cancel makes the wait that w is in, or else its next one, fail.
func (w *worker) cancel() {
	w.cancelled = true
	w.loop.resume(w)
}

// takeCancel reports whether w has been cancelled since it last asked.
func (w *worker) takeCancel() bool {
	was := w.cancelled
	w.cancelled = false
	return was
}

// Go runs fn in a loop coroutine, at once, until it ends or waits, and returns the
// future of its result; if fn never waits, that is done already. A panic in fn
// becomes a [*log.PanicError]. Cancel on the future cancels the coroutine: the Await that
// it is in, or else its next, fails with ErrCancelled, once, and the future gets
// what fn then returns. Tornado: gen.coroutine, and asyncio's create_task.
func Go[T any](l *IOLoop, fn func() (T, error)) *Future[T] {
	l.CheckOwner("Go")
	f := NewFuture[T](l)
	goOn(f, fn)
	return f
}

// goOn is Go with a future that is there already.
func goOn[T any](f *Future[T], fn func() (T, error)) {
	f.loop.SpawnFunc(func() {
		f.cancel = f.loop.current.interrupt
		f.complete(callRecovered(fn))
	})
}

// Moment lets the loop run once: the calling coroutine goes on in the next turn, behind
// the callbacks that were added before. A long computation calls it now and then. The
// error is ErrCancelled or nil. Tornado: gen.moment.
func Moment(l *IOLoop) error {
	l.CheckOwner("Moment")
	w := l.mustCurrent("Moment")
	if !w.cancelled {
		l.enqueue(work{worker: w})
		w.giveWay()
	}
	if w.takeCancel() {
		return ErrCancelled
	}
	return nil
}

// mustCurrent returns the coroutine that is running.
func (l *IOLoop) mustCurrent(call string) *worker {
	if l.current == nil {
		panic("ioloop: " + call + " outside a loop coroutine; start one with IOLoop.Spawn or IOLoop.AddCallback")
	}
	return l.current
}

// unwindWorkers ends every coroutine; what is parked panics through its frames,
// so that deferred calls run. One that is running, because it was spawned while the
// loop was not and has called Close, ends when it next waits or returns.
func (l *IOLoop) unwindWorkers() {
	l.pool = nil // what a deferred call spawns runs in a coroutine of its own, and no ended one
	for w := range l.workers {
		if w.running {
			continue
		}
		previous := l.current
		l.current, w.running = w, true
		w.stop()
		if l.debug != nil {
			l.debug.enter(l, previous)
		}
		l.current = previous
		delete(l.workers, w)
	}
}
