// Package looptest runs event loops in tests.
package looptest

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// Patience is the time limit for events that happen soon on an idle machine. It is long, because
// machines that run tests are often busy.
const Patience = time.Minute

// New returns a loop in debug mode, which is closed at the end of the test.
func New(t testing.TB) *ioloop.IOLoop {
	t.Helper()
	return NewWith(t, ioloop.Options{})
}

// NewWith is New with options. It turns debug mode on, without reports of slow callbacks. For
// a benchmark it turns debug mode off.
func NewWith(t testing.TB, o ioloop.Options) *ioloop.IOLoop {
	t.Helper()
	_, benchmark := t.(*testing.B)
	o.Debug, o.SlowCallback = !benchmark, time.Minute
	l, err := ioloop.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Run runs fn in a coroutine of l and returns after fn. The test fails if fn takes longer
// than Patience, and ends if fn ends it with FailNow or SkipNow.
func Run(t testing.TB, l *ioloop.IOLoop, fn func()) {
	t.Helper()
	returned := false
	_, err := ioloop.RunSync(l, Patience, func() (struct{}, error) {
		fn()
		returned = true
		return struct{}{}, nil
	})
	switch {
	case !returned && (t.Failed() || t.Skipped()):
		runtime.Goexit() // FailNow or SkipNow ended only the coroutine
	case err != nil:
		t.Fatal(err)
	}
}

// RunNew is Run on a new loop, which is closed after fn has returned.
func RunNew(t testing.TB, fn func(l *ioloop.IOLoop)) {
	t.Helper()
	l := New(t)
	defer l.Close()
	Run(t, l, func() { fn(l) })
}

// Start runs l on a goroutine of its own until stop is called or the test ends. Then it
// closes l with all its descriptors.
func Start(t testing.TB, l *ioloop.IOLoop) (stop func()) {
	stopped := make(chan struct{})
	go func() { l.Start(); close(stopped) }()
	stop = func() { l.CloseAll(); <-stopped }
	t.Cleanup(stop)
	return stop
}

// Main runs the tests of a package that uses web/webtest, with Patience as the limit of its
// waits. It returns the exit status. An environment variable ASYNC_TEST_TIMEOUT has priority.
func Main(m interface{ Run() int }) (status int) {
	if os.Getenv("ASYNC_TEST_TIMEOUT") == "" {
		os.Setenv("ASYNC_TEST_TIMEOUT", strconv.Itoa(int(Patience.Seconds())))
	}
	return m.Run()
}
