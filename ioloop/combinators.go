package ioloop

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/gotornado/tornado/log"
)

// Sleep returns a future that is done after d, which may be 0 or negative:
// Sleep(l, d).Await() waits for d. Cancelling the future removes its timer.
// Tornado: gen.sleep.
func Sleep(l *IOLoop, d time.Duration) *Future[struct{}] {
	l.CheckOwner("Sleep")
	f := NewFuture[struct{}](l)
	t := l.timeouts.addPlainTimeout(l.after(d), func() { f.SetResult(struct{}{}) })
	f.cancel = func() {
		l.timeouts.cancelTimeout(t)
		f.SetError(ErrCancelled)
	}
	return f
}

// WithTimeout returns a future with the result of f, or with ErrTimeout if f is not done
// after d. f itself goes on. If f fails later, its error is logged, unless errors.Is
// matches it with one of quiet. If f is already done, its result is returned even when d
// has passed. Tornado: gen.with_timeout.
func WithTimeout[T any](f *Future[T], d time.Duration, quiet ...error) *Future[T] {
	l := f.loop
	l.CheckOwner("WithTimeout")
	if f.done {
		return f
	}
	result := NewFuture[T](l)
	var limit *Timeout
	x := f.onDone(func() {
		l.timeouts.cancelTimeout(limit)
		result.complete(f.value, f.err)
	})
	limit = l.timeouts.addPlainTimeout(l.after(d), func() {
		if !f.done {
			f.others.unlink(x)
			f.logLateError(quiet)
			result.SetError(ErrTimeout)
		}
	})
	result.cancel = func() {
		f.others.unlink(x)
		l.timeouts.cancelTimeout(limit)
		result.SetError(ErrCancelled)
	}
	return result
}

// WithContext returns a future with the result of f, or with the error of ctx if ctx ends
// first. f itself goes on; its later errors are logged as by [WithTimeout]. Tornado has
// no contexts.
func WithContext[T any](ctx context.Context, f *Future[T], quiet ...error) *Future[T] {
	l := f.loop
	l.CheckOwner("WithContext")
	if f.done {
		return f
	}
	result := NewFuture[T](l)
	var x *futureWaiter
	stop := context.AfterFunc(ctx, func() {
		l.addPlain(func() {
			if !f.done && !result.done {
				f.others.unlink(x)
				f.logLateError(quiet)
				result.SetError(ctx.Err())
			}
		})
	})
	x = f.onDone(func() {
		stop()
		result.complete(f.value, f.err)
	})
	result.cancel = func() {
		f.others.unlink(x)
		stop()
		result.SetError(ErrCancelled)
	}
	return result
}

// logLateError logs the error of f if f fails later, when no caller may wait any more.
func (f *Future[T]) logLateError(quiet []error) {
	if f.logged {
		return
	}
	f.logged = true
	f.onDone(func() { f.loop.logError("Exception in Future after timeout", f.err, quiet) })
}

// logError logs err, unless it is nil, a cancellation, or matches one of quiet.
func (l *IOLoop) logError(text string, err error, quiet []error) {
	if err == nil || errors.Is(err, context.Canceled) ||
		slices.ContainsFunc(quiet, func(q error) bool { return errors.Is(err, q) }) {
		return
	}
	log.Error(log.App(), text, err)
}

// ChainFuture completes to with the result of from, unless to is already done. The two
// may belong to different loops; call it on the loop of from. Tornado: chain_future.
func ChainFuture[T any](from, to *Future[T]) {
	from.loop.CheckOwner("ChainFuture")
	from.onDone(func() {
		if from.loop == to.loop {
			to.complete(from.value, from.err)
			return
		}
		to.loop.addPlain(func() { to.complete(from.value, from.err) })
	})
}

// Multi returns a future that is done when all of fs are: with their results in order, or
// with the first error in that order. Further errors are logged; [MultiSlice] can exempt
// some. Tornado: gen.multi.
func Multi[T any](l *IOLoop, fs ...*Future[T]) *Future[[]T] { return MultiSlice(l, fs) }

// MultiSlice is Multi for a slice of futures. Errors that errors.Is matches with one of
// quiet are not logged. Tornado: gen.multi with quiet_exceptions.
func MultiSlice[T any](l *IOLoop, fs []*Future[T], quiet ...error) *Future[[]T] {
	l.CheckOwner("Multi")
	all := NewFuture[[]T](l)
	whenAll(slices.Values(fs), func(*Future[T]) {}, func() {
		if err := firstError(l, fs, quiet); err != nil {
			all.SetError(err)
			return
		}
		all.SetResult(valuesOf(fs))
	})
	return all
}

// MultiMap returns a future that is done when all of fs are: with their results by key, or
// with the error that came first. Further errors are logged, unless errors.Is matches them
// with one of quiet. Tornado: gen.multi of a dict.
func MultiMap[K comparable, T any](l *IOLoop, fs map[K]*Future[T], quiet ...error) *Future[map[K]T] {
	l.CheckOwner("MultiMap")
	all := NewFuture[map[K]T](l)
	ended := make([]*Future[T], 0, len(fs))
	whenAll(maps.Values(fs), func(f *Future[T]) { ended = append(ended, f) }, func() {
		if err := firstError(l, ended, quiet); err != nil {
			all.SetError(err)
			return
		}
		all.SetResult(valuesByKey(fs))
	})
	return all
}

func valuesOf[T any](fs []*Future[T]) []T {
	values := make([]T, len(fs))
	for i, f := range fs {
		values[i] = f.value
	}
	return values
}

func valuesByKey[K comparable, T any](fs map[K]*Future[T]) map[K]T {
	values := make(map[K]T, len(fs))
	for k, f := range fs {
		values[k] = f.value
	}
	return values
}

// whenAll calls each for every future when it is done, and then once after all of them.
// For futures that are already done, each is called before whenAll returns.
func whenAll[T any](fs iter.Seq[*Future[T]], each func(*Future[T]), then func()) {
	missing := 1
	one := func() {
		if missing--; missing == 0 {
			then()
		}
	}
	for f := range fs {
		if f.done {
			f.markSeen()
			each(f)
			continue
		}
		missing++
		f.onDone(func() { each(f); one() })
	}
	one()
}

// firstError returns the first error of fs and logs the others.
func firstError[T any](l *IOLoop, fs []*Future[T], quiet []error) (first error) {
	logged := map[*Future[T]]bool{}
	for _, f := range fs {
		switch {
		case f.err == nil || logged[f]:
		case first == nil:
			first = f.err
		default:
			l.logError("Multiple exceptions in yield list", f.err, quiet)
		}
		logged[f] = true
	}
	return first
}
