package cluster

import (
	"errors"
	"time"

	"github.com/gotornado/tornado/log"
)

// errSilentBroker is the reason for making a connection anew that carries nothing.
var errSilentBroker = errors.New("the broker has not delivered the beats of this process for a lease")

// A Status is a change of the connection to the broker; see websocket.BrokerStatus.
type Status struct {
	Connected     bool
	Err           error
	Away          time.Duration
	Dropped, Lost uint64
}

// A toldStatus is the status that was last told. Only clockLoop uses it.
type toldStatus struct {
	told    statusKind
	since   time.Time // when the connection ended
	dropped uint64    // the counters of that time
	lost    uint64
}

type statusKind uint8

const (
	toldNothing statusKind = iota
	toldAway
	toldConnected
)

// clockLoop does what is due, after each event and when the time has come.
func (k *BrokerLink) clockLoop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-k.ending:
			return
		case <-k.rearm:
		case <-timer.C:
		}
		timer.Reset(k.RunDue(k.now()).Sub(k.now()))
	}
}

// RunDue does what is due at the time now, and returns when it must be called again.
func (k *BrokerLink) RunDue(now time.Time) time.Time {
	k.mu.Lock()
	actions := k.membership.Due(now)
	if actions.Send != KindMessage {
		k.sendControl(actions.Send)
	}
	k.reopen = k.reopen || actions.Reopen
	if actions.Reopen {
		k.reason = errSilentBroker
	}
	k.endLingering(now)
	next := k.membership.Next(now)
	if len(k.lingering) > 0 {
		next = earlierOf(next, now.Add(min(k.options.Linger, time.Second)))
	}
	confirmed, reason := k.membership.Confirmed(), k.reason
	k.mu.Unlock()
	k.forgetSenders(actions.Gone)
	k.tellStatus(confirmed, reason, now)
	signal(k.wake)
	return next
}

// endLingering unsubscribes from the groups that have been without members for Linger.
func (k *BrokerLink) endLingering(now time.Time) {
	for t := range k.lingering {
		if now.Sub(t.emptySince) < k.options.Linger {
			continue
		}
		delete(k.lingering, t)
		delete(k.topics, t.name)
		k.changes[t.name] = false
		t.subscribed = false
		t.forgetAll()
	}
}

func earlierOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// sendControl has an envelope without content published, to all processes.
func (k *BrokerLink) sendControl(kind Kind) {
	k.beats++
	e := Envelope{Kind: kind, Sender: k.sender, Run: 1, Number: k.beats}
	k.control = append(k.control, QueuedPublication{Topic: k.beatTopic, Data: e.Encode()})
}

// forgetSenders forgets the numbers of processes that have ended.
func (k *BrokerLink) forgetSenders(gone []uint64) {
	if len(gone) == 0 {
		return
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, t := range k.topics {
		t.forget(gone)
	}
}

// tellStatus tells OnStatus and the log if the connection has come or gone.
func (k *BrokerLink) tellStatus(connected bool, reason error, now time.Time) {
	s, before := &k.status, k.status.told
	switch {
	case connected && before != toldConnected:
		s.told = toldConnected
		status := Status{Connected: true, Away: now.Sub(s.since),
			Dropped: k.dropped() - s.dropped, Lost: k.counts.lost.Load() - s.lost}
		log.Gen().Info("Connected to the broker.", "away", status.Away, "dropped", status.Dropped, "lost", status.Lost)
		k.callOnStatus(status)
	case !connected && before != toldAway && reason != nil:
		s.told = toldAway
		if before == toldConnected {
			s.since, s.dropped, s.lost = now, k.dropped(), k.counts.lost.Load()
		}
		log.Gen().Warn("There is no connection to the broker. Messages for other processes wait.", "error", reason)
		k.callOnStatus(Status{Err: reason})
	}
}

func (k *BrokerLink) callOnStatus(s Status) {
	if k.options.OnStatus != nil {
		k.options.OnStatus(s)
	}
}

// dropped returns how many messages were dropped because MaxPending was exceeded.
func (k *BrokerLink) dropped() uint64 {
	k.queueMutex.Lock()
	defer k.queueMutex.Unlock()
	return k.queue.Counts().Dropped
}
