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

// A connectionTable lists the connections of a server on one loop, by the event that they
// wait for. It belongs to the loop.
//
// The lists are also the timeouts. All connections of a list have the same timeout, and a
// connection joins at the end. So each list needs only one timer, which looks at the first
// connections. Besides the two links, a timeout costs a connection four bytes.
type connectionTable struct {
	server *HTTPServer
	loop   *ioloop.IOLoop
	epoch  time.Time
	shift  uint // a tick is 2^shift nanoseconds

	burst    burst
	lists    [numLists]timeoutList
	stalled  map[*connection]int // unsent bytes at the last idle timeout
	draining bool                // Shutdown was called
	debug    bool                // check the transitions of connections
	upgraded *upgrades.Registry
	drained  func() // called when the table is empty during a shutdown
}

// A listKind identifies the list that a connection is in.
type listKind uint8

const (
	listNone   listKind = iota
	listIdle            // idle, or a request is being served
	listHead            // a part of a head has arrived
	listLinger          // refused: the server discards the input
	numLists
)

// A timeoutList lists connections in the order in which they joined.
type timeoutList struct {
	first, last *connection
	timer       ioloop.CoarseTimeout
	table       *connectionTable
	which       listKind
	limit       uint32 // ticks that a connection may stay; 0 means no limit
}

// expireBatch is the number of connections that time out in one turn of the loop. When
// thousands time out together, other clients do not have to wait for all of them.
const expireBatch = 64

// newConnectionTable returns an empty table for one loop of a server.
func newConnectionTable(s *HTTPServer, l *ioloop.IOLoop) *connectionTable {
	tick := tableTick(l.Options().CoarseTick, s.options.IdleConnectionTimeout, s.options.HeaderTimeout)
	t := &connectionTable{server: s, loop: l, epoch: l.Time(), shift: uint(bits.Len64(uint64(tick))) - 1, debug: l.Options().Debug}
	t.upgraded = upgrades.NewRegistry(l, s.upgradeCounter(), t.announceEmpty)
	for i := range t.lists {
		t.lists[i].table, t.lists[i].which = t, listKind(i)
	}
	t.lists[listIdle].limit = t.ticksOf(s.options.IdleConnectionTimeout)
	t.lists[listHead].limit = t.ticksOf(s.options.HeaderTimeout)
	t.lists[listLinger].limit = t.ticksOf(lingerTime)
	return t
}

// tableTick returns the tick of the loop's coarse timeouts, or a shorter one, so that each of
// the timeouts takes several ticks. A timeout of 0 or less is none.
func tableTick(coarse time.Duration, timeouts ...time.Duration) time.Duration {
	for _, d := range timeouts {
		if d > 0 {
			coarse = min(coarse, max(d/8, time.Millisecond))
		}
	}
	return coarse
}

// ticksOf returns the timeout d in ticks, rounded up, or 0 for no timeout.
func (t *connectionTable) ticksOf(d time.Duration) uint32 {
	if d < 0 {
		return 0
	}
	return uint32(min(d>>t.shift+2, math.MaxInt32))
}

// currentTick returns the number of ticks since the table was made.
func (t *connectionTable) currentTick() uint32 { return uint32(t.loop.Time().Sub(t.epoch) >> t.shift) }

// moveTo moves c to the end of a list, which restarts its timeout. If c joined that list in
// the same tick, moveTo does nothing.
func (t *connectionTable) moveTo(c *connection, which listKind) {
	now := t.currentTick()
	if c.listed == which && c.since == now {
		return
	}
	left := c.listed
	t.unlinkConnection(c)
	l := &t.lists[which]
	c.listed, c.since, c.prev = which, now, l.last
	if l.last != nil {
		l.last.next = c
	} else {
		l.first = c
	}
	l.last = c
	l.scheduleTimer(now)
	t.lists[left].stopTimerIfEmpty()
}

// removeConnection removes c from the table.
func (t *connectionTable) removeConnection(c *connection) {
	if c.listed == listNone {
		return
	}
	left := c.listed
	t.unlinkConnection(c)
	t.lists[left].stopTimerIfEmpty()
	delete(t.stalled, c)
	if t.burst.connection == c {
		t.burst = burst{}
	}
	t.announceEmpty()
}

// unlinkConnection removes c from its list.
func (t *connectionTable) unlinkConnection(c *connection) {
	if c.listed == listNone {
		return
	}
	l := &t.lists[c.listed]
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

// stopTimerIfEmpty stops the timer of an empty list.
func (l *timeoutList) stopTimerIfEmpty() {
	if l.first == nil {
		l.table.loop.RemoveCoarseTimeout(&l.timer)
	}
}

// scheduleTimer starts the timer for the first connection of the list, unless it runs
// already.
func (l *timeoutList) scheduleTimer(now uint32) {
	if l.limit == 0 || l.first == nil || l.timer.Pending() {
		return
	}
	left := max(0, int32(l.first.since+l.limit-now))
	l.table.loop.SetCoarseTimeout(&l.timer, time.Duration(left)<<l.table.shift, l)
}

// HandleCoarseTimeout implements ioloop.CoarseTimeoutHandler.
func (l *timeoutList) HandleCoarseTimeout(*ioloop.CoarseTimeout) { l.expireConnections() }

func (l *timeoutList) expireConnections() {
	r, now, n := l.table, l.table.currentTick(), 0
	ip := ""
	for ; l.first != nil && now-l.first.since >= l.limit && n < expireBatch; n++ {
		ip = l.first.remoteIP
		r.timeOut(l.first, l.which)
	}
	if n > 0 && l.which == listHead { // a line for each connection would let an attacker fill the log
		log.Gen().Info(fmt.Sprintf("Timeout reading the request head of %d connections, the last from %s", n, ip))
	}
	if n == expireBatch {
		r.loop.CallSoon(l.expireConnections)
		return
	}
	l.scheduleTimer(now)
}

// timeOut handles the timeout of c in a list. Afterwards c has left the list or has a new
// timeout.
func (t *connectionTable) timeOut(c *connection, which listKind) {
	switch {
	case which == listHead:
		c.refuseWith(response408)
	case which == listIdle && (c.awaitsServer() || t.takesOutput(c)):
		t.moveTo(c, listIdle)
	default:
		c.closeNow()
		t.removeConnection(c)
	}
}

// takesOutput reports whether the client has read output since the last timeout of c. A
// slow reader is not idle.
func (t *connectionTable) takesOutput(c *connection) bool {
	unsent, before := c.stream.Buffered(), t.stalled[c]
	if unsent == 0 || unsent == before {
		return false
	}
	if t.stalled == nil {
		t.stalled = map[*connection]int{}
	}
	t.stalled[c] = unsent
	c.stream.Flushed(func(error) { delete(t.stalled, c) }) // after that, an equal number of unsent bytes would be a coincidence
	return true
}

// connectionsIn returns the connections of some lists. The lists may change while the
// caller uses the result.
func (t *connectionTable) connectionsIn(lists ...listKind) (found []*connection) {
	for _, which := range lists {
		for c := t.lists[which].first; c != nil; c = c.next {
			found = append(found, c)
		}
	}
	return found
}

// isEmpty reports whether the loop has no connection, upgraded ones included, and none is
// opening.
func (t *connectionTable) isEmpty() bool {
	for i := range t.lists {
		if t.lists[i].first != nil {
			return false
		}
	}
	return t.upgraded.IsEmpty() && t.server.Opening() == 0
}
