// Package ioloop is the event loop of Tornado for Go: readiness callbacks,
// timers, callbacks from other goroutines, and coroutines that can wait for a
// Future anywhere.
//
// # Which goroutine runs what
//
// [IOLoop.Start] runs the loop on the goroutine that calls it. What the loop
// runs for the user (callbacks, timers, tasks given to [IOLoop.Spawn]) runs in a
// loop coroutine: it may call [Future.Await], which parks that coroutine alone
// while the loop goes on. Exactly one of {the loop, its coroutines} runs at any
// time, so whatever belongs to one loop needs no lock.
//
// Only [IOLoop.AddCallback], [IOLoop.AddCallbackFromSignal], [IOLoop.Stop],
// [IOLoop.Close], [IOLoop.CloseAll], [IOLoop.Running], [IOLoop.Context] and
// [Future.Wait] may be called from other goroutines while a loop runs; before that,
// whoever sets it up may call the others too. In debug mode ([Options].Debug or the
// environment variable TORNADO_DEBUG=1) all but trifles such as [IOLoop.Time] check this,
// and panic with the name of the call and of the goroutine.
//
// # Waiting, and giving up
//
// [Go] starts a coroutine and returns the [Future] of its result; [Future.Await] waits
// for it, [Multi] and [WaitIterator] for several, [WithTimeout] and [WithContext] not
// for ever. None of them ends what is awaited: that is [Future.Cancel]. Blocking work
// goes to [RunInExecutor], other loops are reached by [CallOn].
//
// # One turn of the loop
//
//  1. callbacks: those that were queued when the turn began, first in first out
//  2. timeouts: those that are due, earliest first, then in the order they were added
//  3. flushes: streams written to since the last flush send what they have
//  4. poll: wait for I/O events, until the next timeout at the latest
//  5. dispatch: the handler of each ready descriptor runs
//
// A callback that a callback adds runs in the next turn, so events and timeouts
// get their chance first.
package ioloop
