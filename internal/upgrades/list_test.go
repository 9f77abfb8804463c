package upgrades

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// A story collects events.
type story struct{ events []string }

func (s *story) add(event string) { s.events = append(s.events, event) }

func (s *story) CountUpgraded(peer netip.Addr)   { s.add("+" + peer.String()) }
func (s *story) UncountUpgraded(peer netip.Addr) { s.add("-" + peer.String()) }

type first struct {
	name  string
	story *story
	place int32
	list  *List[*first]
}

func (c *first) Place() *int32 { return &c.place }
func (c *first) OnShutdown()   { c.story.add("told " + c.name) }
func (c *first) CloseNow()     { c.story.add("closed " + c.name); c.list.Remove(c) }

type second struct{ first }

func (c *second) CloseNow() { c.story.add("closed " + c.name) }

// onLoop runs fn and then the turns of a loop, and returns the events.
func onLoop(t *testing.T, counts bool, fn func(r *Registry, s *story)) string {
	t.Helper()
	loop := looptest.New(t)
	s := &story{}
	var counter Counter
	if counts {
		counter = s
	}
	r := NewRegistry(loop, counter, func() { s.add("empty") })
	loop.AddCallback(func() {
		fn(r, s)
		stopAfter(loop, 5)
	})
	require.NoError(t, loop.Start())
	return strings.Join(s.events, ", ")
}

// stopAfter stops the loop after some turns.
func stopAfter(loop *ioloop.IOLoop, turns int) {
	if turns == 0 {
		loop.Stop()
		return
	}
	loop.CallSoon(func() { stopAfter(loop, turns-1) })
}

func address(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}) }

func addFirst(r *Registry, s *story, names ...string) (all []*first) {
	for i, name := range names {
		c := &first{name: name, story: s}
		c.list = Add(r, c, address(i))
		all = append(all, c)
	}
	return all
}

func TestRegistry(t *testing.T) {
	for _, tt := range []struct {
		name   string
		counts bool
		do     func(r *Registry, s *story)
		want   string
	}{
		{"the last one to leave", false, func(r *Registry, s *story) {
			all := addFirst(r, s, "a", "b", "c")
			for _, i := range []int{1, 0, 2} {
				all[i].list.Remove(all[i])
				s.add(fmt.Sprint(r.IsEmpty()))
			}
		}, "false, false, empty, true"},
		{"Remove twice", true, func(r *Registry, s *story) {
			all := addFirst(r, s, "a", "b")
			all[0].list.Remove(all[0])
			all[0].list.Remove(all[0])
		}, "+10.0.0.0, +10.0.0.1, -10.0.0.0"},
		{"the peers of connections that move", true, func(r *Registry, s *story) {
			all := addFirst(r, s, "a", "b", "c")
			for _, i := range []int{0, 2, 1} {
				all[i].list.Remove(all[i])
			}
		}, "+10.0.0.0, +10.0.0.1, +10.0.0.2, -10.0.0.0, -10.0.0.2, -10.0.0.1, empty"},
		{"a shutdown", false, func(r *Registry, s *story) {
			addFirst(r, s, "a", "b")
			Add(r, &second{first{name: "c", story: s}}, address(3))
			r.Shutdown()
		}, "told a, told b, told c"},
		{"Add after a shutdown", false, func(r *Registry, s *story) {
			r.Shutdown()
			addFirst(r, s, "a", "b")
		}, "told a, told b"},
		{"Remove before the next turn after a shutdown", false, func(r *Registry, s *story) {
			r.Shutdown()
			all := addFirst(r, s, "a", "b")
			all[0].list.Remove(all[0])
		}, "told b"},
		{"CloseAll", false, func(r *Registry, s *story) {
			addFirst(r, s, "a", "b")
			Add(r, &second{first{name: "c", story: s}}, address(3))
			r.CloseAll()
			s.add(fmt.Sprint(r.IsEmpty()))
		}, "closed a, closed b, closed c, false"},
		{"an upgrade that ends with Add", false, func(r *Registry, s *story) {
			r.BeginUpgrade()
			s.add(fmt.Sprint(r.IsEmpty()))
			r.EndUpgrade()
			addFirst(r, s, "a")
		}, "false"},
		{"an upgrade that fails", false, func(r *Registry, s *story) {
			r.BeginUpgrade()
			r.EndUpgrade()
			s.add(fmt.Sprint(r.IsEmpty()))
		}, "false, empty"},
	} {
		if got := onLoop(t, tt.counts, tt.do); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAShutdownTellsABatchInEachTurn(t *testing.T) {
	const connections = 2*shutdownBatch + 1
	got := onLoop(t, false, func(r *Registry, s *story) {
		addFirst(r, s, slices.Repeat([]string{"a"}, connections)...)
		r.Shutdown()
		require.Len(t, s.events, shutdownBatch)
	})
	require.Equal(t, connections, strings.Count(got, "told a"))
}

func TestAnEmptyListHoldsNoMemory(t *testing.T) {
	onLoop(t, true, func(r *Registry, s *story) {
		all := addFirst(r, s, "a", "b")
		for _, c := range all {
			c.list.Remove(c)
		}
		require.Nil(t, all[0].list.members)
		require.Nil(t, all[0].list.peers)
	})
}
