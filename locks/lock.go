package locks

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Lock is held by one coroutine at a time, also while that coroutine awaits. It is not
// reentrant: a holder that acquires it again waits forever. It belongs to the loop it was
// made for. Tornado: locks.Lock.
type Lock struct{ block *Semaphore }

// NewLock returns a lock of l that is not held.
func NewLock(l *ioloop.IOLoop) *Lock {
	return &Lock{newSemaphore(l, 1, 1,
		"locks: release unlocked lock; call Release once for each Acquire that succeeded")}
}

// Acquire returns a future that is done when the caller holds the lock, or that fails with
// [ioloop.ErrTimeout] if the timeout passes first. If the lock is free, the future is done
// on return. Without a timeout the wait has no limit; a timeout of 0 or less passes when
// the loop next checks its timeouts. Tornado: Lock.acquire.
func (k *Lock) Acquire(timeout ...time.Duration) *ioloop.Future[struct{}] {
	k.block.waiters.loop.CheckOwner("Lock.Acquire")
	return k.block.Acquire(timeout...)
}

// Release gives the lock to the caller of Acquire that has waited longest, or unlocks it.
// Releasing a lock that is not held panics. Tornado: Lock.release.
func (k *Lock) Release() {
	k.block.waiters.loop.CheckOwner("Lock.Release")
	k.block.Release()
}

// With waits for the lock, runs fn and releases the lock, also if fn panics. It returns the
// error of fn, or [ioloop.ErrCancelled] if the coroutine is cancelled while it waits. Call
// it in a coroutine; fn may wait too. Tornado: async with lock.
func (k *Lock) With(fn func() error) error { return k.block.With(fn) }

// String returns whether the lock is held and how many calls wait for it.
func (k *Lock) String() string {
	return fmt.Sprintf("Lock[locked:%t, waiters:%d]", k.block.value == 0, k.block.waiters.line.Len())
}
