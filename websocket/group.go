package websocket

import (
	"context"
	"slices"
	"sync"

	"github.com/gotornado/tornado/ioloop"
)

// A Group is a set of open sockets that get the same messages, such as a room of a chat,
// or all sockets of an application. Its members may live on different loops, and a slow
// one holds nobody up: what it does not take waits for it alone, within its SendLimits.
// The zero value is an empty group; it must not be copied. Tornado has none.
type Group struct {
	mu       sync.Mutex
	loops    map[*ioloop.IOLoop]*roster
	count    int
	draining *draining // nil unless Drain was called
}

// A roster holds the members of a group that live on one loop, and belongs to it.
type roster struct {
	members []*WebSocketHandler
	index   map[*WebSocketHandler]int // in members
}

// A draining is what Drain was asked for last.
type draining struct {
	goodbye
	empty chan struct{} // closed when the last member has left
}

// A goodbye is what members are closed with.
type goodbye struct {
	code   int
	reason string
}

// groupsOf is, for each handler of a loop that is in any, the groups that it is in.
type groupsOf map[*WebSocketHandler][]*Group

type groupsKey struct{}

func groupsOn(l *ioloop.IOLoop) groupsOf {
	return l.Local(groupsKey{}, func() any { return groupsOf{} }).(groupsOf)
}

// Add makes h a member until it is removed or its connection ends. It is for the loop
// of h, from Open on; adding twice, or when the connection has ended, does nothing. In
// a group that drains, h is closed.
func (g *Group) Add(h Handler) {
	s := h.socket()
	s.Loop().CheckOwner("Group.Add")
	if s.link.connection == nil {
		return
	}
	if bye, over := g.add(s); over {
		s.Close(bye.code, bye.reason)
	}
}

// add tells whether the group is draining, and then what to close s with.
func (g *Group) add(s *WebSocketHandler) (bye goodbye, over bool) {
	l := s.Loop()
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.loops[l]
	if r == nil {
		if g.loops == nil {
			g.loops = map[*ioloop.IOLoop]*roster{}
		}
		r = &roster{index: map[*WebSocketHandler]int{}}
		g.loops[l] = r
	}
	if _, ok := r.index[s]; ok {
		return bye, false
	}
	r.index[s] = len(r.members)
	r.members = append(r.members, s)
	g.count++
	all := groupsOn(l)
	all[s] = append(all[s], g)
	s.grouped = true
	if g.draining == nil {
		return bye, false
	}
	return g.draining.goodbye, true
}

// Remove ends the membership of h; it is for the loop of h, and does nothing if there
// is none. Members whose connection has ended are removed before their OnClose.
func (g *Group) Remove(h Handler) {
	s := h.socket()
	s.Loop().CheckOwner("Group.Remove")
	if !g.remove(s) {
		return
	}
	all := groupsOn(s.Loop())
	all[s] = slices.DeleteFunc(all[s], func(other *Group) bool { return other == g })
	if len(all[s]) == 0 {
		delete(all, s)
		s.grouped = false
	}
}

func (g *Group) remove(s *WebSocketHandler) bool {
	l := s.Loop()
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.loops[l]
	if r == nil {
		return false
	}
	i, ok := r.index[s]
	if !ok {
		return false
	}
	last := len(r.members) - 1
	r.members[i] = r.members[last]
	r.index[r.members[i]] = i
	r.members[last] = nil
	r.members = r.members[:last]
	delete(r.index, s)
	if last == 0 {
		delete(g.loops, l)
	}
	if g.count--; g.count == 0 && g.draining != nil {
		close(g.draining.empty)
		g.draining.empty = make(chan struct{}) // for those who still come
	}
	return true
}

// leaveGroups ends all memberships of a handler whose connection has ended.
func (h *WebSocketHandler) leaveGroups() {
	if !h.grouped {
		return
	}
	h.grouped = false
	all := groupsOn(h.Loop())
	for _, g := range all[h] {
		g.remove(h)
	}
	delete(all, h)
}

// Len is the number of members. Any goroutine may call it.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// Broadcast sends m to all who are members when their loop comes to it, in its next
// turn. It is encoded and compressed once; see [Prepare]. m.Data is held and must not
// be changed. Each member gets what one goroutine broadcasts in its order. Who cannot
// take it, for its SendLimits, misses it. Any goroutine may call it; it does not wait.
func (g *Group) Broadcast(m Message) { g.BroadcastPrepared(Prepare(m)) }

// BroadcastPrepared is Broadcast for a message that is sent elsewhere too, so that it
// is encoded once for all. Any goroutine may call it; it does not wait.
func (g *Group) BroadcastPrepared(p *Prepared) {
	q := outgoing{p.message, p}
	g.eachRoster(func(r *roster) {
		for _, s := range r.members {
			s.link.write(q)
		}
	})
}

// Each calls fn for each member, in a coroutine of its loop, in its next turn. While fn
// waits, the other members on that loop wait for their turn; who leaves meanwhile is
// not called, nor is who comes. Any goroutine may call it; it does not wait for fn.
func (g *Group) Each(fn func(h Handler)) {
	g.eachRoster(func(r *roster) {
		for _, s := range slices.Clone(r.members) {
			if _, still := r.index[s]; still {
				fn(s.Self().(Handler))
			}
		}
	})
}

// Close closes all members, as their own Close does, in the next turn of their loops.
// The error says that code or reason may not be sent; then nobody is closed. Any
// goroutine may call it; it does not wait: see Drain.
func (g *Group) Close(code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	g.Each(func(h Handler) { h.socket().Close(code, reason) })
	return nil
}

// Drain closes all members, and those who come from now on, and returns nil when none
// is left. When ctx is done first, it cuts the connections that are left, and returns
// the error of ctx. A code or a reason that may not be sent is an error, and changes
// nothing. Any goroutine may call it but a loop's, which it would stop: there, use
// [ioloop.RunInExecutor].
func (g *Group) Drain(ctx context.Context, code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	drained := g.drained(code, reason) // first, or who comes between the two would stay
	g.Close(code, reason)
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		g.Each(func(h Handler) { h.socket().Abort() })
		return ctx.Err()
	}
}

// drained is closed when no member is left.
func (g *Group) drained(code int, reason string) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining == nil {
		g.draining = &draining{empty: make(chan struct{})}
	}
	g.draining.goodbye = goodbye{code, reason}
	if g.count > 0 {
		return g.draining.empty
	}
	done := make(chan struct{})
	close(done)
	return done
}

// eachRoster calls fn with each roster, in a coroutine of its loop.
func (g *Group) eachRoster(fn func(*roster)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for l := range g.loops {
		l.AddCallback(func() {
			if r := g.rosterOf(l); r != nil {
				fn(r)
			}
		})
	}
}

// rosterOf is for the loop l, whose roster is another one when all have left and some come.
func (g *Group) rosterOf(l *ioloop.IOLoop) *roster {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.loops[l]
}
