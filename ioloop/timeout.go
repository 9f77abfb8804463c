package ioloop

import (
	"container/heap"
	"math"
	"time"
)

// A Timeout is the handle of a timer; give it to [IOLoop.RemoveTimeout].
type Timeout struct {
	when  time.Duration // since the loop's epoch
	seq   uint64        // order of addition, which decides between equal times
	index int           // in the heap; -1 when it is not there
	fn    func()
	plain bool // fn is the framework's own and runs on the loop's stack
}

// timeouts is a heap by time, then by order of addition. It knows no clock:
// times come in as durations since the epoch of its owner.
type timeouts struct {
	heap timeoutHeap
	seq  uint64
}

// add plans fn for when.
func (t *timeouts) add(when time.Duration, fn func()) *Timeout {
	t.seq++
	x := &Timeout{when: when, seq: t.seq, fn: fn}
	heap.Push(&t.heap, x)
	return x
}

// addPlain is add for the framework's own functions.
func (t *timeouts) addPlain(when time.Duration, fn func()) *Timeout {
	x := t.add(when, fn)
	x.plain = true
	return x
}

// remove cancels x; one that fired or was removed before is left alone.
func (t *timeouts) remove(x *Timeout) {
	if x.index >= 0 {
		heap.Remove(&t.heap, x.index)
	}
	x.fn = nil
}

// due takes the first timeout that is planned for now or earlier, if it was
// added before the one numbered limit.
func (t *timeouts) due(now time.Duration, limit uint64) *Timeout {
	if len(t.heap) == 0 || t.heap[0].when > now || t.heap[0].seq > limit {
		return nil
	}
	return heap.Pop(&t.heap).(*Timeout)
}

// next tells when the first timeout is planned for.
func (t *timeouts) next() (when time.Duration, ok bool) {
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
	if last >= 1024 && last < cap(old)/4 { // what a burst has left behind
		*h = append(make([]*Timeout, 0, cap(old)/2), old[:last]...)
	}
	return t
}

// after returns the time d from now, as the heap has it.
func (l *IOLoop) after(d time.Duration) time.Duration {
	now := l.clock().Sub(l.epoch)
	return now + min(max(d, 0), math.MaxInt64-now)
}

// A Deadline says when: at a moment, or so long from now.
type Deadline interface{ time.Time | time.Duration }

// AddTimeout plans fn for a deadline of either kind: it is [IOLoop.CallAt] or
// [IOLoop.CallLater]. Tornado: IOLoop.add_timeout.
func AddTimeout[D Deadline](l *IOLoop, deadline D, fn func()) *Timeout {
	if t, ok := any(deadline).(time.Time); ok {
		return l.CallAt(t, fn)
	}
	return l.CallLater(any(deadline).(time.Duration), fn)
}

// CallAt plans fn for the moment t, or for when the loop looks at its timeouts next if
// t has passed: in this turn still, for a callback. fn runs in a loop coroutine.
// Tornado: IOLoop.call_at.
func (l *IOLoop) CallAt(t time.Time, fn func()) *Timeout {
	l.CheckOwner("IOLoop.CallAt")
	return l.timeouts.add(t.Sub(l.epoch), fn)
}

// CallLater plans fn for d from now; a negative d counts as 0, with which fn may run in
// this turn still (see CallAt). fn runs in a loop coroutine.
// Tornado: IOLoop.call_later.
func (l *IOLoop) CallLater(d time.Duration, fn func()) *Timeout {
	l.CheckOwner("IOLoop.CallLater")
	return l.timeouts.add(l.after(d), fn)
}

// RemoveTimeout cancels a timer. It is harmless when the timer has fired, was
// removed before, or is nil. Tornado: IOLoop.remove_timeout.
func (l *IOLoop) RemoveTimeout(t *Timeout) {
	l.CheckOwner("IOLoop.RemoveTimeout")
	if t != nil {
		l.timeouts.remove(t)
	}
}
