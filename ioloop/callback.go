package ioloop

// Callback returns a function that takes a result, and the future that its first call
// resolves. Pass the function to code that reports its result through a callback, and await
// the future. Any goroutine may call the function. Tornado 2.2: gen.Task, gen.Callback and
// gen.Wait.
//
//	done, result := ioloop.Callback[string](loop)
//	lookup(name, done)
//	text, err := result.Await()
func Callback[T any](l *IOLoop) (func(T), *Future[T]) {
	f := NewFuture[T](l)
	return func(value T) { l.AddCallback(func() { f.SetResult(value) }) }, f
}
