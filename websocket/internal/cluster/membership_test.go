package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A membershipTest drives a Membership with a beat of 2 s and a lease of 6 s.
type membershipTest struct {
	*testing.T
	*Membership
	now time.Time
}

func newMembershipTest(t *testing.T) *membershipTest {
	m := &membershipTest{t, NewMembership(1, 2*time.Second, 6*time.Second), time.Unix(1000, 0)}
	require.Equal(t, Actions{}, m.due(), "there is no connection")
	return m
}

func (m *membershipTest) due() Actions { return m.Due(m.now) }

// connected connects, and lets the own beat come back.
func (m *membershipTest) connected() *membershipTest {
	m.Connect(m.now)
	require.Equal(m, Actions{Send: KindReturned}, m.due())
	require.False(m, m.Confirmed())
	m.Hear(KindReturned, 1, m.now)
	require.True(m, m.Confirmed())
	return m
}

// pass lets time pass until the next beat is due.
func (m *membershipTest) pass() {
	next := m.Next(m.now)
	require.True(m, next.After(m.now))
	m.now = next
}

func TestMembershipBeats(t *testing.T) { // cluster-33
	m := newMembershipTest(t).connected()
	for range 100 {
		before := m.lastBeat
		m.pass()
		require.Equal(t, Actions{Send: KindBeat}, m.due())
		require.InDelta(t, 2*time.Second, m.now.Sub(before), float64(200*time.Millisecond))
		require.Equal(t, Actions{}, m.due(), "one beat at a time")
		m.Hear(KindBeat, 1, m.now)
	}
	for process := range uint64(64) {
		m.Hear(KindBeat, 100+process, m.now)
	}
	m.pass() // this one was scheduled before
	m.due()
	before := m.lastBeat
	m.pass()
	require.InDelta(t, 4*time.Second, m.now.Sub(before), float64(400*time.Millisecond), "65 processes beat half as often")
}

func TestMembershipLeases(t *testing.T) { // cluster-15, cluster-35
	m := newMembershipTest(t).connected()
	m.Hear(KindBeat, 2, m.now)
	m.Hear(KindBeat, 3, m.now)
	require.Equal(t, 3, m.Processes())
	m.Hear(KindGoodbye, 3, m.now)
	require.Equal(t, []uint64{3}, m.due().Gone, "a goodbye counts at once")
	killed := m.now
	var gone []uint64
	for len(gone) == 0 {
		m.pass()
		gone = m.due().Gone
		m.Hear(KindBeat, 1, m.now)
	}
	require.Equal(t, []uint64{2}, gone)
	require.LessOrEqual(t, m.now.Sub(killed), 8200*time.Millisecond, "a lease and a beat")
	require.Greater(t, m.now.Sub(killed), 6*time.Second)
}

func TestMembershipReply(t *testing.T) { // cluster-23
	m := newMembershipTest(t).connected()
	m.Hear(KindReturned, 2, m.now)
	require.Equal(t, Actions{}, m.due(), "the last beat was just now")
	require.Equal(t, m.now.Add(replyInterval), m.Next(m.now))
	m.Hear(KindReturned, 3, m.now)
	m.pass()
	require.Equal(t, Actions{Send: KindBeat}, m.due(), "one beat replies to both")
	require.Equal(t, Actions{}, m.due())
}

func TestMembershipSettling(t *testing.T) { // cluster-23
	m := newMembershipTest(t)
	require.True(t, m.Holds(m.now))
	m.connected()
	require.False(t, m.Holds(m.now), "nothing is held after the first connection")
	m.Hear(KindBeat, 2, m.now)
	m.Hear(KindBeat, 3, m.now)
	m.Disconnect()
	require.True(t, m.Holds(m.now))
	m.now = m.now.Add(10 * time.Second) // more than a lease
	require.ElementsMatch(t, []uint64{2, 3}, m.due().Gone)

	m.connected()
	require.True(t, m.Holds(m.now), "processes that were alive before have not connected yet")
	m.Hear(KindReturned, 2, m.now)
	require.True(t, m.Holds(m.now))
	m.Hear(KindBeat, 3, m.now)
	require.False(t, m.Holds(m.now))

	m.Disconnect()
	m.connected()
	require.LessOrEqual(t, m.Next(m.now), m.now.Add(settleLimit))
	m.now = m.now.Add(settleLimit)
	require.False(t, m.Holds(m.now), "the others may have ended")
}

// A connection that ends before an own beat has come back does not change which processes
// are awaited.
func TestMembershipUnconfirmed(t *testing.T) { // cluster-23
	m := newMembershipTest(t).connected()
	m.Hear(KindBeat, 2, m.now)
	m.Disconnect()
	m.Connect(m.now)
	m.now = m.now.Add(10 * time.Second)
	m.due()
	m.Disconnect()
	m.Connect(m.now)
	require.True(t, m.Holds(m.now))
}

func TestMembershipReopen(t *testing.T) { // cluster-22
	m := newMembershipTest(t)
	m.Connect(m.now)
	connected := m.now
	for !m.due().Reopen {
		m.pass()
	}
	require.InDelta(t, 7*time.Second, m.now.Sub(connected), float64(1200*time.Millisecond), "a lease, until the next beat")
	require.False(t, m.Connected())

	m.connected()
	m.pass()
	require.Equal(t, Actions{Send: KindBeat}, m.due())
	m.now = m.now.Add(20 * time.Second) // the process was stopped
	require.Equal(t, Actions{Send: KindBeat}, m.due(), "a process that stood still keeps its connection")
}

func TestMembershipForeignKind(t *testing.T) {
	m := newMembershipTest(t).connected()
	require.False(t, m.Hear(KindMessage, 2, m.now))
	require.False(t, m.Hear(KindCame, 2, m.now))
	require.Equal(t, 1, m.Processes())
}
