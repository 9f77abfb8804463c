// Package queues passes items between coroutines of one loop: Queue (first in, first out),
// PriorityQueue and LifoQueue. Tornado: tornado.queues.
//
// With a maximum size, Put waits while the queue is full: that is backpressure for fast
// producers. Each queue belongs to the loop it was made for; other goroutines use
// IOLoop.AddCallback.
//
// Waiting calls are served in order of arrival. A coroutine that is woken resumes in the
// loop's next turn.
//
//	jobs := queues.NewQueue[string](loop, 100)
//	loop.AddCallback(func() {
//		for job := range jobs.All() { // waits while the queue is empty
//			work(job)
//			jobs.TaskDone()
//		}
//	})
//	_, err := jobs.Put("one").Await() // waits while the queue has 100 items
//	_, err = jobs.Join().Await()      // waits until all items are done
//
// # Timeouts
//
// Put, Get and Join take an optional timeout; without one the wait has no limit. When the
// timeout passes, also one of 0 or less, the waiting call leaves the line; it puts nothing
// and takes nothing. If several are given, the shortest counts.
//
// Prefer this timeout to [ioloop.WithTimeout], which leaves the future in line: the future
// then takes an item that is lost. The same happens when a coroutine is cancelled while it
// awaits such a future (see [ioloop.Go]), unless it cancels the future too, as All does.
package queues
