// Package queues hands items from the coroutines of one loop that produce them to
// those that consume them: Queue (first in, first out), PriorityQueue and
// LifoQueue. Tornado: tornado.queues.
//
// With a maximum size, Put waits while the queue is full: fast producers are held
// back. Everything here belongs to the loop it was made for; other goroutines go
// through IOLoop.AddCallback.
//
// Who waits is served first come, first served, and goes on in the loop's next
// turn.
//
//	jobs := queues.NewQueue[string](loop, 100)
//	loop.AddCallback(func() {
//		for job := range jobs.All() { // waits while there is none
//			work(job)
//			jobs.TaskDone()
//		}
//	})
//	_, err := jobs.Put("one").Await() // waits while there are 100
//	_, err = jobs.Join().Await()      // until all are done
//
// # Timeouts
//
// Put, Get and Join take an optional timeout. Without one they wait for as long as
// it takes. With one, also of 0 or less, whoever is still in line when the loop
// finds that it has passed leaves the line, puts nothing and takes nothing; if
// several are given, the shortest counts. Prefer it to
// [ioloop.WithTimeout], which leaves the future in line, where it takes an item
// that nobody looks at. So does a coroutine that is cancelled while it awaits one (see
// [ioloop.Go]), unless it cancels the future, as All does.
package queues
