package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// An Event holds back coroutines until it is set. It belongs to the loop it was made
// for. Tornado: locks.Event.
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

// Set wakes all that wait; until Clear nobody needs to wait. Setting twice does
// nothing. Tornado: Event.set.
func (e *Event) Set() {
	e.waiters.loop.CheckOwner("Event.Set")
	e.set = true
	for e.waiters.wake(struct{}{}) {
	}
}

// Clear makes later calls of Wait wait again. Those that Set has woken stay so.
// Tornado: Event.clear.
func (e *Event) Clear() {
	e.waiters.loop.CheckOwner("Event.Clear")
	e.set = false
}

// Wait returns a future that is done once the event is set, which may be at once, or
// fails with [ioloop.ErrTimeout] if the timeout passes first. Without a timeout it
// waits for as long as it takes; with one of 0 or less, hardly at all.
// Tornado: Event.wait.
func (e *Event) Wait(timeout ...time.Duration) *ioloop.Future[struct{}] {
	e.waiters.loop.CheckOwner("Event.Wait")
	if e.set {
		return e.done
	}
	return e.waiters.join(timeout, timedOut)
}

// String tells whether the event is set and how many wait.
func (e *Event) String() string {
	return fmt.Sprintf("Event[set:%t, waiters:%d]", e.set, e.waiters.line.Len())
}
