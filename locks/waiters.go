package locks

import (
	"container/list"
	"slices"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// waiters is a line of futures in order of arrival. A cancelled future leaves the line. If the
// coroutine that holds a future completes it, the future keeps its place and is skipped when its
// turn comes.
type waiters[V any] struct {
	loop *ioloop.IOLoop
	line list.List // of *waiter[V]
}

type waiter[V any] struct {
	future *ioloop.Future[V]
	timer  *ioloop.Timeout // nil without a timeout
}

// enqueueWaiter returns a new future at the end of the line. When the timeout has passed, the future
// leaves the line and is passed to expired.
func (w *waiters[V]) enqueueWaiter(timeout []time.Duration, expired func(*ioloop.Future[V])) *ioloop.Future[V] {
	x := &waiter[V]{future: ioloop.NewFuture[V](w.loop)}
	place := w.line.PushBack(x)
	x.future.OnCancel(func() {
		w.line.Remove(place)
		if x.timer != nil {
			w.loop.RemoveTimeout(x.timer)
		}
		x.future.SetError(ioloop.ErrCancelled)
	})
	if len(timeout) > 0 {
		x.timer = w.loop.CallLater(slices.Min(timeout), func() {
			w.line.Remove(place)
			expired(x.future)
		})
	}
	return x.future
}

// wakeFirst completes the first future in line with v. It reports false if the line is empty.
func (w *waiters[V]) wakeFirst(v V) bool {
	for place := w.line.Front(); place != nil; place = w.line.Front() {
		x := w.line.Remove(place).(*waiter[V])
		if x.timer != nil {
			w.loop.RemoveTimeout(x.timer)
		}
		if x.future.SetResult(v) {
			return true
		}
	}
	return false
}

// timedOut fails a future whose timeout has passed.
func timedOut(f *ioloop.Future[struct{}]) { f.SetError(ioloop.ErrTimeout) }

// completed returns a future that is done, for all calls that need not wait.
func completed(l *ioloop.IOLoop) *ioloop.Future[struct{}] {
	f := ioloop.NewFuture[struct{}](l)
	f.SetResult(struct{}{})
	return f
}
