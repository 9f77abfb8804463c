package ioloop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// ErrClosed is the error of waiting for a loop that has been closed.
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
	l.home = goroutineID()
	if l.debug != nil {
		l.debug.start(l.home)
	}
	return nil
}

func (l *IOLoop) leave() {
	if l.debug != nil {
		l.debug.stop()
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
	l.wake()
}

// Close frees the loop: its coroutines are unwound, their deferred calls run, and
// callbacks added from now on are dropped. A running loop is stopped first, and
// closed when its Start returns: Close does not wait for that, Context tells. Closing
// twice does nothing. Any goroutine may call it. Descriptors registered with the
// loop stay open. Tornado: IOLoop.close.
func (l *IOLoop) Close() error { return l.close(false) }

// CloseAll is Close, and closes the registered descriptors too: through the Close
// method of the handler if it has one, which then owns the descriptor, else by
// number. A descriptor that is closed already is no error.
// Tornado: IOLoop.close(all_fds=True).
func (l *IOLoop) CloseAll() error { return l.close(true) }

func (l *IOLoop) close(allFDs bool) error {
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

// Context returns a context that is done when the loop has been closed; its cause
// is then ErrClosed. Any goroutine may call it.
func (l *IOLoop) Context() context.Context { return l.ctx }

func (l *IOLoop) dispose() error {
	l.mu.Lock()
	l.closed = true
	l.foreign = nil
	allFDs := l.closingFDs
	l.mu.Unlock()
	l.unwindWorkers()
	if allFDs {
		l.closeDescriptors()
	}
	l.gone(ErrClosed)
	return l.poller.close()
}

func (l *IOLoop) closeDescriptors() {
	for fd := range l.handlers.limit() {
		h := l.handlers.find(fd)
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

// RunSync starts the loop, runs fn in a coroutine, stops the loop and returns what
// fn returned. A timeout above 0 bounds the wait: then fn is cancelled, as by
// [Future.Cancel], gets one turn to clean up, and the error is an ErrTimeout. If
// somebody else stops the loop first, the error is an ErrCancelled.
// Tornado: IOLoop.run_sync.
func RunSync[T any](l *IOLoop, timeout time.Duration, fn func() (T, error)) (T, error) {
	var zero T
	if err := l.enter(); err != nil {
		return zero, err
	}
	f, over, late := NewFuture[T](l), false, false
	stop := func() {
		if !over { // a later run of the loop is not ours to stop
			l.Stop()
		}
	}
	l.addPlain(func() {
		goOn(f, func() (T, error) {
			defer stop()
			return fn()
		})
	})
	if timeout > 0 {
		limit := l.timeouts.addPlain(l.after(timeout), func() {
			late = true
			f.Cancel()
			l.callSoon(stop)
		})
		defer l.timeouts.remove(limit)
	}
	err := l.run()
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
