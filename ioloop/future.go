package ioloop

import (
	"context"
	"errors"
)

// ErrTimeout is the error of a future whose [WithTimeout] limit has passed.
// Tornado: util.TimeoutError.
var ErrTimeout = errors.New("ioloop: timeout")

// ErrCancelled is the error of what [Future.Cancel] has cancelled. For errors.Is it
// is a context.Canceled too. Tornado: asyncio.CancelledError.
var ErrCancelled error = cancelledError{}

type cancelledError struct{}

func (cancelledError) Error() string        { return "ioloop: cancelled" }
func (cancelledError) Is(target error) bool { return target == context.Canceled }

// A Future is a result that is not there yet. It belongs to one loop: all its
// methods but Wait are for that loop's callbacks and coroutines.
// Tornado: concurrent.Future.
type Future[T any] struct {
	loop   *IOLoop
	done   bool
	logged bool // a result that comes too late is logged already, if it is an error
	value  T
	err    error
	waiter *worker // the first coroutine to wait; nearly always the only one
	others waiters
	cancel func() // what Cancel does; nil for SetError(ErrCancelled)
}

// NewFuture returns a future of l without a result: somebody is to call SetResult or
// SetError.
func NewFuture[T any](l *IOLoop) *Future[T] { return &Future[T]{loop: l} }

// Done reports whether the result is there.
func (f *Future[T]) Done() bool {
	f.loop.CheckOwner("Future.Done")
	return f.done
}

// Result returns the result, or zero values while it is not there.
func (f *Future[T]) Result() (T, error) {
	f.loop.CheckOwner("Future.Result")
	return f.value, f.err
}

// SetResult completes the future with v. The first result stays: on a future
// that is done it does nothing and reports false.
// Tornado: future_set_result_unless_cancelled.
func (f *Future[T]) SetResult(v T) bool { return f.complete(v, nil) }

// SetError completes the future with err and the zero value. The first result stays: on
// a future that is done it does nothing and reports false.
// Tornado: future_set_exception_unless_cancelled.
func (f *Future[T]) SetError(err error) bool {
	var zero T
	return f.complete(zero, err)
}

func (f *Future[T]) complete(v T, err error) bool {
	f.loop.CheckOwner("Future.SetResult")
	if f.done {
		return false
	}
	f.done, f.value, f.err, f.cancel = true, v, err, nil
	if f.waiter != nil {
		f.loop.resume(f.waiter)
		f.waiter = nil
	}
	for x := f.others.take(); x != nil; x = f.others.take() {
		if x.worker != nil {
			f.loop.resume(x.worker)
		} else {
			f.loop.callSoon(x.fn)
		}
	}
	return true
}

// Cancel says that nobody needs the result, and reports whether it came before the
// result did. A future of [Go] passes that on to its coroutine, which may still
// clean up and has the last word on the result; the function of
// [RunInExecutorContext] learns it from its context. Any other future fails with
// [ErrCancelled] at once, and what was to complete it finds that done.
// Tornado: Future.cancel.
func (f *Future[T]) Cancel() bool {
	f.loop.CheckOwner("Future.Cancel")
	switch {
	case f.done:
		return false
	case f.cancel != nil:
		f.cancel()
		return true
	}
	return f.SetError(ErrCancelled)
}

// Await returns the result, waiting for it if need be: the calling coroutine
// parks, the loop goes on. A future that is done costs no switch. If the coroutine
// is cancelled meanwhile (see [Go]) the error is ErrCancelled, and the future itself
// goes on. It is for the loop's coroutines: elsewhere it panics, on another goroutine
// for certain in debug mode only. Other goroutines use Wait.
func (f *Future[T]) Await() (T, error) {
	f.loop.CheckOwner("Future.Await")
	if !f.done && !f.await(f.loop.mustCurrent("Future.Await")) {
		var zero T
		return zero, ErrCancelled
	}
	return f.value, f.err
}

// await parks w until the future is done, or, which it reports as false, until w
// is cancelled.
func (f *Future[T]) await(w *worker) bool {
	if w.takeCancel() {
		return false
	}
	var x *waiter
	if f.waiter == nil {
		f.waiter = w
	} else {
		x = f.others.add(&waiter{worker: w})
	}
	w.park()
	if f.done {
		return true // if w has been cancelled as well, its next wait fails
	}
	if f.waiter == w {
		f.waiter = nil
	} else {
		f.others.remove(x)
	}
	w.cancelled = false
	return false
}

// Wait returns the result to a goroutine that is not the loop's, for which it waits, or the
// error of ctx if that ends first, or ErrClosed if the loop is closed first. On the loop
// itself it would wait for ever: use Await there.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	var x *waiter // the loop's
	arrived := make(chan struct{})
	f.loop.AddCallback(func() { x = f.onDone(func() { close(arrived) }) })
	var zero T
	select {
	case <-arrived:
		return f.value, f.err
	case <-ctx.Done():
		f.loop.AddCallback(func() { f.others.remove(x) })
		return zero, ctx.Err()
	case <-f.loop.ctx.Done():
		return zero, ErrClosed
	}
}

// AddDoneCallback runs fn with the future in a loop coroutine once it is done, in
// the next turn at the earliest. Tornado: IOLoop.add_future.
func (f *Future[T]) AddDoneCallback(fn func(*Future[T])) {
	f.loop.CheckOwner("Future.AddDoneCallback")
	f.onDone(func() { f.loop.SpawnFunc(func() { fn(f) }) })
}

// onDone runs fn on the loop's own stack, in the turn after the result came. It
// returns what f.others.remove takes back.
func (f *Future[T]) onDone(fn func()) *waiter {
	if f.done {
		f.loop.callSoon(fn)
		return nil
	}
	return f.others.add(&waiter{fn: fn})
}

// waiters are those who wait for a future, in a ring, so that one that gives up
// leaves at once however many there are.
type waiters struct{ last *waiter }

// A waiter is a coroutine to resume or a function to call.
type waiter struct {
	next, prev *waiter // nil outside the ring
	worker     *worker
	fn         func()
}

func (r *waiters) add(x *waiter) *waiter {
	if r.last == nil {
		x.next, x.prev = x, x
	} else {
		x.next, x.prev = r.last.next, r.last
		x.next.prev, x.prev.next = x, x
	}
	r.last = x
	return x
}

// remove takes x out; one that has left, or is nil, is no error.
func (r *waiters) remove(x *waiter) {
	switch {
	case x == nil || x.next == nil:
		return
	case x.next == x:
		r.last = nil
	default:
		x.next.prev, x.prev.next = x.prev, x.next
		if r.last == x {
			r.last = x.prev
		}
	}
	x.next, x.prev = nil, nil
}

// take removes and returns the first, or nil.
func (r *waiters) take() *waiter {
	if r.last == nil {
		return nil
	}
	first := r.last.next
	r.remove(first)
	return first
}
