package looptest

import (
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

var _ ioloop.Clock = (*ManualClock)(nil)

// A ManualClock stands still until Advance moves it. On a loop with this clock, no timeout ends
// because the machine is slow. It is webtest.FakeClock for the packages that webtest imports.
type ManualClock struct {
	mu      sync.Mutex
	now     time.Time
	changed []func()
}

// NewManualClock returns a clock that shows the time of the call.
func NewManualClock() *ManualClock { return &ManualClock{now: time.Now()} }

// Now implements [ioloop.Clock].
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// OnChange implements [ioloop.Clock].
func (c *ManualClock) OnChange(changed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, changed)
}

// Advance moves the clock forward by d. Any goroutine may call it.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	changed := c.changed
	c.mu.Unlock()
	for _, fn := range changed {
		fn()
	}
}

// Run advances the clock by step every few milliseconds, until the test ends.
func (c *ManualClock) Run(t testing.TB, step time.Duration) {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				c.Advance(step)
			}
		}
	}()
}
