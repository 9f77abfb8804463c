package ioloop_test

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// A future that is made by hand, from another future and a callback.
func ExampleFuture_AddDoneCallback() {
	onLoop(func(l *ioloop.IOLoop) {
		length := func(text *ioloop.Future[string]) *ioloop.Future[int] {
			result := ioloop.NewFuture[int](l)
			text.AddDoneCallback(func(text *ioloop.Future[string]) {
				value, err := text.Result()
				if err != nil {
					result.SetError(err)
					return
				}
				result.SetResult(len(value))
			})
			return result
		}
		n, err := length(ioloop.RunInExecutor(l, func() (string, error) { return "hello", nil })).Await()
		fmt.Println(n, err)
	})
	// Output: 5 <nil>
}

// RunSync runs one function on a loop, and returns its error.
func ExampleRunSync() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	divide := func(a, b int) (int, error) {
		if b == 0 {
			return 0, errors.New("division by zero")
		}
		return a / b, nil
	}
	_, err = ioloop.RunSync(loop, time.Minute, func() (int, error) { return divide(1, 0) })
	fmt.Println(err)
	// Output: division by zero
}

// MultiSlice waits for any number of futures.
func ExampleMultiSlice() {
	onLoop(func(l *ioloop.IOLoop) {
		var lengths []*ioloop.Future[int]
		for _, word := range []string{"one", "three", "eleven"} {
			lengths = append(lengths, ioloop.RunInExecutor(l, func() (int, error) { return len(word), nil }))
		}
		all, err := ioloop.MultiSlice(l, lengths).Await()
		fmt.Println(all, err)
	})
	// Output: [3 5 6] <nil>
}

// Work that begins before the result of the work before it is needed: the next chunk is read
// while this one is written.
func Example_interleaving() {
	onLoop(func(l *ioloop.IOLoop) {
		chunks := []string{"first", "second", "third"}
		read := func() *ioloop.Future[string] {
			return ioloop.Go(l, func() (chunk string, err error) {
				if len(chunks) > 0 {
					chunk, chunks = chunks[0], chunks[1:]
					fmt.Println("reading", chunk)
				}
				return chunk, ioloop.Moment(l)
			})
		}
		next := read()
		for {
			chunk, err := next.Await()
			if err != nil || chunk == "" {
				return
			}
			next = read() // not awaited yet
			fmt.Println("writing", chunk)
			ioloop.Moment(l) // stands for a write that waits
		}
	})
	// Output:
	// reading first
	// reading second
	// writing first
	// reading third
	// writing second
	// writing third
}

// cursor is an iterator over the rows of a query that waits for each row.
func cursor(l *ioloop.IOLoop, rows int) iter.Seq2[int, error] {
	return func(yield func(row int, err error) bool) {
		for n := range rows {
			row, err := ioloop.RunInExecutor(l, func() (int, error) { return n * n, nil }).Await()
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// A loop over results that come one after another. Tornado: async for.
func Example_cursor() {
	onLoop(func(l *ioloop.IOLoop) {
		for row, err := range cursor(l, 3) {
			fmt.Println(row, err)
		}
	})
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 4 <nil>
}

// Work that is repeated. With Sleep after the work, the time of the work is added to each period.
// With a Sleep that begins before the work, the period is fixed. PeriodicCallback does the latter.
func ExampleSleep() {
	onLoop(func(l *ioloop.IOLoop) {
		const period = time.Millisecond // a minute in a real program
		for n := range 2 {
			fmt.Println("work", n)
			ioloop.Sleep(l, period).Await()
		}
		for n := range 2 {
			next := ioloop.Sleep(l, period)
			fmt.Println("work on time", n)
			next.Await()
		}
	})
	// Output:
	// work 0
	// work 1
	// work on time 0
	// work on time 1
}

// The results of named futures, in the order in which they come.
func ExampleNewWaitIteratorMap() {
	onLoop(func(l *ioloop.IOLoop) {
		slow, quick := ioloop.NewFuture[string](l), ioloop.NewFuture[string](l)
		results := ioloop.NewWaitIteratorMap(l, map[string]*ioloop.Future[string]{"slow": slow, "quick": quick})
		quick.SetResult("hare")
		for name, f := range results.All() {
			value, err := f.Await()
			fmt.Println(name, value, err)
			slow.SetResult("tortoise")
		}
	})
	// Output:
	// quick hare <nil>
	// slow tortoise <nil>
}
