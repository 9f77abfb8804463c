package cluster

import (
	"math/rand/v2"
	"time"
)

// A Membership follows one process's connection to the broker, and which other processes are
// alive. It has no clock: the caller passes the time, executes what Due returns, and calls Due
// again after each event and at the time that Next returns.
type Membership struct {
	own   uint64
	beat  time.Duration
	lease time.Duration

	leases   Leases
	settling Settling
	awaited  []uint64 // the processes that were alive when the connection ended

	connected bool
	confirmed bool // an own beat has come back over this connection
	returned  bool // KindReturned is due
	reply     bool // a beat is due because another process has returned
	unheard   int  // own beats that have not come back
	lastBeat  time.Time
	ownHeard  time.Time // when an own beat last came back, or when the connection began
	nextBeat  time.Time
	gone      []uint64
}

const (
	// settleLimit is the longest time for which publications are held after a reconnect.
	settleLimit = time.Second
	// replyInterval is the shortest time between two beats that reply to other processes.
	replyInterval = 20 * time.Millisecond
	// processesPerBeat is how many processes there may be before beats become rarer.
	processesPerBeat = 64
)

// NewMembership returns the Membership of process own, which is not connected. A process
// counts as alive for lease after its last beat.
func NewMembership(own uint64, beat, lease time.Duration) *Membership {
	return &Membership{own: own, beat: beat, lease: lease}
}

// Actions tell the caller of Due to publish, to connect anew, or to forget processes.
type Actions struct {
	Send   Kind     // KindBeat or KindReturned is published, unless Send is KindMessage
	Reopen bool     // the connection looks alive and carries nothing: it must be made anew
	Gone   []uint64 // processes that have ended
}

// Connect records that the process is connected, and subscribed to all its topics.
func (m *Membership) Connect(now time.Time) {
	m.connected, m.confirmed, m.returned = true, false, true
	m.unheard, m.ownHeard = 0, now
	if len(m.awaited) > 0 {
		m.settling.Begin(m.awaited, now.Add(settleLimit))
	}
}

// Disconnect records that the connection has ended.
func (m *Membership) Disconnect() {
	if m.connected && m.confirmed {
		m.awaited = m.leases.All()
	}
	m.connected, m.confirmed, m.returned = false, false, false
}

// Hear records an envelope of the topic of beats. It reports whether the kind belongs there.
func (m *Membership) Hear(kind Kind, sender uint64, now time.Time) bool {
	switch {
	case kind != KindBeat && kind != KindReturned && kind != KindGoodbye:
		return false
	case sender == m.own:
		m.confirmed = m.connected
		m.unheard, m.ownHeard = 0, now
	case kind == KindGoodbye:
		m.settling.Heard(sender)
		if m.leases.End(sender) {
			m.gone = append(m.gone, sender)
		}
	default:
		m.settling.Heard(sender)
		m.leases.Renew(sender, now)
		m.reply = m.reply || kind == KindReturned
	}
	return true
}

// Due returns what must be done at the time now.
func (m *Membership) Due(now time.Time) Actions {
	a := Actions{Gone: append(m.gone, m.leases.Expire(now.Add(-m.factor()*m.lease))...)}
	m.gone = nil
	beatDue := !now.Before(m.nextBeat)
	if beatDue {
		m.schedule(now)
	}
	switch {
	case !m.connected:
	case m.returned:
		a.Send, m.returned = KindReturned, false
	case beatDue && m.isDeaf(now):
		a.Reopen = true
		m.Disconnect()
	case beatDue || m.reply && now.Sub(m.lastBeat) >= replyInterval:
		a.Send = KindBeat
	}
	if a.Send != KindMessage {
		m.lastBeat, m.reply = now, false
		m.unheard++
	}
	return a
}

// isDeaf reports whether several beats were sent, and none of them has come back for a lease.
// A process that stood still has sent one beat at most.
func (m *Membership) isDeaf(now time.Time) bool {
	return m.unheard >= int(m.lease/m.beat) && now.Sub(m.ownHeard) >= m.factor()*m.lease
}

// factor returns by how much beats are rarer than Beat says, because there are many processes.
func (m *Membership) factor() time.Duration {
	return time.Duration((m.leases.Len() + processesPerBeat) / processesPerBeat)
}

// schedule sets the time of the next beat. It varies by 10 % either way, so that the beats of
// many processes spread.
func (m *Membership) schedule(now time.Time) {
	d := m.factor() * m.beat
	m.nextBeat = now.Add(d - d/10 + rand.N(d/5+1))
}

// Next returns the time at which Due must be called if no event comes before.
func (m *Membership) Next(now time.Time) time.Time {
	next := m.nextBeat
	earlier := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if m.connected && m.reply {
		earlier(m.lastBeat.Add(replyInterval))
	}
	if m.connected && !m.settling.Settled(now) {
		earlier(m.settling.until)
	}
	return next
}

// Holds reports whether publications must wait: there is no connection, or other processes
// that were alive before have not connected again.
func (m *Membership) Holds(now time.Time) bool { return !m.connected || !m.settling.Settled(now) }

// Connected reports whether there is a connection.
func (m *Membership) Connected() bool { return m.connected }

// Confirmed reports whether there is a connection over which an own beat has come back.
func (m *Membership) Confirmed() bool { return m.confirmed }

// AwaitsBeat reports whether an own beat has not come back yet.
func (m *Membership) AwaitsBeat() bool { return m.unheard > 0 }

// Processes returns the number of processes that are alive, with this one.
func (m *Membership) Processes() int { return m.leases.Len() + 1 }
