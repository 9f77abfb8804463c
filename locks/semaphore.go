package locks

import (
	"fmt"
	"math"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Semaphore has a number of permits: Acquire waits for one, Release returns one. It
// belongs to the loop it was made for. Tornado: locks.Semaphore.
//
// As with sync.Mutex, release in a deferred call, or let [Semaphore.With] do it:
//
//	if _, err := sem.Acquire(time.Second).Await(); err != nil {
//		return err
//	}
//	defer sem.Release()
type Semaphore struct {
	value   int // free permits; 0 while calls wait
	limit   int // the maximum of value
	misuse  string
	done    *ioloop.Future[struct{}]
	waiters waiters[struct{}]
}

// NewSemaphore returns a semaphore of l with that many permits. A negative value
// panics. Tornado: Semaphore, where value is 1 unless given.
func NewSemaphore(l *ioloop.IOLoop, value int) *Semaphore {
	return newSemaphore(l, value, math.MaxInt, "")
}

func newSemaphore(l *ioloop.IOLoop, value, limit int, misuse string) *Semaphore {
	l.CheckOwner("NewSemaphore")
	if value < 0 {
		panic(fmt.Sprintf("locks: the initial value of a semaphore must be >= 0, not %d", value))
	}
	return &Semaphore{
		value: value, limit: limit, misuse: misuse,
		done: completed(l), waiters: waiters[struct{}]{loop: l},
	}
}

// Acquire returns a future that is done when the caller has a permit, or that fails with
// [ioloop.ErrTimeout] if the timeout passes first. If a permit is free, the future is done
// on return. Without a timeout the wait has no limit; a timeout of 0 or less passes when
// the loop next checks its timeouts. Tornado: Semaphore.acquire.
func (s *Semaphore) Acquire(timeout ...time.Duration) *ioloop.Future[struct{}] {
	s.waiters.loop.CheckOwner("Semaphore.Acquire")
	if s.value > 0 {
		s.value--
		return s.done
	}
	return s.waiters.enqueueWaiter(timeout, timedOut)
}

// Release returns a permit; the caller of Acquire that has waited longest gets it. On a
// BoundedSemaphore it panics if no permit is taken. Tornado: Semaphore.release.
func (s *Semaphore) Release() {
	s.waiters.loop.CheckOwner("Semaphore.Release")
	if s.value == s.limit {
		panic(s.misuse)
	}
	if !s.waiters.wakeFirst(struct{}{}) {
		s.value++
	}
}

// With waits for a permit, runs fn and releases the permit, also if fn panics. It
// returns the error of fn, or [ioloop.ErrCancelled] if the coroutine is cancelled while
// it waits. Call it in a coroutine; fn may wait too. Tornado: async with semaphore.
func (s *Semaphore) With(fn func() error) error {
	permit := s.Acquire()
	if _, err := permit.Await(); err != nil {
		permit.Cancel() // a later Release must not give it a permit, which nothing would release
		return err
	}
	defer s.Release()
	return fn()
}

// String returns how many permits are free and how many calls wait for one.
func (s *Semaphore) String() string {
	return fmt.Sprintf("Semaphore[value:%d, waiters:%d]", s.value, s.waiters.line.Len())
}

// A BoundedSemaphore is a Semaphore that never has more permits than at first: one Release
// too many panics. Tornado: locks.BoundedSemaphore.
type BoundedSemaphore struct{ *Semaphore }

// NewBoundedSemaphore returns a bounded semaphore of l with that many permits. A
// negative value panics. Tornado: BoundedSemaphore, where value is 1 unless given.
func NewBoundedSemaphore(l *ioloop.IOLoop, value int) *BoundedSemaphore {
	return &BoundedSemaphore{newSemaphore(l, value, value,
		"locks: Semaphore released too many times; call Release once for each Acquire that succeeded")}
}
