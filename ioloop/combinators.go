package ioloop

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/gotornado/tornado/log"
)

// Sleep returns a future that is done after d, which may be 0 or less: Sleep(l,
// d).Await() waits. Cancelling it ends it early. Tornado: gen.sleep.
func Sleep(l *IOLoop, d time.Duration) *Future[struct{}] {
	l.CheckOwner("Sleep")
	f := NewFuture[struct{}](l)
	t := l.timeouts.addPlain(l.after(d), func() { f.SetResult(struct{}{}) })
	f.cancel = func() {
		l.timeouts.remove(t)
		f.SetError(ErrCancelled)
	}
	return f
}

// WithTimeout returns a future with the result of f, or with ErrTimeout if that
// takes longer than d; f itself goes on. If it fails later, that is logged, unless
// errors.Is finds the error among quiet. A result that is there already wins over
// a limit that has passed. Tornado: gen.with_timeout.
func WithTimeout[T any](f *Future[T], d time.Duration, quiet ...error) *Future[T] {
	l := f.loop
	l.CheckOwner("WithTimeout")
	if f.done {
		return f
	}
	result := NewFuture[T](l)
	var limit *Timeout
	x := f.onDone(func() {
		l.timeouts.remove(limit)
		result.complete(f.value, f.err)
	})
	limit = l.timeouts.addPlain(l.after(d), func() {
		if !f.done {
			f.others.remove(x)
			f.logLateError(quiet)
			result.SetError(ErrTimeout)
		}
	})
	result.cancel = func() {
		f.others.remove(x)
		l.timeouts.remove(limit)
		result.SetError(ErrCancelled)
	}
	return result
}

// WithContext returns a future with the result of f, or with the error of ctx if
// that ends first; f itself goes on, and its later errors are logged as those of
// [WithTimeout] are. Tornado has no contexts.
func WithContext[T any](ctx context.Context, f *Future[T], quiet ...error) *Future[T] {
	l := f.loop
	l.CheckOwner("WithContext")
	if f.done {
		return f
	}
	result := NewFuture[T](l)
	var x *waiter
	stop := context.AfterFunc(ctx, func() {
		l.addPlain(func() {
			if !f.done && !result.done {
				f.others.remove(x)
				f.logLateError(quiet)
				result.SetError(ctx.Err())
			}
		})
	})
	x = f.onDone(func() {
		stop()
		result.complete(f.value, f.err)
	})
	result.cancel = func() {
		f.others.remove(x)
		stop()
		result.SetError(ErrCancelled)
	}
	return result
}

// logLateError logs the error that f may still fail with: nobody may be listening.
func (f *Future[T]) logLateError(quiet []error) {
	if f.logged {
		return
	}
	f.logged = true
	f.onDone(func() { f.loop.logError("Exception in Future after timeout", f.err, quiet) })
}

// logError logs err, unless it is nil, a cancellation, or one of quiet.
func (l *IOLoop) logError(text string, err error, quiet []error) {
	if err == nil || errors.Is(err, context.Canceled) ||
		slices.ContainsFunc(quiet, func(q error) bool { return errors.Is(err, q) }) {
		return
	}
	log.Error(log.App(), text, err)
}

// ChainFuture completes to with the result of from, unless to is done by then. They
// may belong to different loops: it is called on the loop of from.
// Tornado: chain_future.
func ChainFuture[T any](from, to *Future[T]) {
	from.loop.CheckOwner("ChainFuture")
	from.onDone(func() {
		if from.loop == to.loop {
			to.complete(from.value, from.err)
			return
		}
		to.loop.addPlain(func() { to.complete(from.value, from.err) })
	})
}

// Multi returns a future that is done when all of fs are, with their results in
// order or the first error in that order. Further errors are logged; with
// [MultiSlice] one can say which are not. Tornado: gen.multi.
func Multi[T any](l *IOLoop, fs ...*Future[T]) *Future[[]T] { return MultiSlice(l, fs) }

// MultiSlice is Multi for a slice of futures, with the errors that need not be logged:
// those that errors.Is finds among quiet. Tornado: gen.multi with quiet_exceptions.
func MultiSlice[T any](l *IOLoop, fs []*Future[T], quiet ...error) *Future[[]T] {
	l.CheckOwner("Multi")
	all := NewFuture[[]T](l)
	whenAll(slices.Values(fs), func(*Future[T]) {}, func() {
		if err := firstError(l, fs, quiet); err != nil {
			all.SetError(err)
			return
		}
		values := make([]T, len(fs))
		for i, f := range fs {
			values[i] = f.value
		}
		all.SetResult(values)
	})
	return all
}

// MultiMap returns a future that is done when all of fs are, with their results by
// name, or the error that came first. Further errors are logged, unless errors.Is finds
// them among quiet. Tornado: gen.multi of a dict.
func MultiMap[K comparable, T any](l *IOLoop, fs map[K]*Future[T], quiet ...error) *Future[map[K]T] {
	l.CheckOwner("MultiMap")
	all := NewFuture[map[K]T](l)
	ended := make([]*Future[T], 0, len(fs))
	whenAll(maps.Values(fs), func(f *Future[T]) { ended = append(ended, f) }, func() {
		if err := firstError(l, ended, quiet); err != nil {
			all.SetError(err)
			return
		}
		values := make(map[K]T, len(fs))
		for k, f := range fs {
			values[k] = f.value
		}
		all.SetResult(values)
	})
	return all
}

