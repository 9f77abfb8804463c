package websocket

import (
	"math/rand/v2"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// reasonPingTimedOut is in the close frame to a peer that did not answer a ping.
const reasonPingTimedOut = "ping timed out"

// A pingSchedule says when to ping and when to give a peer up. It knows no clock: it
// is told the time as often as it asked to be, and of each pong.
//
// The rule: a ping each interval. When timeout has passed since one, some pong must have
// come since; other messages do not count.
type pingSchedule struct {
	interval time.Duration
	timeout  time.Duration // 0: no answer is asked for
	sent     time.Time     // the last ping
	awaiting bool          // its timeout has not passed
	ponged   bool          // a pong came since
}

// newPingSchedule takes what PingInterval and PingTimeout return, with interval > 0.
func newPingSchedule(interval, timeout time.Duration) pingSchedule {
	switch {
	case timeout < 0:
		timeout = 0
	case timeout == 0, timeout > interval:
		timeout = interval
	}
	return pingSchedule{interval: interval, timeout: timeout}
}

// first is how long to wait before the first call of next: up to a quarter of the
// interval less than it, by random out of [0, 1), so that peers which came all
// together are not pinged all together.
func (s *pingSchedule) first(random float64) time.Duration {
	return s.interval - time.Duration(random*float64(s.interval/4))
}

type pingStep uint8

const (
	pingWait   pingStep = iota // do nothing
	pingSend                   // send a ping
	pingGiveUp                 // the peer is gone
)

// next says what to do now and how long to wait before the call after this. excused
// says that a pong could not have been heard.
func (s *pingSchedule) next(now time.Time, excused bool) (do pingStep, wait time.Duration) {
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

// A keepAlive pings the peer of a connection, whether OnMessage waits or not.
type keepAlive struct {
	schedule pingSchedule
	timer    ioloop.CoarseTimeout
	p        *protocol13
	sent     uint64 // what the stream had sent at the last ping
}

// startPings starts to ping, if the handler wants that.
func (p *protocol13) startPings() {
	if p.state != stateOpen {
		return
	}
	interval := p.hooks.PingInterval()
	if interval <= 0 {
		return
	}
	p.pings = &keepAlive{schedule: newPingSchedule(interval, p.hooks.PingTimeout()), p: p}
	p.pings.plan(p.pings.schedule.first(rand.Float64()))
}

func (k *keepAlive) plan(wait time.Duration) {
	k.p.stream.Loop().SetCoarseTimeout(&k.timer, wait, k)
}

// HandleCoarseTimeout takes the step that is due.
func (k *keepAlive) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	if k.p.state != stateOpen {
		return
	}
	do, wait := k.schedule.next(k.p.stream.Loop().Time(), k.excused(k.p.stream.Sent()))
	switch do {
	case pingGiveUp:
		k.p.close(0, reasonPingTimedOut)
		return
	case pingSend:
		k.p.send(0, opPing, nil)
		k.sent = k.p.stream.Sent()
	}
	k.plan(wait)
}

// excused reports whether a pong would not have been read: messages or a close frame wait to
// be handled, or the peer is held back until it has read its output, and does read. sent
// is the number of bytes that the stream has sent by now.
func (k *keepAlive) excused(sent uint64) bool {
	p := k.p
	return p.deaf || p.held&unread != 0 || p.held&holdOutput != 0 && sent != k.sent
}

func (k *keepAlive) stop() { k.p.stream.Loop().RemoveCoarseTimeout(&k.timer) }
