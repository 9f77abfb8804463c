package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Condition lets coroutines wait until they are notified. Unlike sync.Cond it needs
// no lock. It belongs to the loop it was made for. Tornado: locks.Condition.
type Condition struct{ waiters waiters[bool] }

// NewCondition returns a condition of l without waiting coroutines.
func NewCondition(l *ioloop.IOLoop) *Condition {
	return &Condition{waiters[bool]{loop: l}}
}

// Wait returns a future that is true when notified, and false if the timeout passes first.
// The future never fails. Without a timeout the wait has no limit; a timeout of 0 or less
// passes when the loop next checks its timeouts. Tornado: Condition.wait.
func (c *Condition) Wait(timeout ...time.Duration) *ioloop.Future[bool] {
	c.waiters.loop.CheckOwner("Condition.Wait")
	return c.waiters.enqueueWaiter(timeout, func(f *ioloop.Future[bool]) { f.SetResult(false) })
}

// Notify wakes the n coroutines that have waited longest, or all if fewer wait. They resume
// in the next turn. Tornado: Condition.notify, where n is 1 unless given.
func (c *Condition) Notify(n int) {
	c.waiters.loop.CheckOwner("Condition.Notify")
	for ; n > 0 && c.waiters.wakeFirst(true); n-- {
	}
}

// NotifyAll wakes all coroutines that wait now. Tornado: Condition.notify_all.
func (c *Condition) NotifyAll() {
	c.waiters.loop.CheckOwner("Condition.NotifyAll")
	for c.waiters.wakeFirst(true) {
	}
}

// String returns how many calls wait.
func (c *Condition) String() string {
	return fmt.Sprintf("Condition[waiters:%d]", c.waiters.line.Len())
}
