package web

import "github.com/gotornado/tornado/ioloop"

// Raised is the error that r, a value got from recover, stands for: the error that
// a handler raised, or a [*PanicError]. A value that ends a coroutine is panicked
// again. It is for packages that run hooks of handlers by themselves.
func Raised(r any) error {
	if ioloop.Unwinding(r) {
		panic(r)
	}
	return raised(r)
}
