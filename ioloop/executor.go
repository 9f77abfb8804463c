package ioloop

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// A PanicError is the error of a function that panicked off the loop.
type PanicError struct {
	Value any    // what was panicked
	Stack []byte // where, as debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("ioloop: panic in executor: %v", e.Value) }

// RunInExecutor runs fn, which may block, on a goroutine of its own, and returns
// the future of its result. A panic in fn becomes a *PanicError. What fn touches
// is shared with the loop: hand it what it needs, take the rest from its result.
// Tornado: IOLoop.run_in_executor.
func RunInExecutor[T any](l *IOLoop, fn func() (T, error)) *Future[T] {
	l.CheckOwner("RunInExecutor")
	f := NewFuture[T](l)
	go func() {
		v, err := callRecovered(fn)
		l.addPlain(func() { f.complete(v, err) })
	}()
	return f
}

func callRecovered[T any](fn func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{r, debug.Stack()}
		}
	}()
	return fn()
}

// RunSync starts the loop, runs fn in a coroutine, stops the loop and returns what
// fn returned. A timeout above 0 bounds the wait: the error is then ErrTimeout.
// Tornado: IOLoop.run_sync.
func RunSync[T any](l *IOLoop, timeout time.Duration, fn func() (T, error)) (T, error) {
	var (
		v     T
		err   error
		ended bool
	)
	l.AddCallback(func() {
		defer l.Stop()
		v, err = fn()
		ended = true
	})
	if timeout > 0 {
		limit := l.timeouts.addPlain(l.clock().Sub(l.epoch)+timeout, l.Stop)
		defer l.timeouts.remove(limit)
	}
	if startErr := l.Start(); startErr != nil {
		return v, startErr
	}
	switch {
	case ended:
		return v, err
	case timeout > 0:
		return v, fmt.Errorf("%w: operation timed out after %v", ErrTimeout, timeout)
	default:
		return v, fmt.Errorf("ioloop: event loop stopped before the function returned: %w", context.Canceled)
	}
}
