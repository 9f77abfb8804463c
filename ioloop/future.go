package ioloop

import (
	"context"
	"errors"
)

// ErrTimeout is the error of a future whose [WithTimeout] limit has passed.
// Tornado: util.TimeoutError.
var ErrTimeout = errors.New("ioloop: timeout")

// ErrCancelled is the error of a cancelled future or coroutine (see [Future.Cancel]).
// errors.Is(ErrCancelled, context.Canceled) is true. Tornado: asyncio.CancelledError.
var ErrCancelled error = cancelledError{}

type cancelledError struct{}

func (cancelledError) Error() string        { return "ioloop: cancelled" }
func (cancelledError) Is(target error) bool { return target == context.Canceled }

// A Future is a result that may not be available yet. It belongs to one loop: only that
// loop's callbacks and coroutines may call its methods, except Wait.
// Tornado: concurrent.Future.
type Future[T any] struct {
	loop   *IOLoop
	done   bool
	logged bool // the future's error will be logged if the future fails later
	value  T
	err    error
	waiter *coroutine // the first coroutine that waits; usually there is no other
	others waiterRing
	cancel func()       // called by Cancel; nil means SetError(ErrCancelled)
	unseen *unseenError // nil unless the result is an error that no caller has looked at
}

// NewFuture returns a future of l without a result. The caller must complete it with
// SetResult or SetError.
func NewFuture[T any](l *IOLoop) *Future[T] { return &Future[T]{loop: l} }

// Done reports whether the future has its result.
func (f *Future[T]) Done() bool {
	f.loop.CheckOwner("Future.Done")
	return f.done
}

// Result returns the result, or zero values if the future is not done.
func (f *Future[T]) Result() (T, error) {
	f.loop.CheckOwner("Future.Result")
	f.markSeen()
	return f.value, f.err
}

// SetResult completes the future with v and reports true. A future that is already done
// keeps its first result; SetResult then reports false.
// Tornado: future_set_result_unless_cancelled.
func (f *Future[T]) SetResult(v T) bool { return f.complete(v, nil) }

// SetError completes the future with err and the zero value and reports true. A future
// that is already done keeps its first result; SetError then reports false.
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
	for x := f.others.popFront(); x != nil; x = f.others.popFront() {
		if x.coroutine != nil {
			f.loop.resume(x.coroutine)
		} else {
			f.loop.callSoon(x.fn)
		}
	}
	return true
}

// Cancel says that the result is not needed any more. It reports false if the future is
// already done. Cancelling a future of [Go] cancels the coroutine, which may still clean
// up and decides the result. Cancelling a future of [RunInExecutorContext] cancels the
// function's context. Cancelling a future with [Future.OnCancel] calls that function. Any
// other future fails with [ErrCancelled] immediately; a later
// SetResult or SetError then reports false. Tornado: Future.cancel.
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

// OnCancel makes Cancel call fn instead of failing the future, while the future is not done.
// fn runs on the caller's stack and completes the future, now or later. Use it for work that
// must stop when its result is not needed any more.
func (f *Future[T]) OnCancel(fn func()) {
	f.loop.CheckOwner("Future.OnCancel")
	if !f.done {
		f.cancel = fn
	}
}

// Await returns the result. If the future is not done, the calling coroutine parks until
// it is, while the loop goes on; a future that is done costs no switch. If the coroutine
// is cancelled while it waits (see [Go]), the error is ErrCancelled and the future itself
// goes on. Only coroutines of the future's loop may call it: outside a coroutine it
// panics, and in debug mode also on a wrong goroutine. Other goroutines use Wait.
func (f *Future[T]) Await() (T, error) {
	f.loop.CheckOwner("Future.Await")
	if !f.done && !f.parkUntilDone(f.loop.mustCurrent("Future.Await")) {
		var zero T
		return zero, ErrCancelled
	}
	f.markSeen()
	return f.value, f.err
}

// parkUntilDone parks w until the future is done and reports true, or until w is cancelled and
// reports false.
func (f *Future[T]) parkUntilDone(w *coroutine) bool {
	if w.takeCancel() {
		return false
	}
	var x *futureWaiter
	if f.waiter == nil {
		f.waiter = w
	} else {
		x = f.others.pushBack(&futureWaiter{coroutine: w})
	}
	w.park()
	if f.done {
		return true // the result counts; if w has been cancelled as well, the next wait of w fails
	}
	if f.waiter == w {
		f.waiter = nil
	} else {
		f.others.unlink(x)
	}
	w.cancelled = false
	return false
}

// Wait blocks a goroutine outside the loop until the result is there, and returns it.
// It returns the error of ctx if that ends first, and ErrClosed if the loop is closed
// first. On the loop itself it would block forever: use Await there.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	var x *futureWaiter // set and used on the loop only
	arrived := make(chan struct{})
	f.loop.AddCallback(func() { x = f.onDone(func() { close(arrived) }) })
	var zero T
	select {
	case <-arrived:
		return f.value, f.err
	case <-ctx.Done():
		f.loop.AddCallback(func() { f.others.unlink(x) })
		return zero, ctx.Err()
	case <-f.loop.ctx.Done():
		return zero, ErrClosed
	}
}

// AddDoneCallback runs fn with the future in a loop coroutine when the future is done, in
// the next turn at the earliest. Tornado: IOLoop.add_future.
func (f *Future[T]) AddDoneCallback(fn func(*Future[T])) {
	f.loop.CheckOwner("Future.AddDoneCallback")
	f.onDone(func() { f.loop.SpawnFunc(func() { fn(f) }) })
}

// onDone runs fn on the loop's own stack, in the turn after the future is done. It returns
// the entry to pass to f.others.unlink, or nil if the future is done already.
func (f *Future[T]) onDone(fn func()) *futureWaiter {
	if f.done {
		f.markSeen()
		f.loop.callSoon(fn)
		return nil
	}
	return f.others.pushBack(&futureWaiter{fn: fn})
}

// waiterRing is a ring of the waiters of a future. Any of them can be removed in constant
// time.
type waiterRing struct{ last *futureWaiter }

// A futureWaiter is a coroutine to resume or a function to call.
type futureWaiter struct {
	next, prev *futureWaiter // nil outside the ring
	coroutine  *coroutine
	fn         func()
}

func (r *waiterRing) pushBack(x *futureWaiter) *futureWaiter {
	if r.last == nil {
		x.next, x.prev = x, x
	} else {
		x.next, x.prev = r.last.next, r.last
		x.next.prev, x.prev.next = x, x
	}
	r.last = x
	return x
}

// unlink takes x out of the ring. It does nothing if x is nil or was removed before.
func (r *waiterRing) unlink(x *futureWaiter) {
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

// popFront removes and returns the first waiter, or returns nil.
func (r *waiterRing) popFront() *futureWaiter {
	if r.last == nil {
		return nil
	}
	first := r.last.next
	r.unlink(first)
	return first
}
