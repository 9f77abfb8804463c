package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// An Event makes coroutines wait until it is set. It belongs to the loop it was made for.
// Tornado: locks.Event.
type Event struct {
	set     bool
	done    *ioloop.Future[struct{}]
	waiters waiters[struct{}]
}

// NewEvent returns an event of l that is not set.
func NewEvent(l *ioloop.IOLoop) *Event {
	l.CheckOwner("NewEvent")
	return &Event{done: completed(l), waiters: waiters[struct{}]{loop: l}}
}

// IsSet reports whether the event is set. Tornado: Event.is_set.
func (e *Event) IsSet() bool {
	e.waiters.loop.CheckOwner("Event.IsSet")
	return e.set
}

// Set wakes all waiting coroutines. Until Clear, Wait returns a future that is done.
// Setting twice does nothing. Tornado: Event.set.
func (e *Event) Set() {
	e.waiters.loop.CheckOwner("Event.Set")
	e.set = true
	for e.waiters.wakeFirst(struct{}{}) {
	}
}

// Clear makes later calls of Wait wait again. It does not affect coroutines that Set has
// woken. Tornado: Event.clear.
func (e *Event) Clear() {
	e.waiters.loop.CheckOwner("Event.Clear")
	e.set = false
}

// Wait returns a future that is done when the event is set, or that fails with
// [ioloop.ErrTimeout] if the timeout passes first. If the event is set, the future is done
// on return. Without a timeout the wait has no limit; a timeout of 0 or less passes when
// the loop next checks its timeouts. Tornado: Event.wait.
func (e *Event) Wait(timeout ...time.Duration) *ioloop.Future[struct{}] {
	e.waiters.loop.CheckOwner("Event.Wait")
	if e.set {
		return e.done
	}
	return e.waiters.enqueueWaiter(timeout, timedOut)
}

// String returns whether the event is set and how many calls wait for it.
func (e *Event) String() string {
	return fmt.Sprintf("Event[set:%t, waiters:%d]", e.set, e.waiters.line.Len())
}
