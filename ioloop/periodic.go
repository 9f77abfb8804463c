package ioloop

import (
	"math"
	"math/rand/v2"
	"time"
)

// A PeriodicCallback calls a function again and again, in a loop coroutine. Calls
// never overlap: while one waits, those that would be due are skipped, and the
// next comes when it would have come without them. A panic is logged and ends
// nothing. Tornado: ioloop.PeriodicCallback.
type PeriodicCallback struct {
	// Jitter varies each period at random by up to this share of it in all, so that
	// many that were started together drift apart: 0.1 is ±5 %. 0 is none.
	Jitter float64

	loop    *IOLoop
	fn      func()
	period  time.Duration
	random  func() float64
	running bool
	calling bool
	planned time.Duration // when the last call was, or is, to be, since the loop's epoch
	timeout *Timeout
}

// NewPeriodicCallback returns one that is not started. A period that is not positive
// panics. Calls that fall due while the loop is held up are skipped, but for one.
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
	if !p.calling { // else the end of that call plans the next
		p.plan()
	}
}

// Stop cancels the call that is planned. One that goes on is not interrupted.
// Tornado: PeriodicCallback.stop.
func (p *PeriodicCallback) Stop() {
	p.loop.CheckOwner("PeriodicCallback.Stop")
	p.running = false
	p.loop.RemoveTimeout(p.timeout)
	p.timeout = nil
}

// IsRunning reports whether it was started and not stopped since.
// Tornado: PeriodicCallback.is_running.
func (p *PeriodicCallback) IsRunning() bool {
	p.loop.CheckOwner("PeriodicCallback.IsRunning")
	return p.running
}

func (p *PeriodicCallback) plan() {
	p.planned = nextPeriod(p.planned, p.loop.after(0), p.period, p.Jitter, p.random())
	p.timeout = p.loop.timeouts.add(p.planned, p.call)
}

func (p *PeriodicCallback) call() {
	p.timeout, p.calling = nil, true
	defer func() {
		p.calling = false
		if p.running && !p.loop.closed {
			p.plan()
		}
	}()
	p.fn()
}

// nextPeriod returns the first time in the future that is a whole number of periods
// after planned, so that late calls keep the phase. If now is not past planned, for
// the clock went back or the call was early, that is one period after it. random,
// from 0 to 1, varies the period by jitter. What a time cannot hold is as far as it goes.
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
