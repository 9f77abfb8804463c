package websocket

import (
	"sync"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// A sharedGroup is the part of a Group that other processes share.
type sharedGroup struct {
	link  *clusterLink
	topic string
	run   uint64 // of the envelopes that this process publishes

	publishing sync.Mutex // held until an envelope is in the queue, so that numbers are in order there
	number     uint64     // of the last envelope

	receiving sync.Mutex
	received  cluster.Sequences

	// The link's mutex guards the following.
	members    bool
	subscribed bool
	emptySince time.Time // when the last member left
}

// publish sends p to the other processes. It does not block.
func (s *sharedGroup) publish(p *Prepared) {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.number++
	e := cluster.Envelope{Kind: cluster.KindMessage, Binary: p.message.Binary, Sender: s.link.sender,
		Run: s.run, Number: s.number, Payload: p.message.Data}
	s.link.enqueue(Publication{Topic: s.topic, Data: e.Encode()})
}

// check returns what the number of a received envelope says.
func (s *sharedGroup) check(e *cluster.Envelope) cluster.Verdict {
	s.receiving.Lock()
	defer s.receiving.Unlock()
	return s.received.Check(e.Sender, e.Run, e.Number)
}

// forget forgets senders whose processes have ended.
func (s *sharedGroup) forget(senders []uint64) {
	s.receiving.Lock()
	defer s.receiving.Unlock()
	for _, sender := range senders {
		s.received.Forget(sender)
	}
}

// share makes g the group with a name, which the cluster shares.
func (k *clusterLink) share(g *Group, name string) {
	g.shared = &sharedGroup{link: k, topic: k.options.Name + ".g." + name, run: k.runs.Add(1)}
}

// addFirst records that g has its first member in this process, and subscribes to it.
func (k *clusterLink) addFirst(g *Group) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := g.shared
	s.members = true
	if s.subscribed {
		delete(k.lingering, s)
		return
	}
	s.subscribed = true
	k.topics[s.topic] = g
	k.changes[s.topic] = true
	k.wakeWriter()
}

// removeLast records that the last member of g in this process has left.
func (k *clusterLink) removeLast(g *Group) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := g.shared
	s.members, s.emptySince = false, k.now()
	k.lingering[s] = struct{}{}
}

// endLingering unsubscribes from the groups that have been without members for Linger.
func (k *clusterLink) endLingering(now time.Time) {
	for s := range k.lingering {
		if now.Sub(s.emptySince) < k.options.Linger {
			continue
		}
		delete(k.lingering, s)
		delete(k.topics, s.topic)
		k.changes[s.topic] = false
		s.subscribed = false
		s.receiving.Lock()
		s.received = cluster.Sequences{}
		s.receiving.Unlock()
	}
}

// A loopInbox holds the messages from other processes that wait for a loop.
type loopInbox struct {
	*cluster.DeliveryQueue[inboxMessage]
	loop   *ioloop.IOLoop
	groups int // how many groups have members on the loop; the link's mutex guards it
}

// An inboxMessage is a message for the members of a group on one loop.
type inboxMessage struct {
	group    *Group
	prepared *Prepared
}

// inboxSize returns the bytes of a message in an inbox.
func inboxSize(m *inboxMessage) int { return 128 + len(m.prepared.message.Data) }

// acquireInbox returns the inbox of a loop, for a group that has its first member there.
func (k *clusterLink) acquireInbox(l *ioloop.IOLoop) *loopInbox {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.inboxes[l]
	if b == nil {
		b = &loopInbox{DeliveryQueue: cluster.NewDeliveryQueue[inboxMessage](k.options.MaxInbound), loop: l}
		k.inboxes[l] = b
	}
	b.groups++
	return b
}

// releaseInbox is the opposite of acquireInbox.
func (k *clusterLink) releaseInbox(b *loopInbox) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if b.groups--; b.groups == 0 {
		delete(k.inboxes, b.loop)
	}
}

// deliver sends the messages that wait to the members on the loop. It runs in a coroutine of
// the loop.
func (b *loopInbox) deliver() {
	messages, more := b.Take(inboxSize)
	for _, m := range messages {
		if r := m.group.membersOn(b.loop); r != nil {
			r.write(m.prepared)
		}
	}
	if more {
		b.loop.AddCallback(b.deliver)
	}
}

// deliverReceived hands a message from another process to each loop with members. It returns
// for how many loops the message was dropped because their inboxes are full.
func (g *Group) deliverReceived(p *Prepared) (dropped int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := inboxMessage{g, p}
	for _, r := range g.loops {
		accepted, schedule := r.inbox.Add(m, inboxSize(&m))
		if schedule {
			r.inbox.loop.AddCallback(r.inbox.deliver)
		}
		if !accepted {
			dropped++
		}
	}
	return dropped
}
