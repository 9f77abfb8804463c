package ioloop_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// onLoop runs fn in a coroutine of a new loop until it returns.
func onLoop(fn func(l *ioloop.IOLoop)) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer l.Close()
	if _, err := ioloop.RunSync(l, time.Minute, func() (any, error) { fn(l); return nil, nil }); err != nil {
		panic(err)
	}
}

// Most programs have one loop, and Start is their last call.
func Example() {
	loop := ioloop.Instance()
	loop.AddCallback(func() {
		fmt.Println("hello, loop")
		ioloop.Sleep(loop, time.Millisecond).Await() // parks this callback alone
		fmt.Println("goodbye")
		loop.Stop()
	})
	loop.CallLater(0, func() { fmt.Println("meanwhile") })
	loop.Start()
	// Output:
	// hello, loop
	// meanwhile
	// goodbye
}

func ExampleFuture_Await() {
	onLoop(func(l *ioloop.IOLoop) {
		answer := ioloop.NewFuture[int](l)
		l.CallLater(time.Millisecond, func() { answer.SetResult(42) })
		v, err := answer.Await()
		fmt.Println(v, err)

		_, err = ioloop.WithTimeout(ioloop.NewFuture[int](l), time.Millisecond).Await()
		fmt.Println(err, errors.Is(err, ioloop.ErrTimeout))
	})
	// Output:
	// 42 <nil>
	// ioloop: timeout true
}

// A cancelled coroutine gets ErrCancelled from the call in which it waits.
func ExampleGo() {
	onLoop(func(l *ioloop.IOLoop) {
		job := ioloop.Go(l, func() (string, error) {
			defer fmt.Println("cleaned up")
			_, err := ioloop.Sleep(l, time.Hour).Await()
			return "slept well", err
		})
		job.Cancel()
		_, err := job.Await()
		fmt.Println(err)
	})
	// Output:
	// cleaned up
	// ioloop: cancelled
}

// Blocking work runs on a goroutine while the loop goes on.
func ExampleRunInExecutor() {
	onLoop(func(l *ioloop.IOLoop) {
		_, err := ioloop.RunInExecutor(l, func() ([]byte, error) {
			return os.ReadFile("/no/such/file")
		}).Await()
		fmt.Println(errors.Is(err, os.ErrNotExist))
	})
	// Output: true
}

func ExampleRunInExecutorContext() {
	onLoop(func(l *ioloop.IOLoop) {
		query := ioloop.RunInExecutorContext(context.Background(), l, func(ctx context.Context) (int, error) {
			<-ctx.Done() // stands for a slow database
			return 0, ctx.Err()
		})
		l.CallLater(time.Millisecond, func() { query.Cancel() }) // the client has gone
		_, err := query.Await()
		fmt.Println(err)
	})
	// Output: ioloop: cancelled
}

func ExamplePeriodicCallback() {
	onLoop(func(l *ioloop.IOLoop) {
		done := ioloop.NewFuture[int](l)
		n := 0
		tick := ioloop.NewPeriodicCallback(l, time.Millisecond, func() {
			if n++; n == 3 {
				done.SetResult(n)
			}
		})
		tick.Start()
		defer tick.Stop()
		v, _ := done.Await()
		fmt.Println("called", v, "times")
	})
	// Output: called 3 times
}

func ExampleMulti() {
	onLoop(func(l *ioloop.IOLoop) {
		square := func(n int) *ioloop.Future[int] {
			return ioloop.RunInExecutor(l, func() (int, error) { return n * n, nil })
		}
		squares, err := ioloop.Multi(l, square(2), square(3), square(4)).Await()
		fmt.Println(squares, err)

		byName, _ := ioloop.MultiMap(l, map[string]*ioloop.Future[int]{"five": square(5), "six": square(6)}).Await()
		fmt.Println(byName["five"], byName["six"])
	})
	// Output:
	// [4 9 16] <nil>
	// 25 36
}

func ExampleWaitIterator() {
	onLoop(func(l *ioloop.IOLoop) {
		after := func(d time.Duration, name string) *ioloop.Future[string] {
			return ioloop.Go(l, func() (string, error) {
				_, err := ioloop.Sleep(l, d).Await()
				return name, err
			})
		}
		for i, f := range ioloop.NewWaitIterator(l, after(10*time.Millisecond, "slow"), after(0, "quick")).All() {
			name, _ := f.Await()
			fmt.Println(i, name)
		}
	})
	// Output:
	// 1 quick
	// 0 slow
}
