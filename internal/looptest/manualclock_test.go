package looptest

import (
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

func TestManualClockStandsStillUntilItIsAdvanced(t *testing.T) {
	clock := NewManualClock()
	l := NewWith(t, ioloop.Options{Clock: clock})
	Start(t, l)
	set, fired := make(chan struct{}), make(chan struct{})
	l.AddCallback(func() {
		l.CallLater(time.Hour, func() { close(fired) })
		close(set)
	})
	<-set
	clock.Advance(time.Hour - 1)
	turned := make(chan struct{})
	l.AddCallback(func() { l.CallSoon(func() { close(turned) }) })
	<-turned
	select {
	case <-fired:
		t.Error("a timeout ended too early")
	default:
	}
	clock.Advance(1)
	<-fired
}
