// Package gen_benchmark measures coroutines. The futures are done when they are awaited, so the
// figures are the cost of a call, without the loop.
package gen_benchmark

import (
	"testing"

	"github.com/gotornado/tornado/ioloop"
)

const calls = 10 // of the inner coroutine in one iteration, as in Tornado's benchmark

// onLoop runs fn b.N times in a coroutine of a new loop.
func onLoop(b *testing.B, fn func(loop *ioloop.IOLoop) error) {
	b.Helper()
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer loop.Close()
	b.ReportAllocs()
	if _, err := ioloop.RunSync(loop, 0, func() (struct{}, error) {
		for b.Loop() {
			if err := fn(loop); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	}); err != nil {
		b.Fatal(err)
	}
}

func nothing() (struct{}, error) { return struct{}{}, nil }

// BenchmarkCoroutine awaits ten coroutines. Tornado: @gen.coroutine.
func BenchmarkCoroutine(b *testing.B) {
	onLoop(b, func(loop *ioloop.IOLoop) error {
		for range calls {
			if _, err := ioloop.Go(loop, nothing).Await(); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkCallback awaits the results of ten callbacks. Tornado 2.2: @gen.engine, gen.Task.
func BenchmarkCallback(b *testing.B) {
	onLoop(b, func(loop *ioloop.IOLoop) error {
		for range calls {
			done, result := ioloop.Callback[int](loop)
			done(1)
			if _, err := result.Await(); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkFunction calls ten functions. In Go a function that may wait need not be a coroutine of
// its own: it awaits in that of its caller.
func BenchmarkFunction(b *testing.B) {
	onLoop(b, func(*ioloop.IOLoop) error {
		for range calls {
			if _, err := nothing(); err != nil {
				return err
			}
		}
		return nil
	})
}
