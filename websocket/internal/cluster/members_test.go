package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSequences(t *testing.T) { // cluster-17, cluster-18, cluster-19
	type step struct {
		sender, run, number uint64
		want                Verdict
	}
	repeated := Verdict{Repeated: true}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"in order", []step{{1, 1, 1, Verdict{}}, {1, 1, 2, Verdict{}}, {1, 1, 3, Verdict{}}}},
		{"the first number may be any", []step{{1, 1, 900, Verdict{}}, {1, 1, 901, Verdict{}}}},
		{"lost numbers are counted once", []step{{1, 1, 1, Verdict{}}, {1, 1, 5, Verdict{Lost: 3}}, {1, 1, 6, Verdict{}}}},
		{"a repeated batch", []step{{1, 1, 1, Verdict{}}, {1, 1, 2, Verdict{}}, {1, 1, 1, repeated}, {1, 1, 2, repeated}, {1, 1, 3, Verdict{}}}},
		{"a number that arrives late is not delivered", []step{{1, 1, 1, Verdict{}}, {1, 1, 3, Verdict{Lost: 1}}, {1, 1, 2, repeated}}},
		{"a new run begins anywhere", []step{{1, 1, 8, Verdict{}}, {1, 2, 3, Verdict{}}, {1, 2, 4, Verdict{}}}},
		{"an earlier run is over", []step{{1, 2, 1, Verdict{}}, {1, 1, 9, repeated}, {1, 2, 2, Verdict{}}}},
		{"senders count apart", []step{{1, 1, 1, Verdict{}}, {2, 1, 7, Verdict{}}, {1, 1, 2, Verdict{}}, {2, 1, 9, Verdict{Lost: 1}}}},
	} {
		var s Sequences
		for i, step := range tt.steps {
			require.Equal(t, step.want, s.Check(step.sender, step.run, step.number), "%s, step %d", tt.name, i)
		}
	}
	var s Sequences
	s.Check(1, 1, 5)
	s.Forget(1)
	require.Zero(t, s.Len())
	require.Equal(t, Verdict{}, s.Check(1, 1, 2), "a sender that was forgotten is new")
}

func TestLeases(t *testing.T) { // cluster-15, cluster-35
	start := time.Unix(1000, 0)
	var l Leases
	require.True(t, l.Renew(1, start))
	require.True(t, l.Renew(2, start))
	require.False(t, l.Renew(1, start.Add(5*time.Second)))
	require.Equal(t, []uint64{2}, l.Expire(start.Add(time.Second)))
	require.Empty(t, l.Expire(start.Add(5*time.Second)), "a process that beat at the deadline is alive")
	require.Equal(t, []uint64{1}, l.All())
	require.True(t, l.End(1))
	require.False(t, l.End(1))
	require.Zero(t, l.Len())
}

func TestSettling(t *testing.T) { // cluster-23
	start := time.Unix(1000, 0)
	var s Settling
	require.True(t, s.Settled(start), "a process that connects for the first time waits for no other")
	s.Begin([]uint64{1, 2}, start.Add(time.Second))
	require.False(t, s.Heard(1))
	require.False(t, s.Settled(start.Add(999*time.Millisecond)))
	require.True(t, s.Heard(2))
	s.Begin([]uint64{1, 2}, start.Add(time.Second))
	require.False(t, s.Heard(3), "a process that was not known before")
	require.True(t, s.Settled(start.Add(time.Second)), "the deadline")
	require.True(t, s.Settled(start), "it has settled for good")
	s.Begin(nil, start.Add(time.Second))
	require.True(t, s.Settled(start))
}
