package ioloop

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// runCallbacks runs the callbacks that were queued before the call.
func (l *IOLoop) runCallbacks() {
	if l.queued.Load() {
		l.mu.Lock()
		l.queue = append(l.queue, l.incoming...)
		clear(l.incoming)
		l.incoming = l.incoming[:0]
		l.queued.Store(false)
		l.mu.Unlock()
	}
	if len(l.queue) == 0 {
		return
	}
	l.running, l.queue = l.queue, l.running[:0]
	for i := 0; i < len(l.running); {
		i = l.runSome(i)
	}
	clear(l.running)
}

// runSome runs queue entries from index i and returns the index at which it stopped:
// the end, or the entry after one that panicked.
func (l *IOLoop) runSome(i int) (next int) {
	defer l.recoverPanic("Exception in callback")
	for next = i; next < len(l.running); {
		w := &l.running[next]
		next++
		l.stats.Callbacks++
		switch {
		case w.coroutine != nil:
			l.switchTo(w.coroutine)
		case w.plain != nil:
			w.plain()
		default:
			l.SpawnFunc(w.callback)
		}
	}
	return next
}

// runTimeouts runs the timeouts that are due, except those that they add.
func (l *IOLoop) runTimeouts() {
	if len(l.timeouts.heap) == 0 {
		return
	}
	l.now = l.clock() // the callbacks may have taken long, and a timeout may set other timeouts
	now, limit := l.now.Sub(l.epoch), l.timeouts.seq
	for {
		t := l.timeouts.popDue(now, limit)
		if t == nil {
			return
		}
		l.stats.Callbacks++
		fn := t.fn
		t.fn = nil // the caller may keep the handle, so the values that fn has captured are released
		if t.plain {
			l.runPlain(fn)
		} else {
			l.SpawnFunc(fn)
		}
	}
}

func (l *IOLoop) runPlain(fn func()) {
	defer l.recoverPanic("Exception in callback")
	fn()
}

// runFlushes flushes the streams that were written to in this turn. A flush may add
// another flush.
func (l *IOLoop) runFlushes() {
	for i := 0; i < len(l.flushes); {
		i = l.flushSome(i)
	}
	clear(l.flushes)
	l.flushes = l.flushes[:0]
}

func (l *IOLoop) flushSome(i int) (next int) {
	defer l.recoverPanic("Exception in flush")
	for next = i; next < len(l.flushes); {
		f := l.flushes[next]
		next++
		f.Flush()
	}
	return next
}

// poll gets the next batch of events and waits only if the loop has nothing else to do.
// poller.wait looks for events before it parks, which costs little when it parks anyway.
// So a wait that parked is followed by another; under load the plain poll is cheaper.
func (l *IOLoop) poll() (err error) {
	if l.debug != nil {
		l.debug.busySince.Store(0)
	}
	l.ready, l.next = l.ready[:0], 0
	busy := len(l.queue) > 0 || l.queued.Load()
	if busy || !l.parked {
		l.ready, err = l.poller.poll(l.ready)
	}
	parked := false
	if err == nil && !busy && len(l.ready) == 0 {
		parked, err = l.sleep()
	}
	if !parked {
		runtime.Gosched() // executors and other goroutines may use this thread now
	}
	// A wait that timed out may not have looked for events, so the next turn polls.
	l.parked = parked && len(l.ready) > 0
	l.now = l.clock()
	if l.debug != nil {
		l.debug.busySince.Store(time.Now().UnixNano())
	}
	return err
}

func (l *IOLoop) sleep() (parked bool, err error) {
	l.asleep.Store(true)
	// A goroutine that queues work after this load sees asleep and wakes the loop.
	if !l.queued.Load() && !l.stopping.Load() {
		l.ready, parked, err = l.poller.wait(l.ready, l.wakeTime())
	}
	l.asleep.Store(false)
	return parked, err
}

// wakeTime returns the time at which the poller must end its wait, or the zero time for none.
// With a clock of Options only a change of that clock makes a timeout due, so the loop does
// not wait for a time. The loop is asleep when wakeTime is called: a change that comes later
// wakes it.
func (l *IOLoop) wakeTime() time.Time {
	when, ok := l.timeouts.firstDue()
	switch {
	case !ok:
		return time.Time{}
	case l.options.Clock == nil:
		return l.epoch.Add(when)
	case l.clock().Sub(l.epoch) < when:
		return time.Time{}
	}
	return time.Now()
}

// dispatch calls the handlers of the descriptors that are ready.
func (l *IOLoop) dispatch() {
	for l.next < len(l.ready) {
		l.dispatchSome()
	}
}

func (l *IOLoop) dispatchSome() {
	var e fdEvent
	defer func() {
		if r := recover(); r != nil {
			l.reportPanic(fmt.Sprintf("Exception in I/O handler for fd %d", e.fd), r, debug.Stack())
		}
	}()
	for l.next < len(l.ready) {
		e = l.ready[l.next]
		l.next++
		h := l.handlers.handlerOf(e.fd)
		if e.events == None || h == nil {
			continue
		}
		l.stats.Events++
		h.handler.HandleEvents(e.fd, e.events)
	}
}

func (l *IOLoop) recoverPanic(text string) {
	if r := recover(); r != nil {
		l.reportPanic(text, r, debug.Stack())
	}
}
