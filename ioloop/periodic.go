package ioloop

import (
	"math"
	"math/rand/v2"
	"time"
)

// A PeriodicCallback calls a function periodically, in a loop coroutine. Calls never
// overlap: if a call is still running when the next is due, the next is skipped and the
// schedule stays as it was. A panic is logged; later calls go on.
// Tornado: ioloop.PeriodicCallback.
type PeriodicCallback struct {
	// Jitter varies each period at random, so that callbacks that start together drift
	// apart. It is the width of the range as a share of the period: 0.1 means ±5 %, 0 none.
	Jitter float64

	loop    *IOLoop
	fn      func()
	period  time.Duration
	random  func() float64
	running bool
	calling bool
	planned time.Duration // time of the last or next call, since the loop's epoch
	timeout *Timeout
}

// NewPeriodicCallback returns a PeriodicCallback that is not started. It panics if period
// is not positive. If the loop is blocked for several periods, one call is made for them.
func NewPeriodicCallback(l *IOLoop, period time.Duration, fn func()) *PeriodicCallback {
	if period <= 0 {
		panic("ioloop: periodic callback must have a positive period")
	}
	return &PeriodicCallback{loop: l, fn: fn, period: period, random: rand.Float64}
}

// Start plans the first call for one period from now. Starting twice does nothing.
// Tornado: PeriodicCallback.start.
func (p *PeriodicCallback) Start() {
	p.loop.CheckOwner("PeriodicCallback.Start")
	if p.running {
		return
	}
	p.running = true
	p.planned = p.loop.after(0)
	if !p.calling { // if a call is running, its end plans the next call
		p.planNext()
	}
}

// Stop cancels the planned call. A call that is running is not interrupted.
// Tornado: PeriodicCallback.stop.
func (p *PeriodicCallback) Stop() {
	p.loop.CheckOwner("PeriodicCallback.Stop")
	p.running = false
	p.loop.RemoveTimeout(p.timeout)
	p.timeout = nil
}

// IsRunning reports whether Start was called, and Stop not since then.
// Tornado: PeriodicCallback.is_running.
func (p *PeriodicCallback) IsRunning() bool {
	p.loop.CheckOwner("PeriodicCallback.IsRunning")
	return p.running
}

func (p *PeriodicCallback) planNext() {
	p.planned = nextPeriod(p.planned, p.loop.after(0), p.period, p.Jitter, p.random())
	p.timeout = p.loop.timeouts.addTimeout(p.planned, p.runCall)
}

func (p *PeriodicCallback) runCall() {
	p.timeout, p.calling = nil, true
	defer func() {
		p.calling = false
		if p.running && !p.loop.closed {
			p.planNext()
		}
	}()
	p.fn()
}

// nextPeriod returns the first time after now that is a whole number of periods after
// planned, so that late calls keep the phase. If now is before planned (the clock went
// back or the call was early), it returns planned plus one period. random, from 0 to 1,
// varies the period by jitter. Results that would overflow are limited to the maximum.
func nextPeriod(planned, now, period time.Duration, jitter, random float64) time.Duration {
	if jitter != 0 {
		varied := max(1, float64(period)*(1+jitter*(random-0.5)))
		period = math.MaxInt64
		if varied < math.MaxInt64 {
			period = time.Duration(varied)
		}
	}
	period = min(period, math.MaxInt64-max(planned, now, 0))
	missed := max(0, (now-planned)/period)
	return planned + (missed+1)*period
}
