package ioloop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// ErrClosed is returned when the loop of the call, or of the wait, has been closed.
var ErrClosed = errors.New("ioloop: loop is closed")

// enter makes the calling goroutine the one that runs the loop.
func (l *IOLoop) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.started:
		return errors.New("ioloop: the loop is already running")
	case l.closing:
		return ErrClosed
	}
	l.started = true
	l.now = l.clock()
	l.startGoroutine = goroutineID()
	if l.debug != nil {
		l.debug.startRun(l.startGoroutine)
	}
	return nil
}

func (l *IOLoop) leave() {
	if l.debug != nil {
		l.debug.stopRun()
	}
	l.stopping.Store(false)
	l.mu.Lock()
	l.started = false
	closing := l.closing
	l.mu.Unlock()
	if closing {
		l.dispose()
	}
}

// Running reports whether the loop is between Start and its return. Any goroutine
// may call it. Tornado 2.2: IOLoop.running.
func (l *IOLoop) Running() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started
}

// Stop makes Start return at the end of the current turn; called before Start, it
// makes that run a single turn. Any goroutine may call it. Tornado: IOLoop.stop.
func (l *IOLoop) Stop() {
	l.stopping.Store(true)
	l.wakeIfAsleep()
}

// Close stops the loop and releases it. Parked coroutines are unwound, so that their
// deferred calls run; callbacks that are added from now on are dropped. A running loop
// is closed when its Start returns; Close does not wait for that, but Context does.
// Registered descriptors stay open. Closing twice does nothing. Any goroutine may call
// it. Tornado: IOLoop.close.
func (l *IOLoop) Close() error { return l.closeLoop(false) }

// CloseAll is Close, and also closes the registered descriptors: with the handler's Close
// method if it has one, otherwise by number. A descriptor that is already closed does not
// cause an error. Tornado: IOLoop.close(all_fds=True).
func (l *IOLoop) CloseAll() error { return l.closeLoop(true) }

func (l *IOLoop) closeLoop(allFDs bool) error {
	l.mu.Lock()
	again := l.closing
	l.closing = true
	l.closingFDs = l.closingFDs || allFDs
	started := l.started
	l.mu.Unlock()
	switch {
	case again:
		return nil
	case started:
		l.Stop()
		return nil
	}
	return l.dispose()
}

// Context returns a context that is done when the loop has been closed, with the cause
// ErrClosed. Any goroutine may call it.
func (l *IOLoop) Context() context.Context { return l.ctx }

func (l *IOLoop) dispose() error {
	l.mu.Lock()
	l.closed = true
	l.incoming = nil
	allFDs := l.closingFDs
	l.mu.Unlock()
	l.unwindCoroutines()
	if allFDs {
		l.closeDescriptors()
	}
	l.cancelContext(ErrClosed)
	return l.poller.close()
}

func (l *IOLoop) closeDescriptors() {
	for fd := range l.handlers.fdLimit() {
		h := l.handlers.handlerOf(fd)
		if h == nil {
			continue
		}
		switch h := h.handler.(type) {
		case io.Closer:
			h.Close()
		case interface{ Close() }:
			h.Close()
		default:
			unix.Close(fd)
		}
		*h = fdHandler{}
	}
	l.stats.Handlers = 0
}

// RunSync starts the loop, runs fn in a coroutine, stops the loop and returns the
// results of fn. A timeout above 0 limits the run: fn is then cancelled, as by
// [Future.Cancel], gets one turn to clean up, and the error wraps ErrTimeout. If the
// loop is stopped before fn returns, the error wraps ErrCancelled.
// Tornado: IOLoop.run_sync.
func RunSync[T any](l *IOLoop, timeout time.Duration, fn func() (T, error)) (T, error) {
	var zero T
	if err := l.enter(); err != nil {
		return zero, err
	}
	f, over, late := NewFuture[T](l), false, false
	stop := func() {
		if !over { // fn may return after RunSync has ended, and must not stop a later run of the loop
			l.Stop()
		}
	}
	l.addPlain(func() {
		runInto(f, func() (T, error) {
			defer stop()
			return fn()
		})
	})
	if timeout > 0 {
		limit := l.timeouts.addPlainTimeout(l.after(timeout), func() {
			late = true
			f.Cancel()
			l.callSoon(stop)
		})
		defer l.timeouts.cancelTimeout(limit)
	}
	err := l.runTurns()
	over = true
	switch {
	case err != nil:
		return zero, err
	case late:
		return zero, fmt.Errorf("%w: operation timed out after %v seconds", ErrTimeout, timeout.Seconds())
	case !f.done:
		return zero, fmt.Errorf("%w: event loop stopped before future completed", ErrCancelled)
	}
	return f.value, f.err
}
