package websocket

// Above these limits, reading from the peer stops until OnMessage has caught up.
const (
	maxInbox      = 16      // messages
	maxInboxBytes = 1 << 20 // in them, without the last message
)

// An inbox holds the messages of a session, and the peer's close frame, until OnMessage has
// returned for the messages before them. It is the task of the coroutine that handles them. A
// session has an inbox while messages wait, and then returns it to the loop's pool.
type inbox struct {
	session *session // nil in the pool
	pool    *inboxPool
	events  []event
	next    int // events[next:] wait
	bytes   int // in them
}

// An inboxPool keeps the unused inboxes of a loop.
type inboxPool struct{ free []*inbox }

// maxFreeInboxes is the number of inboxes that the pool keeps. A loop rarely needs more at once.
const maxFreeInboxes = 256

// newInbox returns an empty inbox for s.
func (pool *inboxPool) newInbox(s *session) *inbox {
	last := len(pool.free) - 1
	if last < 0 {
		return &inbox{session: s, pool: pool}
	}
	b := pool.free[last]
	pool.free[last] = nil
	pool.free = pool.free[:last]
	b.session = s
	return b
}

// recycle returns an empty inbox to the pool.
func (b *inbox) recycle() {
	b.session = nil
	if len(b.pool.free) < maxFreeInboxes {
		b.pool.free = append(b.pool.free, b)
	}
}

// putEvent adds ev, which owns its payload.
func (b *inbox) putEvent(ev event) {
	if b.next > 0 && len(b.events) == cap(b.events) {
		n := copy(b.events, b.events[b.next:])
		clear(b.events[n:])
		b.events, b.next = b.events[:n], 0
	}
	b.events = append(b.events, ev)
	b.bytes += len(ev.payload)
}

// takeEvent removes the event that has waited longest.
func (b *inbox) takeEvent() (ev event, ok bool) {
	if b.next == len(b.events) {
		return ev, false
	}
	ev = b.events[b.next]
	b.events[b.next] = event{}
	b.next++
	b.bytes -= len(ev.payload)
	if b.next == len(b.events) {
		b.clear()
	}
	return ev, true
}

// clear drops all events.
func (b *inbox) clear() {
	clear(b.events[b.next:])
	b.events, b.next, b.bytes = b.events[:0], 0, 0
}

// isFull reports whether reading from the peer has to stop.
func (b *inbox) isFull() bool { return len(b.events)-b.next >= maxInbox || b.bytes >= maxInboxBytes }

// hasRoom reports whether reading may go on.
func (b *inbox) hasRoom() bool { return len(b.events)-b.next < maxInbox/2 && b.bytes < maxInboxBytes/2 }

// Run handles events until none waits.
func (b *inbox) Run() {
	s := b.session
	for ev, ok := b.takeEvent(); ok; ev, ok = b.takeEvent() {
		if b.hasRoom() {
			s.resumeFrom(pausedByInbox)
		}
		s.dispatch(ev)
	}
	b.leaveSession()
}

// leaveSession returns the empty inbox to the pool. If the connection has ended, the last hooks
// run now.
func (b *inbox) leaveSession() {
	s := b.session
	s.inbox = nil
	b.recycle()
	if s.state == stateLost {
		s.stream.Loop().SpawnFunc(s.callLastHooks)
	}
}
