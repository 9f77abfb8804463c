package ioloop

import (
	"iter"
	"runtime/debug"
)

// A Task is work for a loop coroutine. It is an interface, not a func, so that an
// object which lives anyway can be its own task, with nothing allocated.
type Task interface{ Run() }

// TaskFunc makes a Task of a function.
type TaskFunc func()

// Run calls f.
func (f TaskFunc) Run() { f() }

// maxPooled bounds the coroutines that are kept for reuse; each holds a stack.
const maxPooled = 256

// A worker is one coroutine, which runs task after task. The loop switches to it
// and gets control back when the task has ended or waits.
type worker struct {
	loop  *IOLoop
	task  Task                    // nil when idle
	next  func() (struct{}, bool) // switches to the coroutine
	stop  func()                  // ends it: the yield it waits in returns false
	yield func(struct{}) bool     // switches back to whoever switched to it
	goid  int64                   // in debug mode only
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
	l.workers[w] = struct{}{}
	return w
}

// switchTo lets w run; a coroutine may do so too, so the switches nest.
func (l *IOLoop) switchTo(w *worker) (ended bool) {
	previous := l.current
	l.current = w
	if l.debug != nil {
		l.debug.enter(w)
	}
	w.next()
	if l.debug != nil {
		l.debug.enter(previous)
	}
	l.current = previous
	if w.task != nil {
		return false
	}
	if len(l.pool) < maxPooled {
		l.pool = append(l.pool, w)
	} else {
		w.stop()
		delete(l.workers, w)
	}
	return true
}

// main is the body of the coroutine.
func (w *worker) main(yield func(struct{}) bool) {
	w.yield = yield
	if w.loop.debug != nil {
		w.goid = goroutineID()
		w.loop.debug.enter(w)
	}
	for {
		w.runTask()
		w.task = nil
		if !yield(struct{}{}) {
			return
		}
	}
}

func (w *worker) runTask() {
	defer func() {
		if r := recover(); r != nil && !Unwinding(r) {
			logPanic("Exception in callback", r, debug.Stack())
		}
	}()
	w.task.Run()
}

// park gives control back to the loop until resume is called for w.
func (w *worker) park() {
	l := w.loop
	if l.closed {
		panic(unwind{})
	}
	l.stats.CoroutinesParked++
	ok := w.yield(struct{}{})
	l.stats.CoroutinesParked--
	if !ok {
		panic(unwind{})
	}
}

// resume lets a parked worker go on in the next turn.
func (l *IOLoop) resume(w *worker) { l.soon = append(l.soon, work{worker: w}) }

// mustCurrent returns the coroutine that is running.
func (l *IOLoop) mustCurrent(call string) *worker {
	if l.current == nil {
		panic("ioloop: " + call + " outside a loop coroutine; start one with IOLoop.Spawn or IOLoop.AddCallback")
	}
	return l.current
}

// unwindWorkers ends every coroutine; what is parked panics through its frames,
// so that deferred calls run.
func (l *IOLoop) unwindWorkers() {
	for w := range l.workers {
		previous := l.current
		l.current = w
		if l.debug != nil {
			l.debug.enter(w)
		}
		w.stop()
		if l.debug != nil {
			l.debug.enter(previous)
		}
		l.current = previous
		delete(l.workers, w)
	}
	l.pool = nil
}
