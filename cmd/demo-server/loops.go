package main

import "github.com/gotornado/tornado/ioloop"

// call runs fn on the loop to. The future of its result belongs to the loop from,
// where call itself has to run.
func call[T any](from, to *ioloop.IOLoop, fn func() (T, error)) *ioloop.Future[T] {
	f := ioloop.NewFuture[T](from)
	to.AddCallback(func() {
		v, err := fn()
		from.AddCallback(func() {
			if err != nil {
				f.SetError(err)
			} else {
				f.SetResult(v)
			}
		})
	})
	return f
}
