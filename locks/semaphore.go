package locks

import (
	"fmt"
	"math"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A Semaphore hands out a number of permits: Acquire waits for one, Release gives one
// back. It belongs to the loop it was made for. Tornado: locks.Semaphore.
//
// As with sync.Mutex, release in a deferred call, or let [Semaphore.With] do it:
//
//	if _, err := sem.Acquire(time.Second).Await(); err != nil {
//		return err
//	}
//	defer sem.Release()
type Semaphore struct {
	value   int // permits that are free; while somebody waits there are none
	limit   int // value never exceeds it
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

// Acquire returns a future that is done when the caller has a permit, which may be at
// once, or fails with [ioloop.ErrTimeout] if the timeout passes first. Without a
// timeout it waits for as long as it takes; with one of 0 or less, hardly at all.
// Tornado: Semaphore.acquire.
func (s *Semaphore) Acquire(timeout ...time.Duration) *ioloop.Future[struct{}] {
	s.waiters.loop.CheckOwner("Semaphore.Acquire")
	if s.value > 0 {
		s.value--
		return s.done
	}
	return s.waiters.join(timeout, timedOut)
}

// Release gives a permit back, to whoever has waited longest if anybody waits. On a
// BoundedSemaphore, one that nobody acquired panics. Tornado: Semaphore.release.
func (s *Semaphore) Release() {
	s.waiters.loop.CheckOwner("Semaphore.Release")
	if s.value == s.limit {
		panic(s.misuse)
	}
	if !s.waiters.wake(struct{}{}) {
		s.value++
	}
}

// With waits for a permit, runs fn and releases the permit, also if fn panics. It
// returns the error of fn, or [ioloop.ErrCancelled] if the coroutine is cancelled while
// it waits. Call it in a coroutine; fn may wait too. Tornado: async with semaphore.
func (s *Semaphore) With(fn func() error) error {
	permit := s.Acquire()
	if _, err := permit.Await(); err != nil {
		permit.Cancel() // or a Release would give it what nobody gives back
		return err
	}
	defer s.Release()
	return fn()
}

// String tells how many permits are free and how many wait for one.
func (s *Semaphore) String() string {
	return fmt.Sprintf("Semaphore[value:%d, waiters:%d]", s.value, s.waiters.line.Len())
}

// A BoundedSemaphore is a Semaphore that never has more permits than it began
// with: a Release too many panics. Tornado: locks.BoundedSemaphore.
type BoundedSemaphore struct{ *Semaphore }

// NewBoundedSemaphore returns a bounded semaphore of l with that many permits. A
// negative value panics. Tornado: BoundedSemaphore, where value is 1 unless given.
func NewBoundedSemaphore(l *ioloop.IOLoop, value int) *BoundedSemaphore {
	return &BoundedSemaphore{newSemaphore(l, value, value,
		"locks: Semaphore released too many times; call Release once for each Acquire that succeeded")}
}
