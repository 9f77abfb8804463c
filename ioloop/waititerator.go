package ioloop

import (
	"iter"
	"maps"
	"slices"
)

// A WaitIterator returns futures in the order in which they are done.
// Tornado: gen.WaitIterator.
type WaitIterator[K comparable, T any] struct {
	loop   *IOLoop
	left   int // number of futures that Next has not returned yet
	ended  []ended[K, T]
	next   *Future[T] // the future that Next has returned and that is not done; nil if none
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
			f.markSeen()
			w.ended = append(w.ended, e)
			continue
		}
		f.onDone(func() {
			w.ended = append(w.ended, e)
			w.completeNext()
		})
	}
	return w
}

// Done reports whether Next has returned all futures. Tornado: WaitIterator.done.
func (w *WaitIterator[K, T]) Done() bool {
	w.loop.CheckOwner("WaitIterator.Done")
	return w.left == 0
}

// Next returns a future with the result of the next future that is done. When it is done,
// CurrentIndex and CurrentFuture say which one it was. Calling Next again before that
// returns the same future; calling it after the last one panics.
// Tornado: WaitIterator.next.
func (w *WaitIterator[K, T]) Next() *Future[T] {
	w.loop.CheckOwner("WaitIterator.Next")
	if w.next != nil {
		return w.next
	}
	if w.left == 0 {
		panic("ioloop: WaitIterator.Next after the last future; check Done first")
	}
	f := NewFuture[T](w.loop)
	f.cancel = func() {
		w.next = nil
		f.SetError(ErrCancelled)
	}
	w.next = f
	w.completeNext()
	return f
}

// completeNext completes the future that Next has returned, if there is a result for it.
func (w *WaitIterator[K, T]) completeNext() {
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

// CurrentIndex returns the key of the latest future that Next has returned: its index or
// map key. Tornado: WaitIterator.current_index.
func (w *WaitIterator[K, T]) CurrentIndex() K {
	w.loop.CheckOwner("WaitIterator.CurrentIndex")
	return w.key
}

// CurrentFuture returns the latest future that Next has returned.
// Tornado: WaitIterator.current_future.
func (w *WaitIterator[K, T]) CurrentFuture() *Future[T] {
	w.loop.CheckOwner("WaitIterator.CurrentFuture")
	return w.future
}

// All ranges over keys and done futures, in the order in which they are done, and parks
// the calling coroutine between them. If the coroutine is cancelled, the last yielded
// future has failed with ErrCancelled and its key is the zero key. Tornado: async for.
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
