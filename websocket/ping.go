package websocket

import (
	"math/rand/v2"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// reasonPingTimedOut is the reason in the close frame for a peer that sent no pong in time.
const reasonPingTimedOut = "ping timed out"

// A pingSchedule decides when to send a ping and when to close the connection. It has no clock:
// it gets the time in each call, and is told of each pong.
//
// A ping is sent every interval. If timeout has passed after a ping, a pong must have arrived
// since it was sent. Other messages do not count.
type pingSchedule struct {
	interval time.Duration
	timeout  time.Duration // 0: a pong is not necessary
	sent     time.Time     // the last ping
	awaiting bool          // a ping was sent, and its timeout has not passed
	ponged   bool          // a pong has arrived since then
}

// newPingSchedule returns the schedule for the results of PingInterval, which is above 0, and
// of PingTimeout.
func newPingSchedule(interval, timeout time.Duration) pingSchedule {
	switch {
	case timeout < 0:
		timeout = 0
	case timeout == 0, timeout > interval:
		timeout = interval
	}
	return pingSchedule{interval: interval, timeout: timeout}
}

// firstWait returns the time until the first call of nextStep. It is up to a quarter shorter
// than the interval, by random out of [0, 1), so that peers that connected together are not
// pinged together.
func (s *pingSchedule) firstWait(random float64) time.Duration {
	return s.interval - time.Duration(random*float64(s.interval/4))
}

type pingStep uint8

const (
	pingWait   pingStep = iota // do nothing
	pingSend                   // send a ping
	pingGiveUp                 // close the connection
)

// nextStep returns the step to take now, and the time until the next call. excused reports that a
// pong may have arrived without being read.
func (s *pingSchedule) nextStep(now time.Time, excused bool) (do pingStep, wait time.Duration) {
	if s.awaiting {
		s.awaiting = false
		if !s.ponged && !excused {
			return pingGiveUp, 0
		}
		if wait := s.sent.Add(s.interval).Sub(now); wait > 0 {
			return pingWait, wait
		}
	}
	s.sent, s.ponged = now, false
	if s.timeout == 0 {
		return pingSend, s.interval
	}
	s.awaiting = true
	return pingSend, s.timeout
}

// A keepAlive pings the peer of a connection, also while OnMessage waits.
type keepAlive struct {
	schedule pingSchedule
	timer    ioloop.CoarseTimeout
	p        *protocol13
	sent     uint64 // bytes that the stream had sent at the last ping
}

// startPings starts the pings if the handler has a PingInterval.
func (p *protocol13) startPings() {
	if p.state != stateOpen {
		return
	}
	interval := p.hooks.PingInterval()
	if interval <= 0 {
		return
	}
	p.pings = &keepAlive{schedule: newPingSchedule(interval, p.hooks.PingTimeout()), p: p}
	p.pings.scheduleStep(p.pings.schedule.firstWait(rand.Float64()))
}

// scheduleStep schedules the next step.
func (k *keepAlive) scheduleStep(wait time.Duration) {
	k.p.stream.Loop().SetCoarseTimeout(&k.timer, wait, k)
}

// HandleCoarseTimeout takes the step that is due.
func (k *keepAlive) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	if k.p.state != stateOpen {
		return
	}
	do, wait := k.schedule.nextStep(k.p.stream.Loop().Time(), k.excused(k.p.stream.Sent()))
	switch do {
	case pingGiveUp:
		k.p.close(0, reasonPingTimedOut)
		return
	case pingSend:
		k.p.send(0, opPing, nil)
		k.sent = k.p.stream.Sent()
	}
	k.scheduleStep(wait)
}

// excused reports whether a pong would not have been read. That is so if events wait for
// OnMessage, or if reading is paused until the peer has read its output, and it does read. sent
// is the number of bytes that the stream has sent by now.
func (k *keepAlive) excused(sent uint64) bool {
	p := k.p
	return p.ignoresInput || p.pausedFor&readingPaused != 0 || p.pausedFor&pausedByOutput != 0 && sent != k.sent
}

func (k *keepAlive) stop() { k.p.stream.Loop().RemoveCoarseTimeout(&k.timer) }
