package ioloop

import (
	"context"
	"sync"

	"github.com/gotornado/tornado/log"
)

// An Executor runs functions that may block. Submit itself must not block, because it
// runs on the loop. Any goroutine may call it. Tornado: concurrent.futures.Executor.
type Executor interface {
	Submit(fn func())
}

// ExecutorFunc adapts a function to Executor. One that calls fn immediately is Tornado's
// dummy_executor, for tests.
type ExecutorFunc func(fn func())

// Submit calls f.
func (f ExecutorFunc) Submit(fn func()) { f(fn) }

// DefaultExecutorLimit is the number of functions that a loop's default executor runs at
// once. A function that blocks in a system call holds a thread; Go limits a process to
// ten thousand threads.
const DefaultExecutorLimit = 256

// NewExecutor returns an executor that runs at most limit functions at once, each on its
// own goroutine. Further functions wait in order of submission. The executor needs no
// closing and may serve many loops. A function that waits for another one of the same
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

// Submit runs fn as soon as fewer than limit functions run.
func (e *executor) Submit(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running == e.limit {
		e.queue = append(e.queue, fn)
		return
	}
	e.running++
	go e.runQueued(fn)
}

func (e *executor) runQueued(fn func()) {
	defer e.startNext() // deferred, because fn may call runtime.Goexit
	fn()
}

// startNext starts the function that waited longest, after another one has ended.
func (e *executor) startNext() {
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
	go e.runQueued(fn)
}

// SetDefaultExecutor makes e the executor that [RunInExecutor] uses from now on.
// Tornado: IOLoop.set_default_executor.
func (l *IOLoop) SetDefaultExecutor(e Executor) {
	l.CheckOwner("IOLoop.SetDefaultExecutor")
	l.executor = e
}

// RunInExecutor runs fn, which may block, on the loop's executor and returns the future of
// its result. A panic in fn becomes a [*log.PanicError]. Cancelling the future does not stop
// fn; for that, see RunInExecutorContext. fn runs in parallel with the loop, so pass it
// the data that it needs and use its result. Tornado: IOLoop.run_in_executor(None, fn).
func RunInExecutor[T any](l *IOLoop, fn func() (T, error)) *Future[T] {
	l.CheckOwner("RunInExecutor")
	return RunOnExecutor(l, l.executor, fn)
}

// RunOnExecutor is RunInExecutor with the executor e: it runs fn, which may block, and
// returns the future of its result. Tornado: run_on_executor, IOLoop.run_in_executor.
func RunOnExecutor[T any](l *IOLoop, e Executor, fn func() (T, error)) *Future[T] {
	l.CheckOwner("RunOnExecutor")
	f := NewFuture[T](l)
	e.Submit(func() {
		callThen(fn, func(v T, err error) {
			l.addPlain(func() { completeCall(f, fn, v, err) })
		})
	})
	return f
}

// RunInExecutorContext is RunInExecutor for a function that takes a context. That context
// is done when ctx is, when the future is cancelled, or when the loop is closed. If it is
// done before fn has started, fn does not run and the error is the context's cause.
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

// CallOn runs fn in a coroutine of the loop to, and returns a future of the loop from. Call
// it on the loop from. A panic in fn becomes a [*log.PanicError]. If the loop to is closed
// before fn ends, the error is ErrClosed. The two loops must not use the same values at
// once.
func CallOn[T any](from, to *IOLoop, fn func() (T, error)) *Future[T] {
	from.CheckOwner("CallOn")
	f := NewFuture[T](from)
	arrived := context.AfterFunc(to.ctx, func() {
		from.addPlain(func() { f.SetError(ErrClosed) })
	})
	to.AddCallback(func() {
		callThen(fn, func(v T, err error) {
			arrived()
			from.addPlain(func() { completeCall(f, fn, v, err) })
		})
	})
	return f
}

// callThen calls fn and then done with its result. If fn panics or calls runtime.Goexit,
// the error is a *PanicError. callThen does not catch the panic that ends a coroutine
// because its loop was closed; done is not called then.
func callThen[T any](fn func() (T, error), done func(T, error)) {
	var v T
	var err error
	returned := false
	defer func() {
		r := recover()
		switch {
		case Unwinding(r):
			panic(r)
		case r != nil:
			err = log.NewPanicError(r)
		case !returned: // after runtime.Goexit only deferred calls run
			err = log.NewPanicError(log.Goexit)
		}
		done(v, err)
	}()
	v, err = fn()
	returned = true
}
