package websocket

// What may wait while OnMessage does; then the peer is held back.
const (
	maxInbox      = 16      // messages
	maxInboxBytes = 1 << 20 // of them, not counting the last
)

// An inbox holds the messages of a session, and the peer's close frame, until OnMessage
// has returned from what came before them. It is the task of the coroutine that handles
// them: a session has one while there are any, and the loop keeps it for another then.
type inbox struct {
	session *session // nil while nobody's
	pool    *inboxPool
	events  []event
	next    int // events[next:] wait
	bytes   int // in them
}

// An inboxPool keeps the inboxes of a loop that are nobody's.
type inboxPool struct{ free []*inbox }

// maxFreeInboxes is more than wait for the loop at once, as a rule.
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

// recycle gives b, which is empty, back to its loop.
func (b *inbox) recycle() {
	b.session = nil
	if len(b.pool.free) < maxFreeInboxes {
		b.pool.free = append(b.pool.free, b)
	}
}

// put adds ev, which owns its payload.
func (b *inbox) put(ev event) {
	if b.next > 0 && len(b.events) == cap(b.events) {
		n := copy(b.events, b.events[b.next:])
		clear(b.events[n:])
		b.events, b.next = b.events[:n], 0
	}
	b.events = append(b.events, ev)
	b.bytes += len(ev.payload)
}

// take removes the event that waits longest.
func (b *inbox) take() (ev event, ok bool) {
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

// clear drops what waits.
func (b *inbox) clear() {
	clear(b.events[b.next:])
	b.events, b.next, b.bytes = b.events[:0], 0, 0
}

// full says that the peer is to be held back, roomy that it need not be any more.
func (b *inbox) full() bool  { return len(b.events)-b.next >= maxInbox || b.bytes >= maxInboxBytes }
func (b *inbox) roomy() bool { return len(b.events)-b.next < maxInbox/2 && b.bytes < maxInboxBytes/2 }

// Run handles messages until none waits.
func (b *inbox) Run() {
	s := b.session
	for ev, ok := b.take(); ok; ev, ok = b.take() {
		if b.roomy() {
			s.release(holdInbox)
		}
		s.dispatch(ev)
	}
	b.end()
}

// end takes b, which is empty, from its session, and gives it back to the loop.
func (b *inbox) end() {
	s := b.session
	s.inbox = nil
	b.recycle()
	if s.state == stateLost {
		s.stream.Loop().SpawnFunc(s.ended)
	}
}
