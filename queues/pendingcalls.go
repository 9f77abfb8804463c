package queues

import (
	"container/list"
	"slices"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// waiters are the futures of those in line, each with what it brought. A future
// that its holder completed, having given up, keeps its place until its turn and
// is passed over then.
type waiters[V, B any] struct {
	line list.List // of *waiter[V, B]
}

type waiter[V, B any] struct {
	future  *ioloop.Future[V]
	timer   *ioloop.Timeout // nil without a timeout
	brought B
}

// join puts a future of l at the end of the line. When the timeout has passed it
// leaves the line and fails.
func (w *waiters[V, B]) join(l *ioloop.IOLoop, brought B, timeout []time.Duration) *ioloop.Future[V] {
	x := &waiter[V, B]{future: ioloop.NewFuture[V](l), brought: brought}
	place := w.line.PushBack(x)
	if len(timeout) > 0 {
		x.timer = l.CallLater(slices.Min(timeout), func() {
			w.line.Remove(place)
			x.future.SetError(ioloop.ErrTimeout)
		})
	}
	return x.future
}

// wake completes the first future in line and returns what it brought; it reports
// false if nobody waits.
func (w *waiters[V, B]) wake(l *ioloop.IOLoop, v V) (brought B, ok bool) {
	for place := w.line.Front(); place != nil; place = w.line.Front() {
		x := w.line.Remove(place).(*waiter[V, B])
		if x.timer != nil {
			l.RemoveTimeout(x.timer)
		}
		if x.future.SetResult(v) {
			return x.brought, true
		}
	}
	return brought, false
}
