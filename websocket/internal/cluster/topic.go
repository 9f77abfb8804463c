package cluster

import (
	"sync"
	"time"
)

// A Topic is a group that the processes of a cluster share. Any goroutine may use it.
type Topic struct {
	link *BrokerLink
	name string
	run  uint64 // of the envelopes that this process publishes
	// deliver hands a message to the members of this process. It does not block. It returns
	// for how many loops the message was dropped.
	deliver func(payload []byte, binary bool) (dropped int)

	publishing sync.Mutex // held until an envelope is in the queue, so that numbers are in order there
	number     uint64     // of the last envelope

	receiving sync.Mutex
	received  Sequences

	// The link's mutex guards the following.
	members    bool
	subscribed bool
	emptySince time.Time // when the last member left
}

// NewTopic returns the topic of a group with a name. deliver hands messages of other processes
// to the members of this process; it must not block, and returns for how many loops it has
// dropped the message.
func (k *BrokerLink) NewTopic(name string, deliver func(payload []byte, binary bool) (dropped int)) *Topic {
	return &Topic{link: k, name: k.options.Name + ".g." + name, run: k.runs.Add(1), deliver: deliver}
}

// Publish sends a message to the other processes. It does not block.
func (t *Topic) Publish(payload []byte, binary bool) {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.number++
	e := Envelope{Kind: KindMessage, Binary: binary, Sender: t.link.sender, Run: t.run, Number: t.number, Payload: payload}
	t.link.enqueue(QueuedPublication{Topic: t.name, Data: e.Encode()})
}

// AddFirst records that the group has its first member in this process, and subscribes to it.
func (t *Topic) AddFirst() {
	k := t.link
	k.mu.Lock()
	defer k.mu.Unlock()
	t.members = true
	if t.subscribed {
		delete(k.lingering, t)
		return
	}
	t.subscribed = true
	k.topics[t.name] = t
	k.changes[t.name] = true
	signal(k.wake)
}

// RemoveLast records that the last member of the group in this process has left.
func (t *Topic) RemoveLast() {
	k := t.link
	k.mu.Lock()
	defer k.mu.Unlock()
	t.members, t.emptySince = false, k.now()
	k.lingering[t] = struct{}{}
}

// receiveEnvelope takes an envelope.
func (t *Topic) receiveEnvelope(e *Envelope, err error) {
	n := &t.link.counts
	n.received.Add(1)
	switch {
	case err != nil || e.Kind != KindMessage:
		n.refused.Add(1)
		return
	case e.Sender == t.link.sender:
		n.echoes.Add(1)
		return
	}
	verdict := t.check(e)
	if verdict.Repeated {
		n.duplicates.Add(1)
		return
	}
	n.lost.Add(verdict.Lost)
	n.delivered.Add(1)
	n.overflowed.Add(uint64(t.deliver(e.Payload, e.Binary)))
}

func (t *Topic) check(e *Envelope) Verdict {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	return t.received.Check(e.Sender, e.Run, e.Number)
}

// forget forgets senders whose processes have ended.
func (t *Topic) forget(senders []uint64) {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	for _, sender := range senders {
		t.received.Forget(sender)
	}
}

// forgetAll forgets all senders, because the process has unsubscribed.
func (t *Topic) forgetAll() {
	t.receiving.Lock()
	defer t.receiving.Unlock()
	t.received = Sequences{}
}
