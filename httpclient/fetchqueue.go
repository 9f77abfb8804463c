package httpclient

import "slices"

// A fetchQueue limits the fetches that are under way, in all and to one origin. Further ones
// wait in their order. It does no I/O; its methods are called on the loop.
type fetchQueue struct {
	limit, limitPerOrigin, limitWaiting int // 0 means none, but limit is set

	active    int
	perOrigin map[origin]int // kept only with limitPerOrigin
	waiting   []*queuedFetch
}

// A queuedFetch is a fetch that waits, or is under way.
type queuedFetch struct {
	origin  origin
	start   func() // called when a slot is free
	started bool
}

func newFetchQueue(o *Options) *fetchQueue {
	return &fetchQueue{limit: o.MaxClients, limitPerOrigin: o.MaxClientsPerHost, limitWaiting: o.MaxQueue,
		perOrigin: map[origin]int{}}
}

// enter starts f at once if a slot is free, and queues it otherwise.
func (q *fetchQueue) enter(f *queuedFetch) error {
	if q.hasSlot(f) && len(q.waiting) == 0 {
		q.startFetch(f)
		return nil
	}
	if q.limitWaiting > 0 && len(q.waiting) >= q.limitWaiting {
		return ErrQueueFull
	}
	q.waiting = append(q.waiting, f)
	q.startWaiting() // the others may wait for another origin
	return nil
}

func (q *fetchQueue) hasSlot(f *queuedFetch) bool {
	return q.active < q.limit && (q.limitPerOrigin == 0 || q.perOrigin[f.origin] < q.limitPerOrigin)
}

func (q *fetchQueue) startFetch(f *queuedFetch) {
	q.active++
	if q.limitPerOrigin > 0 {
		q.perOrigin[f.origin]++
	}
	f.started = true
	f.start()
}

// leave takes a fetch out of the queue, or releases its slot, and starts those that can
// start now.
func (q *fetchQueue) leave(f *queuedFetch) {
	if !f.started {
		q.removeWaiting(f)
		return
	}
	q.active--
	if q.limitPerOrigin > 0 {
		if q.perOrigin[f.origin]--; q.perOrigin[f.origin] == 0 {
			delete(q.perOrigin, f.origin)
		}
	}
	q.startWaiting()
}

func (q *fetchQueue) removeWaiting(f *queuedFetch) {
	if i := slices.Index(q.waiting, f); i >= 0 {
		q.removeAt(i)
	}
}

// removeAt removes the fetch with index i. That is cheap for the first one, however many wait.
func (q *fetchQueue) removeAt(i int) {
	if i == 0 {
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		return
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
}

// startWaiting starts the waiting fetches that have a slot, in order.
func (q *fetchQueue) startWaiting() {
	for i := 0; i < len(q.waiting) && q.active < q.limit; {
		f := q.waiting[i]
		if !q.hasSlot(f) {
			i++
			continue
		}
		q.removeAt(i)
		q.startFetch(f)
		i = 0 // f may have ended at once, and changed the queue
	}
}
