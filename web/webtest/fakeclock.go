package webtest

import (
	"sync"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

var _ ioloop.Clock = (*FakeClock)(nil)

// A FakeClock is a clock that stands still until Advance moves it. A loop that is made with it
// runs a timeout when the clock has reached its time, so that a test of a long timeout takes no
// time:
//
//	clock := webtest.NewFakeClock()
//	loop, err := ioloop.New(ioloop.Options{Clock: clock})
//
// Several loops may share a clock. Deadlines of the operating system and of package net are
// not affected.
type FakeClock struct {
	mu      sync.Mutex
	now     time.Time
	changed []func()
}

// NewFakeClock returns a clock that shows the time of the call.
func NewFakeClock() *FakeClock { return &FakeClock{now: time.Now()} }

// Now implements [ioloop.Clock].
func (c *FakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// OnChange implements [ioloop.Clock].
func (c *FakeClock) OnChange(changed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, changed)
}

// Advance moves the clock forward by d, which must not be negative. Any goroutine may call it.
// The loops run the timeouts that have become due soon afterwards, in their own turns: await
// a future to know when.
func (c *FakeClock) Advance(d time.Duration) {
	if d < 0 {
		panic("webtest: a clock does not go back: Advance needs a positive duration")
	}
	c.mu.Lock()
	c.now = c.now.Add(d)
	changed := c.changed
	c.mu.Unlock()
	for _, fn := range changed {
		fn()
	}
}
