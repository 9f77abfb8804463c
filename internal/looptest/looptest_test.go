package looptest

import (
	"runtime"
	"testing"

	"github.com/gotornado/tornado/ioloop"
)

func TestRunNewClosesTheLoop(t *testing.T) {
	var loop *ioloop.IOLoop
	ran := false
	RunNew(t, func(l *ioloop.IOLoop) {
		loop = l
		ioloop.Sleep(l, 0).Await()
		ran = true
	})
	if !ran {
		t.Error("RunNew did not wait for the function")
	}
	if err := loop.Start(); err == nil {
		t.Error("the loop still runs")
	}
}

func TestStartRunsTheLoopUntilTheEnd(t *testing.T) {
	var loop *ioloop.IOLoop
	t.Run("test", func(t *testing.T) {
		loop = New(t)
		Start(t, loop)
		ran := make(chan struct{})
		loop.AddCallback(func() { close(ran) })
		<-ran
	})
	if err := loop.Start(); err == nil {
		t.Error("the loop still runs")
	}
}

// FailNow and SkipNow in a coroutine end the test, as they do on the goroutine of the test.
func TestRunEndsAFailedTest(t *testing.T) {
	for _, ending := range []*endedTest{{failed: true}, {skipped: true}} {
		returned := false
		done := make(chan struct{})
		go func() {
			defer close(done)
			Run(ending, New(t), runtime.Goexit)
			returned = true
		}()
		if <-done; returned {
			t.Errorf("Run returned to the test %+v", ending)
		}
	}
}

// An endedTest was ended by FailNow or SkipNow.
type endedTest struct {
	testing.TB
	failed, skipped bool
}

func (e *endedTest) Helper()       {}
func (e *endedTest) Failed() bool  { return e.failed }
func (e *endedTest) Skipped() bool { return e.skipped }
