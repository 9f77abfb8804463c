package httpclient

import (
	"container/heap"
	"math"

	"github.com/gotornado/tornado/log"
)

// A fetchQueue limits the fetches that are under way, in all and to one origin. Further ones
// wait: of those whose origin has a free slot, the oldest starts first. A fetch enters and
// leaves in O(log n), however many wait. The queue does no I/O; its methods are called on the loop.
type fetchQueue struct {
	limit, limitPerOrigin int
	limitWaiting          int // 0 means none

	active  int         // fetches that are under way
	waiting int         // fetches that wait
	entered uint64      // fetches that have waited, in all
	ready   waitingList // fetches that have the slot of their origin, and wait for that of the client

	shared  originSlots             // of all origins, without a limit per origin
	origins map[origin]*originSlots // those with slots in use, with such a limit
}

// An originSlots counts the slots of an origin.
type originSlots struct {
	taken   int         // by fetches that are under way or ready
	waiting waitingList // fetches that wait for a slot of the origin
}

// A queuedFetch is a fetch that waits, or is under way.
type queuedFetch struct {
	origin  origin
	start   func() // called when a slot is free
	started bool

	slots  *originSlots
	number uint64       // order among the fetches that wait
	list   *waitingList // the list in which the fetch waits; nil if it does not wait
	index  int          // in list
}

func newFetchQueue(o *Options) *fetchQueue {
	q := &fetchQueue{limit: o.MaxClients, limitPerOrigin: o.MaxClientsPerHost, limitWaiting: o.MaxQueue}
	if q.limitPerOrigin <= 0 {
		q.limitPerOrigin = math.MaxInt
	} else {
		q.origins = map[origin]*originSlots{}
	}
	return q
}

// enter starts f at once if slots are free, and queues it otherwise.
func (q *fetchQueue) enter(f *queuedFetch) error {
	f.slots = q.slotsOf(f.origin)
	hasSlot := f.slots.taken < q.limitPerOrigin
	if hasSlot && q.active < q.limit && len(q.ready) == 0 {
		f.slots.taken++
		q.startFetch(f)
		return nil
	}
	if q.limitWaiting > 0 && q.waiting >= q.limitWaiting {
		q.forgetUnused(f)
		return ErrQueueFull
	}
	q.waiting++
	q.entered++
	f.number = q.entered
	if hasSlot {
		f.slots.taken++
		q.ready.insertFetch(f)
	} else {
		f.slots.waiting.insertFetch(f)
	}
	return nil
}

// slotsOf returns the slots of an origin.
func (q *fetchQueue) slotsOf(o origin) *originSlots {
	if q.origins == nil {
		return &q.shared
	}
	slots := q.origins[o]
	if slots == nil {
		slots = &originSlots{}
		q.origins[o] = slots
	}
	return slots
}

// forgetUnused forgets the slots of f's origin if none is in use.
func (q *fetchQueue) forgetUnused(f *queuedFetch) {
	if f.slots.taken == 0 {
		delete(q.origins, f.origin)
	}
}

func (q *fetchQueue) startFetch(f *queuedFetch) {
	q.active++
	f.started = true
	f.start()
}

// leave takes a fetch out of the queue, or releases its slots, and starts those that can start
// now. It does nothing for a fetch that enter has refused.
func (q *fetchQueue) leave(f *queuedFetch) {
	switch {
	case f.started:
		q.active--
		q.releaseOrigin(f)
	case f.list == &q.ready:
		q.removeWaiting(f)
		q.releaseOrigin(f)
	case f.list != nil:
		q.removeWaiting(f)
	}
	for q.active < q.limit && len(q.ready) > 0 {
		next := q.ready[0]
		q.removeWaiting(next)
		q.startFetch(next)
	}
}

func (q *fetchQueue) removeWaiting(f *queuedFetch) {
	f.list.removeFetch(f)
	q.waiting--
}

// releaseOrigin gives the slot of f's origin to the oldest fetch that waits for it.
func (q *fetchQueue) releaseOrigin(f *queuedFetch) {
	if len(f.slots.waiting) > 0 {
		next := f.slots.waiting[0]
		f.slots.waiting.removeFetch(next)
		q.ready.insertFetch(next)
		return
	}
	f.slots.taken--
	q.forgetUnused(f)
}

// logQueued logs that a request waits.
func (q *fetchQueue) logQueued() {
	log.Gen().Debug("max_clients limit reached, request queued.", "active", q.active, "queued", q.waiting)
}

// A waitingList is a heap of fetches, the oldest first.
type waitingList []*queuedFetch

// insertFetch adds f, which waits in no list.
func (l *waitingList) insertFetch(f *queuedFetch) {
	f.list = l
	heap.Push(l, f)
}

// removeFetch removes f, which waits in l.
func (l *waitingList) removeFetch(f *queuedFetch) {
	heap.Remove(l, f.index)
	f.list = nil
}

// Len implements heap.Interface.
func (l waitingList) Len() int { return len(l) }

// Less implements heap.Interface.
func (l waitingList) Less(i, j int) bool { return l[i].number < l[j].number }

// Swap implements heap.Interface.
func (l waitingList) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index, l[j].index = i, j
}

// Push implements heap.Interface.
func (l *waitingList) Push(f any) {
	f.(*queuedFetch).index = len(*l)
	*l = append(*l, f.(*queuedFetch))
}

// Pop implements heap.Interface. It releases the memory of a long list that is empty now.
func (l *waitingList) Pop() any {
	last := len(*l) - 1
	f := (*l)[last]
	(*l)[last] = nil
	if *l = (*l)[:last]; last == 0 && cap(*l) > 64 {
		*l = nil
	}
	return f
}
