// Package ioloop is the event loop of Tornado for Go: readiness callbacks,
// timers, callbacks from other goroutines, and coroutines that can wait for a
// Future anywhere.
//
// # Which goroutine runs what
//
// [IOLoop.Start] runs the loop on the goroutine that calls it. The user's callbacks,
// timers and tasks (see [IOLoop.Spawn]) run in loop coroutines. A coroutine may call
// [Future.Await], which parks that coroutine alone while the loop goes on. Exactly one of
// {the loop, its coroutines} runs at any time, so data that belongs to one loop needs no
// lock.
//
// While a loop runs, other goroutines may call only [IOLoop.AddCallback],
// [IOLoop.AddCallbackFromSignal], [IOLoop.Stop], [IOLoop.Close], [IOLoop.CloseAll],
// [IOLoop.Running], [IOLoop.Context] and [Future.Wait]. Before the loop runs, the
// goroutine that sets it up may call everything. In debug mode ([Options].Debug or the
// environment variable TORNADO_DEBUG=1) all calls but trivial ones such as [IOLoop.Time]
// check this. They panic with the name of the call and the number of the goroutine.
//
// # Waiting and cancelling
//
// [Go] starts a coroutine and returns the [Future] of its result. [Future.Await] waits
// for one future; [Multi] and [WaitIterator] wait for several. [WithTimeout] and
// [WithContext] limit the wait, but the awaited work goes on: [Future.Cancel] cancels
// it. Blocking work runs in [RunInExecutor]. [CallOn] calls a function on another loop.
//
// # One turn of the loop
//
//  1. callbacks: those that were queued when the turn began, in the order they were added
//  2. timeouts: those that are due, earliest first, then in the order they were added
//  3. flushes: streams that were written to since the last flush send their output
//  4. poll: wait for I/O events, until the next timeout at the latest
//  5. dispatch: the handler of each ready descriptor runs
//
// A callback that is added by a callback runs in the next turn, so that callbacks
// cannot starve timeouts and events.
package ioloop
