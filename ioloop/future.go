package ioloop

import (
	"context"
	"errors"
	"time"
)

// ErrTimeout is the error of a future whose [WithTimeout] limit has passed.
// Tornado: util.TimeoutError.
var ErrTimeout = errors.New("ioloop: timeout")

// ErrClosed is the error of waiting for a loop that has been closed.
var ErrClosed = errors.New("ioloop: loop is closed")

// A Future is a result that is not there yet. It belongs to one loop: all its
// methods but Wait are for that loop's callbacks and coroutines.
// Tornado: concurrent.Future.
type Future[T any] struct {
	loop      *IOLoop
	done      bool
	value     T
	err       error
	waiter    *worker // the first coroutine to wait; nearly always the only one
	callbacks []func()
}

// NewFuture returns a future of l without a result.
func NewFuture[T any](l *IOLoop) *Future[T] { return &Future[T]{loop: l} }

// Done reports whether the result is there.
func (f *Future[T]) Done() bool { return f.done }

// Result returns the result, or zero values while it is not there.
func (f *Future[T]) Result() (T, error) { return f.value, f.err }

// SetResult completes the future with v. The first result stays: on a future
// that is done it does nothing and reports false.
// Tornado: future_set_result_unless_cancelled.
func (f *Future[T]) SetResult(v T) bool { return f.complete(v, nil) }

// SetError completes the future with err, as SetResult does with a value.
func (f *Future[T]) SetError(err error) bool {
	var zero T
	return f.complete(zero, err)
}

func (f *Future[T]) complete(v T, err error) bool {
	f.loop.CheckOwner("Future.SetResult")
	if f.done {
		return false
	}
	f.done, f.value, f.err = true, v, err
	if f.waiter != nil {
		f.loop.resume(f.waiter)
		f.waiter = nil
	}
	for _, fn := range f.callbacks {
		f.loop.callSoon(fn)
	}
	f.callbacks = nil
	return true
}

// Await returns the result, waiting for it if need be: the calling coroutine
// parks, the loop goes on. A future that is done costs no switch. Outside a loop
// coroutine it panics; other goroutines use Wait.
func (f *Future[T]) Await() (T, error) {
	f.loop.CheckOwner("Future.Await")
	if !f.done {
		w := f.loop.mustCurrent("Future.Await")
		if f.waiter == nil {
			f.waiter = w
		} else {
			f.callbacks = append(f.callbacks, func() { w.loop.switchTo(w) })
		}
		w.park()
	}
	return f.value, f.err
}

// Wait returns the result to a goroutine that is not the loop's, or the error of
// ctx if that ends first, or ErrClosed if the loop is closed first.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	arrived := make(chan struct{})
	f.loop.AddCallback(func() { f.onDone(func() { close(arrived) }) })
	var zero T
	select {
	case <-arrived:
		return f.value, f.err
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-f.loop.gone:
		return zero, ErrClosed
	}
}

// AddDoneCallback runs fn with the future in a loop coroutine once it is done, in
// the next turn at the earliest. Tornado: IOLoop.add_future.
func (f *Future[T]) AddDoneCallback(fn func(*Future[T])) {
	f.loop.CheckOwner("Future.AddDoneCallback")
	f.onDone(func() { f.loop.SpawnFunc(func() { fn(f) }) })
}

// onDone runs fn on the loop's own stack, in the turn after the result came.
func (f *Future[T]) onDone(fn func()) {
	if f.done {
		f.loop.callSoon(fn)
		return
	}
	f.callbacks = append(f.callbacks, fn)
}

// Sleep returns a future that is done after d. Tornado: gen.sleep.
func Sleep(l *IOLoop, d time.Duration) *Future[struct{}] {
	f := NewFuture[struct{}](l)
	l.timeouts.addPlain(l.clock().Sub(l.epoch)+max(d, 0), func() { f.SetResult(struct{}{}) })
	return f
}

// WithTimeout returns a future with the result of f, or with ErrTimeout if that
// takes longer than d; f itself goes on. A result that is there already wins over
// a limit that has passed. Tornado: gen.with_timeout.
func WithTimeout[T any](f *Future[T], d time.Duration) *Future[T] {
	if f.done {
		return f
	}
	l := f.loop
	result := NewFuture[T](l)
	limit := l.timeouts.addPlain(l.clock().Sub(l.epoch)+max(d, 0), func() { result.SetError(ErrTimeout) })
	f.onDone(func() {
		l.timeouts.remove(limit)
		result.complete(f.value, f.err)
	})
	return result
}

// Multi returns a future that is done when all of fs are, with their results in
// order or the first error in that order. Tornado: gen.multi.
func Multi[T any](l *IOLoop, fs ...*Future[T]) *Future[[]T] {
	all := NewFuture[[]T](l)
	missing := len(fs)
	collect := func() {
		values := make([]T, len(fs))
		for i, f := range fs {
			if f.err != nil {
				all.SetError(f.err)
				return
			}
			values[i] = f.value
		}
		all.SetResult(values)
	}
	if missing == 0 {
		collect()
	}
	for _, f := range fs {
		f.onDone(func() {
			if missing--; missing == 0 {
				collect()
			}
		})
	}
	return all
}
