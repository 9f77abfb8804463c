package websocket

import (
	"context"
	"slices"
	"sync"

	"github.com/gotornado/tornado/ioloop"
)

// A Group is a set of open sockets that get the same messages, such as a chat room or all
// sockets of an application. Its members may belong to different loops. A slow member does not
// delay the others: its messages wait, within its SendLimits. The zero value is an empty group.
// A Group must not be copied. Tornado has no such type.
type Group struct {
	mu       sync.Mutex
	loops    []*loopMembers
	count    int
	draining *drainState  // nil unless Drain was called
	shared   *sharedGroup // nil without a broker
}

// A drainState holds the arguments of the last Drain.
type drainState struct {
	closeArguments
	empty chan struct{} // closed when the last member has left
}

// closeArguments are the arguments with which members are closed.
type closeArguments struct {
	code   int
	reason string
}

// loopGroups maps the handlers of a loop to the groups that they are in.
type loopGroups map[*WebSocketHandler][]*Group

type groupsKey struct{}

// groupsOfLoop returns the loopGroups of l.
func groupsOfLoop(l *ioloop.IOLoop) loopGroups {
	return l.Local(groupsKey{}, func() any { return loopGroups{} }).(loopGroups)
}

// Add makes h a member until Remove or the end of its connection. Call it on the loop of h, in
// Open or later. It does nothing for a member, or if the connection has ended. If the group is
// being drained, h is closed.
func (g *Group) Add(h Handler) {
	s := h.socket()
	s.Loop().CheckOwner("Group.Add")
	if s.ref.connection == nil {
		return
	}
	if bye, over := g.addMember(s); over {
		s.Close(bye.code, bye.reason)
	}
}

// addMember reports whether the group is being drained, and the arguments for closing s.
func (g *Group) addMember(s *WebSocketHandler) (bye closeArguments, over bool) {
	l := s.Loop()
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.membersOf(l)
	if r == nil {
		r = g.addLoop(l)
	}
	if !r.insertMember(s) {
		return bye, false
	}
	if g.count++; g.count == 1 && g.shared != nil {
		g.shared.topic.AddFirst()
	}
	all := groupsOfLoop(l)
	all[s] = append(all[s], g)
	s.grouped = true
	if g.draining == nil {
		return bye, false
	}
	return g.draining.closeArguments, true
}

// Remove removes h from the group, if it is a member. Call it on the loop of h. Members whose
// connection has ended are removed before their OnClose.
func (g *Group) Remove(h Handler) {
	s := h.socket()
	s.Loop().CheckOwner("Group.Remove")
	if !g.removeMember(s) {
		return
	}
	all := groupsOfLoop(s.Loop())
	all[s] = slices.DeleteFunc(all[s], func(other *Group) bool { return other == g })
	if len(all[s]) == 0 {
		delete(all, s)
		s.grouped = false
	}
}

// removeMember reports whether s was a member.
func (g *Group) removeMember(s *WebSocketHandler) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.membersOf(s.Loop())
	if r == nil || !r.deleteMember(s) {
		return false
	}
	if len(r.members) == 0 {
		g.removeLoop(r)
	}
	if g.count--; g.count > 0 {
		return true
	}
	if g.shared != nil {
		g.shared.topic.RemoveLast()
	}
	if g.draining != nil {
		close(g.draining.empty)
		g.draining.empty = make(chan struct{}) // for members that are added later
	}
	return true
}

// leaveGroups removes a handler whose connection has ended from all its groups.
func (h *WebSocketHandler) leaveGroups() {
	if !h.grouped {
		return
	}
	h.grouped = false
	all := groupsOfLoop(h.Loop())
	for _, g := range all[h] {
		g.removeMember(h)
	}
	delete(all, h)
}

// Len returns the number of members. Any goroutine may call it.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// Broadcast sends m to all members. Each loop sends it to its members of that time, in its next
// turn. m is encoded and compressed once; see [Prepare]. m.Data is not copied and must not be
// changed. A member gets the messages of one goroutine in order. A member whose SendLimits are
// exceeded does not get m. Any goroutine may call Broadcast, and it does not block.
func (g *Group) Broadcast(m Message) { g.BroadcastPrepared(Prepare(m)) }

// BroadcastPrepared is Broadcast for a message that is also sent elsewhere, so that it is
// encoded once. Any goroutine may call it, and it does not block.
func (g *Group) BroadcastPrepared(p *Prepared) {
	g.eachLoop(func(r *loopMembers) { r.write(p) })
	if g.shared != nil {
		g.shared.topic.Publish(p.message.Data, p.message.Binary)
	}
}

// Each calls fn for each member, in a coroutine of the member's loop, in its next turn. If fn
// waits, the calls for the other members of that loop wait too. Members that are added or
// removed meanwhile are left out. Any goroutine may call Each, and it does not wait for fn.
func (g *Group) Each(fn func(h Handler)) {
	g.eachLoop(func(r *loopMembers) {
		for _, s := range slices.Clone(r.members) {
			if r.placeOf(s) >= 0 {
				fn(s.Self().(Handler))
			}
		}
	})
}

// Close closes all members as Handler's Close does, in the next turn of their loops. It returns
// an error, and closes no member, if code or reason must not be sent. Any goroutine may call
// it, and it does not block: see Drain.
func (g *Group) Close(code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	g.Each(func(h Handler) { h.socket().Close(code, reason) })
	return nil
}

// Drain closes all members, and those that are added later, and returns nil when no member is
// left. If ctx is done first, Drain aborts the remaining connections and returns the error of
// ctx. It returns an error, and changes nothing, if code or reason must not be sent. Any
// goroutine may call it, except that of a loop, because Drain blocks: use
// [ioloop.RunInExecutor] there.
func (g *Group) Drain(ctx context.Context, code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	drained := g.drained(code, reason) // before Close, so that a member which is added between the two calls is closed too
	g.Close(code, reason)
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		g.Each(func(h Handler) { h.socket().Abort() })
		return ctx.Err()
	}
}

// drained returns a channel that is closed when no member is left.
func (g *Group) drained(code int, reason string) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining == nil {
		g.draining = &drainState{empty: make(chan struct{})}
	}
	g.draining.closeArguments = closeArguments{code, reason}
	if g.count > 0 {
		return g.draining.empty
	}
	done := make(chan struct{})
	close(done)
	return done
}

// eachLoop calls fn with the members of each loop, in a coroutine of that loop.
func (g *Group) eachLoop(fn func(*loopMembers)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.loops {
		l := r.loop
		l.AddCallback(func() {
			if r := g.membersOn(l); r != nil {
				fn(r)
			}
		})
	}
}

// membersOn returns the members of loop l, which calls it. After a loop's last member has left,
// the next one gets new loopMembers.
func (g *Group) membersOn(l *ioloop.IOLoop) *loopMembers {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.membersOf(l)
}
