package ioloop

import "time"

// A CoarseTimeout is a timeout that need not be exact, such as each connection has:
// part of its owner, so that setting, moving and cancelling it allocates nothing and
// takes the same few nanoseconds however many there are. The zero value is one that
// is not set. It must not be copied, and not outlive its loop while set.
type CoarseTimeout struct {
	next, prev *CoarseTimeout // in its slot; nil when it is not set
	handler    CoarseHandler
	due        int64 // the tick it is planned for
	visit      int64 // the tick at which its slot is looked at next; due at the latest
}

// A CoarseHandler is called when a CoarseTimeout of its has passed; t, which is not
// set any more, tells which, for an owner with several. It runs on the loop's own
// stack and must not wait; what wants to, calls [IOLoop.Spawn].
type CoarseHandler interface {
	HandleCoarseTimeout(t *CoarseTimeout)
}

// wheelSlots is how many ticks a wheel spans; a timeout further away is looked at,
// and left there, once in each round.
const wheelSlots = 512

// maxCoarseDelay keeps sums from overflowing: a century.
const maxCoarseDelay = 100 * 365 * 24 * time.Hour

// wheel holds timeouts by the tick they are due at: a ring of lists, each of them
// for every wheelSlots-th tick. It knows no clock: times come in as durations since
// the epoch of its owner. A timeout fires at the first tick that does not begin
// before its time: never early, and up to one tick late.
//
// A timeout that moves away, as one does with each request of its connection, stays
// in its list and is put into the right one only when that is looked at.
type wheel struct {
	tick     time.Duration
	now      int64         // the tick that is over, or being worked on
	visiting CoarseTimeout // head of what is left to look at in this tick
	slots    [wheelSlots]CoarseTimeout
	count    int
}

func newWheel(tick, now time.Duration) *wheel {
	w := &wheel{tick: tick, now: int64(now / tick)}
	w.visiting.clear()
	for i := range w.slots {
		w.slots[i].clear()
	}
	return w
}

// set plans t for d after now, wherever it was before.
func (w *wheel) set(t *CoarseTimeout, now, d time.Duration, h CoarseHandler) {
	if w.count == 0 {
		w.now = max(w.now, int64(now/w.tick)) // nobody has turned an empty wheel
	}
	t.handler = h
	d = min(max(d, 0), maxCoarseDelay)
	t.due = max(int64((now+d+w.tick-1)/w.tick), w.now+1)
	switch {
	case t.next == nil:
		w.count++
	case t.due >= t.visit:
		return
	default:
		t.unlink()
	}
	w.link(t)
}

// remove cancels t; one that is not set is left alone.
func (w *wheel) remove(t *CoarseTimeout) {
	if t.next != nil {
		t.unlink()
		t.handler = nil
		w.count--
	}
}

// link puts t into the list that is looked at when it is due, or some rounds before.
func (w *wheel) link(t *CoarseTimeout) {
	t.visit = w.now + 1 + (t.due-w.now-1)%wheelSlots
	t.linkBefore(&w.slots[t.visit%wheelSlots])
}

// expire takes out the next timeout that is due, or returns nil. Each timeout that it
// looks at takes one off limit; at 0 there may be more.
func (w *wheel) expire(now time.Duration, limit *int) *CoarseTimeout {
	target := int64(now / w.tick)
	w.now = max(w.now, target-wheelSlots) // one round looks at all
	for {
		for w.visiting.next != &w.visiting {
			if *limit == 0 {
				return nil
			}
			*limit--
			t := w.visiting.next
			t.unlink()
			if t.due <= w.now {
				w.count--
				return t
			}
			w.link(t)
		}
		if w.now >= target {
			return nil
		}
		w.now++
		w.visiting.takeAll(&w.slots[w.now%wheelSlots])
	}
}

// nextTick returns when the wheel is to be turned next.
func (w *wheel) nextTick() time.Duration { return time.Duration(w.now+1) * w.tick }

// The lists are rings through a head that is no timeout.

func (t *CoarseTimeout) clear() { t.next, t.prev = t, t }

func (t *CoarseTimeout) linkBefore(x *CoarseTimeout) {
	t.next, t.prev = x, x.prev
	t.prev.next, x.prev = t, t
}

func (t *CoarseTimeout) unlink() {
	t.next.prev, t.prev.next = t.prev, t.next
	t.next, t.prev = nil, nil
}

// takeAll moves what the list of head holds to the list of t, which is empty.
func (t *CoarseTimeout) takeAll(head *CoarseTimeout) {
	if head.next != head {
		t.next, t.prev = head.next, head.prev
		t.next.prev, t.prev.next = t, t
		head.clear()
	}
}

// coarseTimeouts is a loop's wheel and what turns it: one timeout of the exact kind,
// planned only while the wheel holds something.
type coarseTimeouts struct {
	*wheel
	loop    *IOLoop
	turnFn  func() // turn, made once
	planned bool
}

// maxCoarse bounds the coarse timeouts that are looked at in one turn of the loop, so
// that others get theirs.
const maxCoarse = 4096

func (c *coarseTimeouts) plan(when time.Duration) {
	c.planned = true
	c.loop.timeouts.addPlain(when, c.turnFn)
}

func (c *coarseTimeouts) turn() {
	c.planned = false
	now, limit := c.loop.after(0), maxCoarse
	for t := c.expire(now, &limit); t != nil; t = c.expire(now, &limit) {
		c.fire(t)
	}
	switch {
	case c.planned || c.count == 0: // a handler may have planned it
	case limit == 0:
		c.plan(now)
	default:
		c.plan(c.nextTick())
	}
}

func (c *coarseTimeouts) fire(t *CoarseTimeout) {
	defer c.loop.recoverPanic("Exception in callback")
	c.loop.stats.Callbacks++
	h := t.handler
	t.handler = nil
	h.HandleCoarseTimeout(t)
}

// Pending reports whether t is set and has not fired.
func (t *CoarseTimeout) Pending() bool { return t.next != nil }

// SetCoarseTimeout plans h to be called for t when d has passed since [IOLoop.Time],
// or up to Options.CoarseTick later, but never earlier. A timeout that is set already
// moves; moving it away, as with each request of a connection, is a mere store.
// Tornado has exact timeouts only: IOLoop.add_timeout.
func (l *IOLoop) SetCoarseTimeout(t *CoarseTimeout, d time.Duration, h CoarseHandler) {
	l.CheckOwner("IOLoop.SetCoarseTimeout")
	now := l.now.Sub(l.epoch)
	if !l.started {
		now = l.after(0) // there is no turn whose time it could be
	}
	if l.coarse == nil {
		l.coarse = &coarseTimeouts{wheel: newWheel(l.options.CoarseTick, now), loop: l}
		l.coarse.turnFn = l.coarse.turn
	}
	l.coarse.set(t, now, d, h)
	if !l.coarse.planned {
		l.coarse.plan(l.coarse.nextTick())
	}
}

// RemoveCoarseTimeout cancels t. It is harmless when t has fired or was never set.
func (l *IOLoop) RemoveCoarseTimeout(t *CoarseTimeout) {
	l.CheckOwner("IOLoop.RemoveCoarseTimeout")
	if l.coarse != nil {
		l.coarse.remove(t)
	}
}
