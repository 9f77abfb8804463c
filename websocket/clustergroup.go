package websocket

import (
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// A sharedGroup is the part of a Group that other processes share.
type sharedGroup struct {
	cluster *Cluster
	topic   *cluster.Topic
}

// share makes g the group with a name, which the processes of the cluster share. The topic
// refers to g, so g is not garbage while the process is subscribed.
func (c *Cluster) share(g *Group, name string) {
	g.shared = &sharedGroup{c, c.link.NewTopic(name, g.deliverReceived)}
}

// A loopInbox holds the messages from other processes that wait for a loop.
type loopInbox struct {
	*cluster.DeliveryQueue[inboxMessage]
	loop   *ioloop.IOLoop
	groups int // how many groups have members on the loop; the cluster's inboxMutex guards it
}

// An inboxMessage is a message for the members of a group on one loop.
type inboxMessage struct {
	group    *Group
	prepared *Prepared
}

// inboxSize returns the bytes of a message in an inbox.
func inboxSize(m *inboxMessage) int { return 128 + len(m.prepared.message.Data) }

// acquireInbox returns the inbox of a loop, for a group that has its first member there.
func (c *Cluster) acquireInbox(l *ioloop.IOLoop) *loopInbox {
	c.inboxMutex.Lock()
	defer c.inboxMutex.Unlock()
	b := c.inboxes[l]
	if b == nil {
		b = &loopInbox{DeliveryQueue: cluster.NewDeliveryQueue[inboxMessage](c.maxInbound), loop: l}
		c.inboxes[l] = b
	}
	b.groups++
	return b
}

// releaseInbox is the opposite of acquireInbox.
func (c *Cluster) releaseInbox(b *loopInbox) {
	c.inboxMutex.Lock()
	defer c.inboxMutex.Unlock()
	if b.groups--; b.groups == 0 {
		delete(c.inboxes, b.loop)
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
func (g *Group) deliverReceived(payload []byte, binary bool) (dropped int) {
	p := Prepare(Message{Data: payload, Binary: binary})
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
