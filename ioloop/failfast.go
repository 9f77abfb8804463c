package ioloop

import (
	"iter"
	"maps"
	"slices"
)

// FailFast returns a future that is done when all of fs are, with their results in order, or
// as soon as one of them fails, with its error. It then cancels the others; their later
// errors are logged. Cancelling the future cancels all of fs. Tornado's multi waits for all.
func FailFast[T any](l *IOLoop, fs ...*Future[T]) *Future[[]T] {
	l.CheckOwner("FailFast")
	all := NewFuture[[]T](l)
	failFast(all, slices.Values(fs), func() { all.SetResult(valuesOf(fs)) })
	return all
}

// FailFastMap is FailFast for a map, with the results by key.
func FailFastMap[K comparable, T any](l *IOLoop, fs map[K]*Future[T]) *Future[map[K]T] {
	l.CheckOwner("FailFastMap")
	all := NewFuture[map[K]T](l)
	failFast(all, maps.Values(fs), func() { all.SetResult(valuesByKey(fs)) })
	return all
}

// failFast completes all with the first error of fs, or calls succeed when all of fs are done
// without one.
func failFast[R, T any](all *Future[R], fs iter.Seq[*Future[T]], succeed func()) {
	cancelOthers := func() {
		for f := range fs {
			if !f.done {
				f.Cancel()
			}
		}
	}
	all.cancel = func() {
		all.SetError(ErrCancelled)
		cancelOthers()
	}
	whenAll(fs, func(f *Future[T]) {
		switch {
		case f.err == nil:
		case all.SetError(f.err):
			cancelOthers()
		case f.err != all.err:
			all.loop.logError("Multiple exceptions in yield list", f.err, nil)
		}
	}, func() {
		if !all.done {
			succeed()
		}
	})
}
