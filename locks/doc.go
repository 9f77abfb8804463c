// Package locks lets the coroutines of one loop wait for each other: Condition,
// Event, Semaphore, BoundedSemaphore and Lock. Tornado: tornado.locks.
//
// Only one coroutine of a loop runs at a time, so memory needs no guard. A Lock is
// for what must not be interleaved across an Await, a Semaphore for what only so
// many may do at once. They are not for goroutines: everything here belongs to
// the loop it was made for, and other goroutines go through IOLoop.AddCallback.
//
// Who waits is served first come, first served. Whoever is woken goes on in the
// loop's next turn, never inside the call that woke it.
//
//	lock := locks.NewLock(loop)
//	err := lock.With(func() error { // others wait here, while what follows may wait too
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
// Every wait takes an optional timeout. Without one it lasts for as long as it
// takes. With one, also of 0 or less, whoever is still in line when the loop finds
// that it has passed leaves the line and takes nothing; if several are given, the
// shortest counts. Prefer it to [ioloop.WithTimeout], which leaves
// the future in line, where it takes a permit that nobody releases. So does a coroutine
// that is cancelled while it awaits one (see [ioloop.Go]), unless it cancels the future,
// as With does.
package locks
