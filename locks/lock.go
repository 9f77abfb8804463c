package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Lock is held by one coroutine at a time, across all that it awaits. It is not
// reentrant: acquiring it twice waits for oneself. It belongs to the loop it was made
// for. Tornado: locks.Lock.
type Lock struct{ block *Semaphore }

// NewLock returns a lock of l that is not held.
func NewLock(l *ioloop.IOLoop) *Lock {
	return &Lock{newSemaphore(l, 1, 1,
		"locks: release unlocked lock; call Release once for each Acquire that succeeded")}
}

// Acquire returns a future that is done when the caller holds the lock, which may be at
// once, or fails with [ioloop.ErrTimeout] if the timeout passes first. Without a
// timeout it waits for as long as it takes; with one of 0 or less, hardly at all.
// Tornado: Lock.acquire.
func (k *Lock) Acquire(timeout ...time.Duration) *ioloop.Future[struct{}] {
	k.block.waiters.loop.CheckOwner("Lock.Acquire")
	return k.block.Acquire(timeout...)
}

// Release hands the lock to whoever has waited longest, or unlocks it. Releasing a
// lock that is not held panics. Tornado: Lock.release.
func (k *Lock) Release() {
	k.block.waiters.loop.CheckOwner("Lock.Release")
	k.block.Release()
}

// With waits for the lock, runs fn and releases the lock, also if fn panics. It returns
// the error of fn, or [ioloop.ErrCancelled] if the coroutine is cancelled while it
// waits. Call it in a coroutine; fn may wait too. Tornado: async with lock.
func (k *Lock) With(fn func() error) error { return k.block.With(fn) }

// String tells whether the lock is held and how many wait for it.
func (k *Lock) String() string {
	return fmt.Sprintf("Lock[locked:%t, waiters:%d]", k.block.value == 0, k.block.waiters.line.Len())
}
