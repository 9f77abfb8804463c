package websocket

import (
	"slices"

	"github.com/gotornado/tornado/ioloop"
)

// loopMembers are the members of a group that belong to one loop. Only that loop uses them.
type loopMembers struct {
	loop    *ioloop.IOLoop
	members []*WebSocketHandler
	index   map[*WebSocketHandler]int // the place of each member in members; nil until there are more than maxUnindexed members
	inbox   *loopInbox                // nil without a broker
}

// maxUnindexed is the number of members that are found without an index.
const maxUnindexed = 8

// placeOf returns the place of s in members, or -1.
func (r *loopMembers) placeOf(s *WebSocketHandler) int {
	if r.index == nil {
		return slices.Index(r.members, s)
	}
	if i, ok := r.index[s]; ok {
		return i
	}
	return -1
}

// insertMember reports whether s was not a member before.
func (r *loopMembers) insertMember(s *WebSocketHandler) bool {
	if r.placeOf(s) >= 0 {
		return false
	}
	r.members = append(r.members, s)
	switch {
	case r.index != nil:
		r.index[s] = len(r.members) - 1
	case len(r.members) > maxUnindexed:
		r.index = make(map[*WebSocketHandler]int, 2*maxUnindexed)
		for i, member := range r.members {
			r.index[member] = i
		}
	}
	return true
}

// deleteMember reports whether s was a member.
func (r *loopMembers) deleteMember(s *WebSocketHandler) bool {
	i := r.placeOf(s)
	if i < 0 {
		return false
	}
	last := len(r.members) - 1
	r.members[i] = r.members[last]
	r.members[last] = nil
	r.members = r.members[:last]
	if r.index != nil {
		delete(r.index, s)
		if i < last {
			r.index[r.members[i]] = i
		}
	}
	return true
}

// write sends p to the members.
func (r *loopMembers) write(p *Prepared) {
	q := outgoing{p.message, p}
	for _, s := range r.members {
		s.ref.write(q)
	}
}

// membersOf returns the members of loop l, or nil. The caller holds g.mu.
func (g *Group) membersOf(l *ioloop.IOLoop) *loopMembers {
	for _, r := range g.loops {
		if r.loop == l {
			return r
		}
	}
	return nil
}

// addLoop adds a loop without members.
func (g *Group) addLoop(l *ioloop.IOLoop) *loopMembers {
	r := &loopMembers{loop: l}
	if g.shared != nil {
		r.inbox = g.shared.cluster.acquireInbox(l)
	}
	g.loops = append(g.loops, r)
	return r
}

// removeLoop removes a loop whose last member has left.
func (g *Group) removeLoop(r *loopMembers) {
	if r.inbox != nil {
		g.shared.cluster.releaseInbox(r.inbox)
	}
	i := slices.Index(g.loops, r)
	g.loops = slices.Delete(g.loops, i, i+1)
	if len(g.loops) == 0 {
		g.loops = nil
	}
}
