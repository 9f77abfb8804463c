package locks_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locks"
)

// start runs fn in a coroutine of a new loop until it returns.
func start(fn func(l *ioloop.IOLoop)) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer l.Close()
	if _, err := ioloop.RunSync(l, time.Minute, func() (any, error) { fn(l); return nil, nil }); err != nil {
		panic(err)
	}
}

func ExampleCondition() {
	start(func(l *ioloop.IOLoop) {
		condition := locks.NewCondition(l)
		l.SpawnFunc(func() {
			fmt.Println("waiter: I'll wait")
			condition.Wait().Await()
			fmt.Println("waiter: done waiting")
		})
		fmt.Println("notifier: about to notify")
		condition.Notify(1)
		fmt.Println("notifier: done notifying")

		notified, _ := condition.Wait(time.Millisecond).Await()
		fmt.Println("notified again:", notified)
	})
	// Output:
	// waiter: I'll wait
	// notifier: about to notify
	// notifier: done notifying
	// waiter: done waiting
	// notified again: false
}

func ExampleEvent() {
	start(func(l *ioloop.IOLoop) {
		ready := locks.NewEvent(l)
		l.CallLater(time.Millisecond, ready.Set)
		ready.Wait().Await()
		fmt.Println("ready")
		_, err := ready.Wait(time.Second).Await()
		fmt.Println("still ready:", err == nil)
	})
	// Output:
	// ready
	// still ready: true
}

// A semaphore with two permits lets at most two of the workers work at once.
func ExampleSemaphore() {
	start(func(l *ioloop.IOLoop) {
		sem := locks.NewSemaphore(l, 2)
		working, most := 0, 0
		work := func() error {
			working++
			most = max(most, working)
			_, err := ioloop.Sleep(l, time.Millisecond).Await()
			working--
			return err
		}
		var workers []*ioloop.Future[struct{}]
		for range 10 {
			end := ioloop.NewFuture[struct{}](l)
			workers = append(workers, end)
			l.SpawnFunc(func() {
				defer end.SetResult(struct{}{})
				sem.With(work)
			})
		}
		ioloop.Multi(l, workers...).Await()
		fmt.Println("at once:", most)
	})
	// Output: at once: 2
}

func ExampleLock() {
	start(func(l *ioloop.IOLoop) {
		lock := locks.NewLock(l)
		save := func(name string) error {
			if _, err := lock.Acquire(time.Millisecond).Await(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			defer lock.Release()
			fmt.Println("saving", name)
			ioloop.Sleep(l, 100*time.Millisecond).Await() // a section that must not be interleaved
			return nil
		}
		l.SpawnFunc(func() { save("first") })
		err := save("second")
		fmt.Println(err, errors.Is(err, ioloop.ErrTimeout))
	})
	// Output:
	// saving first
	// second: ioloop: timeout true
}
