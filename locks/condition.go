package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Condition lets coroutines wait until they are notified. Unlike sync.Cond it needs
// no lock. It belongs to the loop it was made for. Tornado: locks.Condition.
type Condition struct{ waiters waiters[bool] }

// NewCondition returns a condition of l that nobody waits for.
func NewCondition(l *ioloop.IOLoop) *Condition {
	return &Condition{waiters[bool]{loop: l}}
}

// Wait returns a future that is true when notified and false if the timeout passes
// first; it never fails. Without a timeout it waits for as long as it takes; with one
// of 0 or less, hardly at all. Tornado: Condition.wait.
func (c *Condition) Wait(timeout ...time.Duration) *ioloop.Future[bool] {
	c.waiters.loop.CheckOwner("Condition.Wait")
	return c.waiters.join(timeout, func(f *ioloop.Future[bool]) { f.SetResult(false) })
}

// Notify wakes the n that have waited longest, or as many as there are; they go on in
// the next turn. Tornado: Condition.notify, where n is 1 unless given.
func (c *Condition) Notify(n int) {
	c.waiters.loop.CheckOwner("Condition.Notify")
	for ; n > 0 && c.waiters.wake(true); n-- {
	}
}

// NotifyAll wakes all that wait now. Tornado: Condition.notify_all.
func (c *Condition) NotifyAll() {
	c.waiters.loop.CheckOwner("Condition.NotifyAll")
	for c.waiters.wake(true) {
	}
}

// String tells how many wait.
func (c *Condition) String() string {
	return fmt.Sprintf("Condition[waiters:%d]", c.waiters.line.Len())
}
