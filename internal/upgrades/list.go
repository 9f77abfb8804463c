package upgrades

import (
	"net/netip"
	"slices"
)

// A List has the connections of one protocol in a registry. A connection costs it one
// pointer, and the address of its peer if the server counts connections.
type List[C Connection] struct {
	registry *Registry
	members  []C
	peers    []netip.Addr // the peers of the members; nil if the server does not count connections
}

// Add puts c, whose peer has the given address, into the list of its type in r, and returns
// the list. The caller must call Remove when c has closed.
func Add[C Connection](r *Registry, c C, peer netip.Addr) *List[C] {
	l := listOf[C](r)
	*c.Place() = int32(len(l.members))
	l.members = append(l.members, c)
	if r.counter != nil {
		l.peers = append(l.peers, peer)
		r.counter.CountUpgraded(peer)
	}
	if r.shuttingDown {
		r.loop.AddCallback(func() { l.tell(c) })
	}
	return l
}

// listOf returns the list of a type, and makes it on first use.
func listOf[C Connection](r *Registry) *List[C] {
	for _, l := range r.lists {
		if typed, ok := l.(*List[C]); ok {
			return typed
		}
	}
	l := &List[C]{registry: r}
	r.lists = append(r.lists, l)
	return l
}

// Remove takes c out of the list. It does nothing if c is not in the list.
func (l *List[C]) Remove(c C) {
	if !l.has(c) {
		return
	}
	place, last := int(*c.Place()), len(l.members)-1
	moved := l.members[last]
	l.members[place], *moved.Place() = moved, int32(place)
	l.members = truncate(l.members, last)
	if counter := l.registry.counter; counter != nil {
		peer := l.peers[place]
		l.peers[place] = l.peers[last]
		l.peers = truncate(l.peers, last)
		counter.UncountUpgraded(peer)
	}
	if last == 0 {
		l.registry.reportEmpty()
	}
}

// truncate shortens s, and releases the memory of an empty slice.
func truncate[T any](s []T, n int) []T {
	clear(s[n:])
	if n == 0 {
		return nil
	}
	return s[:n]
}

func (l *List[C]) has(c C) bool {
	place := int(*c.Place())
	return place < len(l.members) && l.members[place] == c
}

func (l *List[C]) count() int { return len(l.members) }

// shutdownBatch is the number of connections that are told of a shutdown in one turn.
const shutdownBatch = 256

func (l *List[C]) tellShutdown() { l.tellInBatches(slices.Clone(l.members)) }

func (l *List[C]) tellInBatches(connections []C) {
	n := min(len(connections), shutdownBatch)
	for _, c := range connections[:n] {
		l.registry.loop.SpawnFunc(func() { l.tell(c) })
	}
	if n < len(connections) {
		l.registry.loop.CallSoon(func() { l.tellInBatches(connections[n:]) })
	}
}

// tell calls OnShutdown of c unless c has closed.
func (l *List[C]) tell(c C) {
	if l.has(c) {
		c.OnShutdown()
	}
}

func (l *List[C]) closeAll() {
	for _, c := range slices.Clone(l.members) {
		c.CloseNow()
	}
}
