package ioloop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"sync/atomic"

	"github.com/gotornado/tornado/log"
)

// An unseenError is the error of a function whose future no caller has looked at so far. If
// the collector frees that future first, the error is logged.
type unseenError struct {
	err  error
	fn   uintptr // entry of the function
	seen atomic.Bool
}

// completeCall completes f with the result of fn, which was called for f.
func completeCall[T any](f *Future[T], fn func() (T, error), v T, err error) {
	awaited := f.waiter != nil || f.others.last != nil
	if !f.complete(v, err) || awaited || err == nil || errors.Is(err, context.Canceled) {
		return
	}
	f.unseen = &unseenError{err: err, fn: reflect.ValueOf(fn).Pointer()}
	runtime.AddCleanup(f, (*unseenError).logUnlessSeen, f.unseen)
}

// markSeen records that a caller has looked at the result.
func (f *Future[T]) markSeen() {
	if f.unseen != nil {
		f.unseen.seen.Store(true)
		f.unseen = nil
	}
}

// logUnlessSeen logs the error with the place of the function. The logger is
// tornado.application.
func (u *unseenError) logUnlessSeen() {
	if u.seen.Load() {
		return
	}
	fn := runtime.FuncForPC(u.fn)
	file, line := fn.FileLine(u.fn)
	log.Error(log.App(), "Future exception was never retrieved", u.err,
		slog.String("function", fn.Name()), slog.String("at", fmt.Sprintf("%s:%d", file, line)))
}
