package httpserver

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// A roster lists the connections that a server has on one loop, by what they are
// waited for. It belongs to the loop. The lists are the time-outs too: all
// connections of a list have the same time, and each joins at the end, so that one
// timer for each list looks at the first ones only. Beside its two links, a time-out
// costs a connection four bytes.
type connectionTable struct {
	server *HTTPServer
	loop   *ioloop.IOLoop
	epoch  time.Time
	shift  uint // a tick is 2^shift nanoseconds

	burst    burst
	lists    [numLists]timeoutList
	stalled  map[*connection]int // bytes that were unsent when an idle time-out looked last
	draining bool                // Shutdown was called
	debug    bool                // check the transitions of connections
	upgraded *upgrades.Registry
	drained  func() // to be called when the lists are empty
}

// A listing says which list a connection is in.
type listKind uint8

const (
	listNone   listKind = iota
	listIdle            // no head has begun: idle, or a request is read or answered
	listHead            // a part of a head is there
	listLinger          // refused; what the peer still sends is read and dropped
	numLists
)

// A list holds connections by the tick at which each of them joined.
type timeoutList struct {
	first, last *connection
	timer       ioloop.CoarseTimeout
	table       *connectionTable
	which       listKind
	limit       uint32 // ticks that a connection may stay; 0: for ever
}

// expireBatch is how many connections time out before the loop goes on: when thousands
// do at once, other clients must not wait for it.
const expireBatch = 64

func newConnectionTable(s *HTTPServer, l *ioloop.IOLoop) *connectionTable {
	tick := l.Options().CoarseTick
	r := &connectionTable{server: s, loop: l, epoch: l.Time(), shift: uint(bits.Len64(uint64(tick))) - 1, debug: l.Options().Debug}
	r.upgraded = upgrades.NewRegistry(l, s.upgradeCounter(), r.announceEmpty)
	for i := range r.lists {
		r.lists[i].table, r.lists[i].which = r, listKind(i)
	}
	r.lists[listIdle].limit = r.ticksOf(s.options.IdleConnectionTimeout)
	r.lists[listHead].limit = r.ticksOf(s.options.HeaderTimeout)
	r.lists[listLinger].limit = r.ticksOf(lingerTime)
	return r
}

// ticks returns the time-out d in ticks, so that none is early; 0 for none.
func (r *connectionTable) ticksOf(d time.Duration) uint32 {
	if d < 0 {
		return 0
	}
	return uint32(min(d>>r.shift+2, math.MaxInt32))
}

func (r *connectionTable) currentTick() uint32 { return uint32(r.loop.Time().Sub(r.epoch) >> r.shift) }

// put makes c the last of a list, which its time starts anew with. For a connection
// that was put there in the same tick that is a comparison.
func (r *connectionTable) moveTo(c *connection, which listKind) {
	now := r.currentTick()
	if c.listed == which && c.since == now {
		return
	}
	left := c.listed
	r.unlinkConnection(c)
	l := &r.lists[which]
	c.listed, c.since, c.prev = which, now, l.last
	if l.last != nil {
		l.last.next = c
	} else {
		l.first = c
	}
	l.last = c
	l.scheduleTimer(now)
	r.lists[left].stopTimerIfEmpty()
}

// remove takes c out of the roster.
func (r *connectionTable) removeConnection(c *connection) {
	if c.listed == listNone {
		return
	}
	left := c.listed
	r.unlinkConnection(c)
	r.lists[left].stopTimerIfEmpty()
	delete(r.stalled, c)
	if r.burst.connection == c {
		r.burst = burst{}
	}
	r.announceEmpty()
}

func (r *connectionTable) unlinkConnection(c *connection) {
	if c.listed == listNone {
		return
	}
	l := &r.lists[c.listed]
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
	c.next, c.prev, c.listed = nil, nil, listNone
}

// rest drops the timer of a list that is empty.
func (l *timeoutList) stopTimerIfEmpty() {
	if l.first == nil {
		l.table.loop.RemoveCoarseTimeout(&l.timer)
	}
}

// plan sets the timer for the first of the list.
func (l *timeoutList) scheduleTimer(now uint32) {
	if l.limit == 0 || l.first == nil || l.timer.Pending() {
		return
	}
	left := max(0, int32(l.first.since+l.limit-now))
	l.table.loop.SetCoarseTimeout(&l.timer, time.Duration(left)<<l.table.shift, l)
}

// HandleCoarseTimeout ends the time of those that have been in the list for too long.
func (l *timeoutList) HandleCoarseTimeout(*ioloop.CoarseTimeout) { l.expireConnections() }

func (l *timeoutList) expireConnections() {
	r, now, n := l.table, l.table.currentTick(), 0
	ip := ""
	for ; l.first != nil && now-l.first.since >= l.limit && n < expireBatch; n++ {
		ip = l.first.remoteIP
		r.timeOut(l.first, l.which)
	}
	if n > 0 && l.which == listHead { // one line, or the log would be what an attacker aims at
		log.Gen().Info(fmt.Sprintf("Timeout reading the request head of %d connections, the last from %s", n, ip))
	}
	if n == expireBatch {
		r.loop.CallSoon(l.expireConnections)
		return
	}
	l.scheduleTimer(now)
}

// timeOut ends the time of c in a list; c leaves it or starts anew.
func (r *connectionTable) timeOut(c *connection, which listKind) {
	switch {
	case which == listHead:
		c.refuseWith(response408)
	case which == listIdle && (c.awaitsServer() || r.takesOutput(c)):
		r.moveTo(c, listIdle)
	default:
		c.closeNow()
		r.removeConnection(c)
	}
}

// progresses reports whether the peer of c has taken output since the last time that
// its time was over: a slow reader is not idle.
func (r *connectionTable) takesOutput(c *connection) bool {
	unsent, before := c.stream.Buffered(), r.stalled[c]
	if unsent == 0 || unsent == before {
		return false
	}
	if r.stalled == nil {
		r.stalled = map[*connection]int{}
	}
	r.stalled[c] = unsent
	c.stream.Flushed(func(error) { delete(r.stalled, c) }) // as many may be unsent by chance later
	return true
}

// all returns the connections of some lists: those may change while one goes on with it.
func (r *connectionTable) connectionsIn(lists ...listKind) (found []*connection) {
	for _, which := range lists {
		for c := r.lists[which].first; c != nil; c = c.next {
			found = append(found, c)
		}
	}
	return found
}

func (r *connectionTable) isEmpty() bool {
	for i := range r.lists {
		if r.lists[i].first != nil {
			return false
		}
	}
	return r.upgraded.IsEmpty() && r.server.Opening() == 0
}
