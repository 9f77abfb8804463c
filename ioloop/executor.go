package ioloop

import (
	"context"
	"sync"

	"github.com/gotornado/tornado/log"
)

// An Executor runs functions that may block. Submit must not block itself: it runs
// on the loop. Any goroutine may call it. Tornado: concurrent.futures.Executor.
type Executor interface {
	Submit(fn func())
}

// ExecutorFunc makes an Executor of a function. One that calls fn at once is
// Tornado's dummy_executor, for tests.
type ExecutorFunc func(fn func())

// Submit calls f.
func (f ExecutorFunc) Submit(fn func()) { f(fn) }

// DefaultExecutorLimit is how many functions a loop's own executor runs at once. What
// blocks in a system call holds a thread each, of which a process has ten thousand.
const DefaultExecutorLimit = 256

// NewExecutor returns an executor that runs limit functions at once, each on a
// goroutine of its own. More wait, first come, first served. It has nothing to
// close, and may serve many loops. A function that waits for another of the same
// executor may wait forever. A limit below 1 panics.
func NewExecutor(limit int) Executor {
	if limit < 1 {
		panic("ioloop: NewExecutor needs a limit of at least 1")
	}
	return &executor{limit: limit}
}

type executor struct {
	mu      sync.Mutex
	limit   int
	running int
	queue   []func()
}

// Submit runs fn as soon as there is room.
func (e *executor) Submit(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running == e.limit {
		e.queue = append(e.queue, fn)
		return
	}
	e.running++
	go e.work(fn)
}

func (e *executor) work(fn func()) {
	defer e.next() // deferred, for fn may call runtime.Goexit
	fn()
}

// next gives the place of a function that has ended to the one that waited longest.
func (e *executor) next() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		e.running--
		e.queue = nil
		return
	}
	fn := e.queue[0]
	e.queue[0] = nil
	e.queue = e.queue[1:]
	go e.work(fn)
}

// SetDefaultExecutor makes e the executor of [RunInExecutor] from now on.
// Tornado: IOLoop.set_default_executor.
func (l *IOLoop) SetDefaultExecutor(e Executor) {
	l.CheckOwner("IOLoop.SetDefaultExecutor")
	l.executor = e
}

// RunInExecutor runs fn, which may block, on the loop's executor and returns the future
// of its result. A panic in fn becomes a [*log.PanicError]. Cancelling the future does not
// stop fn: see RunInExecutorContext. What fn touches is shared with the loop: hand it
// what it needs, take the rest from its result. Tornado: IOLoop.run_in_executor(None,
// fn).
func RunInExecutor[T any](l *IOLoop, fn func() (T, error)) *Future[T] {
	l.CheckOwner("RunInExecutor")
	return RunOnExecutor(l, l.executor, fn)
}

// RunOnExecutor runs fn, which may block, on e and returns the future of its result: it
// is RunInExecutor with an executor of the caller's choice. Tornado: run_on_executor,
// IOLoop.run_in_executor.
func RunOnExecutor[T any](l *IOLoop, e Executor, fn func() (T, error)) *Future[T] {
	l.CheckOwner("RunOnExecutor")
	f := NewFuture[T](l)
	e.Submit(func() {
		var v T
		var err error = &log.PanicError{Value: "runtime.Goexit"} // which leaves only by the deferred calls
		defer func() { l.addPlain(func() { f.complete(v, err) }) }()
		v, err = callRecovered(fn)
	})
	return f
}

// RunInExecutorContext is RunInExecutor for a function that takes a context. That is
// done when ctx is, when the future is cancelled, and when the loop is closed; a
// function whose turn comes only after that is not run, and the error is the
// context's cause.
func RunInExecutorContext[T any](ctx context.Context, l *IOLoop, fn func(context.Context) (T, error)) *Future[T] {
	l.CheckOwner("RunInExecutorContext")
	ctx, cancel := context.WithCancelCause(ctx)
	closed := context.AfterFunc(l.ctx, func() { cancel(ErrClosed) })
	f := RunInExecutor(l, func() (v T, err error) {
		defer cancel(nil)
		defer closed()
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
		return fn(ctx)
	})
	f.cancel = func() {
		cancel(ErrCancelled)
		f.SetError(ErrCancelled)
	}
	return f
}

// CallOn runs fn in a coroutine of the loop to, and returns a future of the loop
// from, on which it has to be called. A panic in fn becomes a [*log.PanicError]; if the
// other loop is closed before fn has ended, the error is ErrClosed. The values that
// cross over must not be used by both loops at once.
func CallOn[T any](from, to *IOLoop, fn func() (T, error)) *Future[T] {
	from.CheckOwner("CallOn")
	f := NewFuture[T](from)
	arrived := context.AfterFunc(to.ctx, func() {
		from.addPlain(func() { f.SetError(ErrClosed) })
	})
	to.AddCallback(func() {
		v, err := callRecovered(fn)
		arrived()
		from.addPlain(func() { f.complete(v, err) })
	})
	return f
}

// callRecovered calls fn and turns a panic into an error, but for one that ends a
// coroutine because its loop was closed.
func callRecovered[T any](fn func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			if Unwinding(r) {
				panic(r)
			}
			err = log.NewPanicError(r)
		}
	}()
	return fn()
}
