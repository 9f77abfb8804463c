package webtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// Timeout returns the limit for a fetch and for OnLoop: 5 s, or the value of the environment
// variable ASYNC_TEST_TIMEOUT, in seconds. Tornado: get_async_test_timeout.
func Timeout() time.Duration {
	if seconds, err := strconv.ParseFloat(os.Getenv("ASYNC_TEST_TIMEOUT"), 64); err == nil && seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	return 5 * time.Second
}

// A Looper is the part of a suite, or of a [AppServer], that Await uses.
type Looper interface{ Loop() *ioloop.IOLoop }

// Await runs fn in a coroutine of the loop of s and returns the results of fn. After Timeout it
// returns an error that wraps context.DeadlineExceeded and names the functions that wait, and
// the coroutine is cancelled. Call it on the test's goroutine. For example, a test waits for a future with it:
//
//	value, err := webtest.Await(s, func() (int, error) { return compute(s.Loop()).Await() })
func Await[T any](s Looper, fn func() (T, error)) (T, error) { return await(s.Loop(), Timeout(), fn) }

func await[T any](loop *ioloop.IOLoop, limit time.Duration, fn func() (T, error)) (value T, err error) {
	expired := time.NewTimer(limit)
	defer expired.Stop()
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	started := make(chan *ioloop.Future[T], 1)
	loop.AddCallback(func() {
		f := ioloop.Go(loop, fn)
		started <- f
		value, err := f.Await()
		results <- result{value, err}
	})
	select {
	case r := <-results:
		return r.value, r.err
	case <-expired.C:
	}
	err = fmt.Errorf("webtest: timed out after %v%s: %w", limit, describeWaiting(), context.DeadlineExceeded)
	loop.AddCallback(func() {
		select {
		case f := <-started:
			f.Cancel()
		default: // the loop has not handled it yet
		}
	})
	return value, err
}

// GenTest runs fn in a coroutine of a new loop in debug mode, and closes the loop. The test
// fails if fn returns an error or takes longer than Timeout. fn must not end the goroutine, as
// the functions of package require do. Tornado: @gen_test.
func GenTest(t testing.TB, fn func(loop *ioloop.IOLoop) error) {
	t.Helper()
	loop, err := ioloop.New(ioloop.Options{Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	ended := startLoop(loop)
	_, err = await(loop, Timeout(), func() (struct{}, error) { return struct{}{}, fn(loop) })
	loop.AddCallback(func() { loop.CallSettled(loop.Stop) }) // after a cancelled fn has ended
	<-ended
	if err = errors.Join(err, loop.CloseAll()); err != nil {
		t.Error(err)
	}
}
