package ioloop

import (
	"container/heap"
	"math"
	"time"
)

// A Timeout is the handle of a timer; [IOLoop.RemoveTimeout] cancels it.
type Timeout struct {
	when  time.Duration // time since the loop's epoch
	seq   uint64        // number in the order of addition; of two equal times, the lower number goes first
	index int           // place in the heap; -1 when the timeout is not in the heap
	fn    func()
	plain bool // fn belongs to the framework and runs on the loop's stack
}

// timeouts is a heap ordered by time, then by order of addition. It does not read the
// clock: times are durations since the loop's epoch.
type timeouts struct {
	heap timeoutHeap
	seq  uint64
}

// addTimeout plans fn for the time when.
func (t *timeouts) addTimeout(when time.Duration, fn func()) *Timeout {
	t.seq++
	x := &Timeout{when: when, seq: t.seq, fn: fn}
	heap.Push(&t.heap, x)
	return x
}

// addPlainTimeout is add for the framework's functions, which run on the loop's stack.
func (t *timeouts) addPlainTimeout(when time.Duration, fn func()) *Timeout {
	x := t.addTimeout(when, fn)
	x.plain = true
	return x
}

// cancelTimeout cancels x. It does nothing if x fired or was removed before.
func (t *timeouts) cancelTimeout(x *Timeout) {
	if x.index >= 0 {
		heap.Remove(&t.heap, x.index)
	}
	x.fn = nil
}

// popDue removes and returns the first timeout whose time is not after now, or returns nil.
// Timeouts with a seq above limit are ignored.
func (t *timeouts) popDue(now time.Duration, limit uint64) *Timeout {
	if len(t.heap) == 0 || t.heap[0].when > now || t.heap[0].seq > limit {
		return nil
	}
	return heap.Pop(&t.heap).(*Timeout)
}

// firstDue returns the time of the first timeout; ok is false if there is none.
func (t *timeouts) firstDue() (when time.Duration, ok bool) {
	if len(t.heap) == 0 {
		return 0, false
	}
	return t.heap[0].when, true
}

type timeoutHeap []*Timeout

func (h timeoutHeap) Len() int { return len(h) }

func (h timeoutHeap) Less(i, j int) bool {
	if h[i].when != h[j].when {
		return h[i].when < h[j].when
	}
	return h[i].seq < h[j].seq
}

func (h timeoutHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timeoutHeap) Push(x any) {
	t := x.(*Timeout)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timeoutHeap) Pop() any {
	old := *h
	last := len(old) - 1
	t := old[last]
	old[last] = nil
	*h = old[:last]
	t.index = -1
	if last >= 1024 && last < cap(old)/4 { // releases the memory that many timeouts at once have needed
		*h = append(make([]*Timeout, 0, cap(old)/2), old[:last]...)
	}
	return t
}

// after returns the time d from now, as a duration since the loop's epoch.
func (l *IOLoop) after(d time.Duration) time.Duration {
	now := l.clock().Sub(l.epoch)
	return now + min(max(d, 0), math.MaxInt64-now)
}

// A Deadline is a moment (time.Time) or a delay from now (time.Duration).
type Deadline interface{ time.Time | time.Duration }

// AddTimeout plans fn for a deadline of either kind, with [IOLoop.CallAt] or
// [IOLoop.CallLater]. Tornado: IOLoop.add_timeout.
func AddTimeout[D Deadline](l *IOLoop, deadline D, fn func()) *Timeout {
	if t, ok := any(deadline).(time.Time); ok {
		return l.CallAt(t, fn)
	}
	return l.CallLater(any(deadline).(time.Duration), fn)
}

// CallAt plans fn for the moment t and runs it in a loop coroutine. If t has passed, fn
// runs when the loop next checks its timeouts: for a callback that is in the same turn.
// Tornado: IOLoop.call_at.
func (l *IOLoop) CallAt(t time.Time, fn func()) *Timeout {
	l.CheckOwner("IOLoop.CallAt")
	return l.timeouts.addTimeout(t.Sub(l.epoch), fn)
}

// CallLater plans fn for d from now and runs it in a loop coroutine. A negative d counts
// as 0; with 0, fn may run in the same turn (see CallAt). Tornado: IOLoop.call_later.
func (l *IOLoop) CallLater(d time.Duration, fn func()) *Timeout {
	l.CheckOwner("IOLoop.CallLater")
	return l.timeouts.addTimeout(l.after(d), fn)
}

// RemoveTimeout cancels a timer. It does nothing if the timer has fired, was removed
// before, or is nil. Tornado: IOLoop.remove_timeout.
func (l *IOLoop) RemoveTimeout(t *Timeout) {
	l.CheckOwner("IOLoop.RemoveTimeout")
	if t != nil {
		l.timeouts.cancelTimeout(t)
	}
}
