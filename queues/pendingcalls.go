package queues

import (
	"container/list"
	"slices"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// pendingCalls is a line of waiting calls in order of arrival. A cancelled future leaves the
// line. If the caller that holds a future completes it, the future keeps its place and is skipped
// when its turn comes.
type pendingCalls[V, B any] struct {
	line list.List // of *pendingCall[V, B]
}

// A pendingCall is a call that waits: a Get, a Put with its item, or a Join.
type pendingCall[V, B any] struct {
	future  *ioloop.Future[V]
	timer   *ioloop.Timeout // nil without a timeout
	brought B
}

// enqueueCall returns a new future of l at the end of the line. When the timeout has passed, it
// leaves the line and fails.
func (w *pendingCalls[V, B]) enqueueCall(l *ioloop.IOLoop, brought B, timeout []time.Duration) *ioloop.Future[V] {
	x := &pendingCall[V, B]{future: ioloop.NewFuture[V](l), brought: brought}
	place := w.line.PushBack(x)
	x.future.OnCancel(func() {
		w.line.Remove(place)
		if x.timer != nil {
			l.RemoveTimeout(x.timer)
		}
		x.future.SetError(ioloop.ErrCancelled)
	})
	if len(timeout) > 0 {
		x.timer = l.CallLater(slices.Min(timeout), func() {
			w.line.Remove(place)
			x.future.SetError(ioloop.ErrTimeout)
		})
	}
	return x.future
}

// completeFirst completes the first future in line with v, and returns the item that its call has
// brought along. It reports false if the line is empty.
func (w *pendingCalls[V, B]) completeFirst(l *ioloop.IOLoop, v V) (brought B, ok bool) {
	for place := w.line.Front(); place != nil; place = w.line.Front() {
		x := w.line.Remove(place).(*pendingCall[V, B])
		if x.timer != nil {
			l.RemoveTimeout(x.timer)
		}
		if x.future.SetResult(v) {
			return x.brought, true
		}
	}
	return brought, false
}