// whenAll calls each for every future when it is done, then the function then.
// Those that are done already make nobody wait.
func whenAll[T any](fs iter.Seq[*Future[T]], each func(*Future[T]), then func()) {
	missing := 1
	one := func() {
		if missing--; missing == 0 {
			then()
		}
	}
	for f := range fs {
		if f.done {
			each(f)
			continue
		}
		missing++
		f.onDone(func() { each(f); one() })
	}
	one()
}

// firstError returns the first error of fs and logs the others.
func firstError[T any](l *IOLoop, fs []*Future[T], quiet []error) (first error) {
	logged := map[*Future[T]]bool{}
	for _, f := range fs {
		switch {
		case f.err == nil || logged[f]:
		case first == nil:
			first = f.err
		default:
			l.logError("Multiple exceptions in yield list", f.err, quiet)
		}
		logged[f] = true
	}
	return first
}

// A WaitIterator hands out futures in the order in which they are done.
// Tornado: gen.WaitIterator.
type WaitIterator[K comparable, T any] struct {
	loop   *IOLoop
	left   int // not handed out yet
	ended  []ended[K, T]
	next   *Future[T] // somebody waits for it
	key    K
	future *Future[T]
}

type ended[K comparable, T any] struct {
	key    K
	future *Future[T]
}

// NewWaitIterator returns an iterator over fs whose keys are their indices in fs.
// Tornado: WaitIterator(*futures).
func NewWaitIterator[T any](l *IOLoop, fs ...*Future[T]) *WaitIterator[int, T] {
	return newWaitIterator(l, len(fs), slices.All(fs))
}

// NewWaitIteratorMap returns an iterator over fs whose keys are those of fs.
// Tornado: WaitIterator(**futures).
func NewWaitIteratorMap[K comparable, T any](l *IOLoop, fs map[K]*Future[T]) *WaitIterator[K, T] {
	return newWaitIterator(l, len(fs), maps.All(fs))
}

func newWaitIterator[K comparable, T any](l *IOLoop, n int, fs iter.Seq2[K, *Future[T]]) *WaitIterator[K, T] {
	l.CheckOwner("NewWaitIterator")
	w := &WaitIterator[K, T]{loop: l, left: n}
	for k, f := range fs {
		e := ended[K, T]{k, f}
		if f.done {
			w.ended = append(w.ended, e)
			continue
		}
		f.onDone(func() {
			w.ended = append(w.ended, e)
			w.handOut()
		})
	}
	return w
}

// Done reports whether all futures have been handed out. Tornado: WaitIterator.done.
func (w *WaitIterator[K, T]) Done() bool {
	w.loop.CheckOwner("WaitIterator.Done")
	return w.left == 0
}

// Next returns a future with the result of whichever is done next; when it is there,
// CurrentIndex and CurrentFuture tell which it was. Calling it again before that
// returns the same future; calling it when Done panics. Tornado: WaitIterator.next.
func (w *WaitIterator[K, T]) Next() *Future[T] {
	w.loop.CheckOwner("WaitIterator.Next")
	if w.next != nil {
		return w.next
	}
	if w.left == 0 {
		panic("ioloop: WaitIterator.Next after the last future; ask Done first")
	}
	f := NewFuture[T](w.loop)
	f.cancel = func() {
		w.next = nil
		f.SetError(ErrCancelled)
	}
	w.next = f
	w.handOut()
	return f
}

// handOut completes the future that Next has returned, if both are there.
func (w *WaitIterator[K, T]) handOut() {
	if w.next == nil || len(w.ended) == 0 {
		return
	}
	e := w.ended[0]
	w.ended = w.ended[1:]
	w.left--
	w.key, w.future = e.key, e.future
	f := w.next
	w.next = nil
	f.complete(e.future.value, e.future.err)
}

// CurrentIndex returns the key of the future that was handed out last: its index,
// or its name. Tornado: WaitIterator.current_index.
func (w *WaitIterator[K, T]) CurrentIndex() K {
	w.loop.CheckOwner("WaitIterator.CurrentIndex")
	return w.key
}

// CurrentFuture returns the future that was handed out last.
// Tornado: WaitIterator.current_future.
func (w *WaitIterator[K, T]) CurrentFuture() *Future[T] {
	w.loop.CheckOwner("WaitIterator.CurrentFuture")
	return w.future
}

// All ranges over the keys and the futures, done each, in the order in which they
// are done, and parks the calling coroutine between them. If that is cancelled, the
// last future it yields failed with ErrCancelled, under the zero key.
// Tornado: async for.
func (w *WaitIterator[K, T]) All() iter.Seq2[K, *Future[T]] {
	return func(yield func(K, *Future[T]) bool) {
		for !w.Done() {
			next := w.Next()
			next.Await()
			if !next.done {
				next.Cancel()
				var zero K
				yield(zero, next)
				return
			}
			if !yield(w.key, w.future) {
				return
			}
		}
	}
}
