package ioloop

import "time"

// A CoarseTimeout is a timeout that need not be exact, for example of a connection. It is
// a field of its owner, so that setting, moving and cancelling it takes constant time and
// no allocation. The zero value is not set. It must not be copied, and while it is set it
// must not outlive its loop.
type CoarseTimeout struct {
	next, prev *CoarseTimeout // neighbours in the list of its slot; nil when the timeout is not set
	handler    CoarseHandler
	due        int64 // the tick at which it fires
	visit      int64 // the tick at which its slot is visited next; it is never after the field due
}

// A CoarseHandler is called when one of its CoarseTimeouts has passed. t is that timeout,
// which is no longer set. HandleCoarseTimeout runs on the loop's own stack and must not
// block; use [IOLoop.Spawn] for work that waits.
type CoarseHandler interface {
	HandleCoarseTimeout(t *CoarseTimeout)
}

// wheelSlots is the number of ticks in one round of a wheel. A timeout that is further
// away is visited once each round and left in place.
const wheelSlots = 512

// maxCoarseDelay, a century, keeps sums from overflowing.
const maxCoarseDelay = 100 * 365 * 24 * time.Hour

// wheel holds timeouts by the tick at which they fire: a ring of lists, each for every
// wheelSlots-th tick. It does not read the clock: times are durations since the loop's
// epoch. A timeout fires at the first tick that begins at or after its time, so it is
// never early and at most one tick late.
//
// A connection moves its timeout to later with each request. Such a timeout stays in its
// list and changes lists only when its list is visited.
type wheel struct {
	tick     time.Duration
	now      int64         // the current tick, or the last one when no tick is being handled
	visiting CoarseTimeout // head of the list of timeouts that are still to be visited in this tick
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

// setCoarse plans t for d after now. t may be set already.
func (w *wheel) setCoarse(t *CoarseTimeout, now, d time.Duration, h CoarseHandler) {
	if w.count == 0 {
		w.now = max(w.now, int64(now/w.tick)) // an empty wheel does not turn, so its tick may be an old one
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

// cancelCoarse cancels t. It does nothing if t is not set.
func (w *wheel) cancelCoarse(t *CoarseTimeout) {
	if t.next != nil {
		t.unlink()
		t.handler = nil
		w.count--
	}
}

// link puts t into the list that is visited when t fires, or whole rounds before that.
func (w *wheel) link(t *CoarseTimeout) {
	t.visit = w.now + 1 + (t.due-w.now-1)%wheelSlots
	t.linkBefore(&w.slots[t.visit%wheelSlots])
}

// expire removes and returns the next timeout that is due, or returns nil. It subtracts one from
// limit for each timeout that it visits. If limit reaches 0, expire returns nil although more
// timeouts may be due.
func (w *wheel) expire(now time.Duration, limit *int) *CoarseTimeout {
	target := int64(now / w.tick)
	w.now = max(w.now, target-wheelSlots) // one round visits every timeout
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

// nextTick returns the time at which the wheel must be turned next.
func (w *wheel) nextTick() time.Duration { return time.Duration(w.now+1) * w.tick }

// The lists are rings through a head, which is not itself a timeout.

func (t *CoarseTimeout) clear() { t.next, t.prev = t, t }

func (t *CoarseTimeout) linkBefore(x *CoarseTimeout) {
	t.next, t.prev = x, x.prev
	t.prev.next, x.prev = t, t
}

func (t *CoarseTimeout) unlink() {
	t.next.prev, t.prev.next = t.prev, t.next
	t.next, t.prev = nil, nil
}

// takeAll moves the timeouts of head to the empty list of t.
func (t *CoarseTimeout) takeAll(head *CoarseTimeout) {
	if head.next != head {
		t.next, t.prev = head.next, head.prev
		t.next.prev, t.prev.next = t, t
		head.clear()
	}
}

// coarseTimeouts is a loop's wheel and the exact timeout that turns it. The exact timeout
// is planned only while the wheel is not empty.
type coarseTimeouts struct {
	*wheel
	loop    *IOLoop
	turnFn  func() // the method value c.turn, allocated once
	planned bool
}

// maxCoarse is the number of coarse timeouts that one turn of the loop visits, so that
// they cannot hold up callbacks and events.
const maxCoarse = 4096

func (c *coarseTimeouts) planTurn(when time.Duration) {
	c.planned = true
	c.loop.timeouts.addPlainTimeout(when, c.turnFn)
}

func (c *coarseTimeouts) turn() {
	c.planned = false
	now, limit := c.loop.now.Sub(c.loop.epoch), maxCoarse
	for t := c.expire(now, &limit); t != nil; t = c.expire(now, &limit) {
		c.fire(t)
	}
	switch {
	case c.planned || c.count == 0: // a handler may have set a timeout, which has planned the next turn of the wheel
	case limit == 0:
		c.planTurn(now)
	default:
		c.planTurn(c.nextTick())
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

// SetCoarseTimeout plans a call of h for t when d has passed since [IOLoop.Time], or up to
// Options.CoarseTick later, but never earlier. A d that is shorter than CoarseTick, and not 0,
// is exact. If t is already set it moves; moving it to later only stores the new time. Tornado
// has exact timeouts only: IOLoop.add_timeout.
func (l *IOLoop) SetCoarseTimeout(t *CoarseTimeout, d time.Duration, h CoarseHandler) {
	l.CheckOwner("IOLoop.SetCoarseTimeout")
	if t.isShort() {
		l.cancelShort(t)
	}
	if 0 < d && d < l.options.CoarseTick {
		l.RemoveCoarseTimeout(t)
		l.setShort(t, d, h)
		return
	}
	now := l.now.Sub(l.epoch)
	if !l.started {
		now = l.after(0) // outside Start no turn has recorded the time
	}
	if l.coarse == nil {
		l.coarse = &coarseTimeouts{wheel: newWheel(l.options.CoarseTick, now), loop: l}
		l.coarse.turnFn = l.coarse.turn
	}
	l.coarse.setCoarse(t, now, d, h)
	if !l.coarse.planned {
		l.coarse.planTurn(l.coarse.nextTick())
	}
}

// RemoveCoarseTimeout cancels t. It does nothing if t has fired or was never set.
func (l *IOLoop) RemoveCoarseTimeout(t *CoarseTimeout) {
	l.CheckOwner("IOLoop.RemoveCoarseTimeout")
	switch {
	case t.isShort():
		l.cancelShort(t)
	case l.coarse != nil:
		l.coarse.cancelCoarse(t)
	}
}
