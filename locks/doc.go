// Package locks lets the coroutines of one loop wait for each other: Condition,
// Event, Semaphore, BoundedSemaphore and Lock. Tornado: tornado.locks.
//
// Only one coroutine of a loop runs at a time, so plain memory access needs no lock. A
// Lock protects a section that contains an Await. A Semaphore limits how many coroutines
// do something at once. These types are not for goroutines: each value belongs to the loop
// it was made for, and other goroutines use IOLoop.AddCallback.
//
// Waiting coroutines are served in order of arrival. A coroutine that is woken resumes in
// the loop's next turn, never inside the call that woke it.
//
//	lock := locks.NewLock(loop)
//	err := lock.With(func() error { // other callers of With wait meanwhile
//		balance, err := load().Await()
//		if err != nil {
//			return err
//		}
//		_, err = store(balance + 1).Await()
//		return err
//	})
//
// # Timeouts
//
// Every wait takes an optional timeout; without one it has no limit. When the timeout
// passes, also one of 0 or less, the waiting call leaves the line and takes nothing. If
// several are given, the shortest counts.
//
// Prefer this timeout to [ioloop.WithTimeout], which leaves the future in line: the future
// then takes a permit that is never released. The same happens when a coroutine is
// cancelled while it awaits such a future (see [ioloop.Go]), unless it cancels the future
// too, as With does.
package locks
