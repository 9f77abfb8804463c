// Package deadline has deadlines that may be moved while a goroutine waits for them.
package deadline

import (
	"sync"
	"time"
)

// A Movable is a deadline: a time at which waits end, also those that began before it was
// set. The zero value never passes. Any goroutine may use it.
type Movable struct {
	mu     sync.Mutex
	timer  *time.Timer
	passed chan struct{} // closed when the deadline passes; nil until it is needed
}

// Set moves the deadline to t. The zero time removes it.
func (d *Movable) Set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.passed // the timer has fired, so its function will close the channel
	}
	d.timer = nil
	select {
	case <-d.passed:
		d.passed = nil
	default:
	}
	if t.IsZero() {
		return
	}
	if d.passed == nil {
		d.passed = make(chan struct{})
	}
	passed := d.passed
	if wait := time.Until(t); wait > 0 {
		d.timer = time.AfterFunc(wait, func() { close(passed) })
		return
	}
	close(passed)
}

// Passed returns a channel that is closed when the deadline passes. A later Set moves the
// deadline of the same channel, unless the channel is closed already.
func (d *Movable) Passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.passed == nil {
		d.passed = make(chan struct{})
	}
	return d.passed
}
