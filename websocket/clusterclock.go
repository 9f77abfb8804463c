package websocket

import (
	"errors"
	"time"

	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// errSilentBroker is the reason for making a connection anew that carries nothing.
var errSilentBroker = errors.New("websocket: the broker has not delivered the beats of this process for a lease")

// A BrokerStatus is a change of a cluster's connection to its broker.
type BrokerStatus struct {
	Connected bool          // a message of this process has come back through the broker
	Err       error         // why there is no connection
	Away      time.Duration // when connected: how long there was no connection
	Dropped   uint64        // when connected: messages that were dropped meanwhile because MaxPending was exceeded
	Lost      uint64        // when connected: messages of other processes that were found missing meanwhile
}

// A clusterStatus is the status that was last told.
type clusterStatus struct {
	connects uint64 // how many connections there have been; the link's mutex guards it
	// Only clockLoop uses the following.
	told    toldStatus
	since   time.Time // when the connection ended
	dropped uint64    // the counters of that time
	lost    uint64

	tooLarge []string // topics with a publication that was too large; only writeLoop uses it
}

// A toldStatus says which status was last told.
type toldStatus uint8

const (
	toldNothing toldStatus = iota
	toldAway
	toldConnected
)

// clockLoop does what is due, after each event and when the time has come.
func (k *clusterLink) clockLoop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-k.ending:
			return
		case <-k.rearm:
		case <-timer.C:
		}
		timer.Reset(k.runDue(k.now()).Sub(k.now()))
	}
}

// runDue does what is due at the time now, and returns when it must be called again.
func (k *clusterLink) runDue(now time.Time) time.Time {
	k.mu.Lock()
	actions := k.membership.Due(now)
	if actions.Send != cluster.KindMessage {
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
	k.wakeWriter()
	return next
}

func earlierOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// sendControl has an envelope without content published, to all processes.
func (k *clusterLink) sendControl(kind cluster.Kind) {
	k.beats++
	e := cluster.Envelope{Kind: kind, Sender: k.sender, Run: 1, Number: k.beats}
	k.control = append(k.control, Publication{Topic: k.beatTopic, Data: e.Encode()})
}

// forgetSenders forgets the numbers of processes that have ended.
func (k *clusterLink) forgetSenders(gone []uint64) {
	if len(gone) == 0 {
		return
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, g := range k.topics {
		g.shared.forget(gone)
	}
}

// tellStatus tells OnStatus and the log if the connection has come or gone.
func (k *clusterLink) tellStatus(connected bool, reason error, now time.Time) {
	s, before := &k.status, k.status.told
	switch {
	case connected && before != toldConnected:
		s.told = toldConnected
		status := BrokerStatus{Connected: true, Away: now.Sub(s.since),
			Dropped: k.dropped() - s.dropped, Lost: k.counts.lost.Load() - s.lost}
		log.Gen().Info("Connected to the broker.", "away", status.Away, "dropped", status.Dropped, "lost", status.Lost)
		k.callOnStatus(status)
	case !connected && before != toldAway && reason != nil:
		s.told = toldAway
		if before == toldConnected {
			s.since, s.dropped, s.lost = now, k.dropped(), k.counts.lost.Load()
		}
		log.Gen().Warn("There is no connection to the broker. Messages for other processes wait.", "error", reason)
		k.callOnStatus(BrokerStatus{Err: reason})
	}
}

func (k *clusterLink) callOnStatus(s BrokerStatus) {
	if k.options.OnStatus != nil {
		k.options.OnStatus(s)
	}
}

// dropped returns how many messages were dropped because MaxPending was exceeded.
func (k *clusterLink) dropped() uint64 {
	k.queueMutex.Lock()
	defer k.queueMutex.Unlock()
	return k.queue.Counts().Dropped
}
