package websocket

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// A clusterLink connects a Cluster to its broker. It is the Receiver of the broker. It has two
// goroutines: writeLoop calls the broker, clockLoop does what depends on the time.
type clusterLink struct {
	broker    Broker
	options   ClusterOptions
	sender    uint64 // identifies this process
	beatTopic string
	now       func() time.Time
	runs      atomic.Uint64
	beats     uint64 // the number of the last own beat; only clockLoop uses it

	wake    chan struct{} // to writeLoop: there is work
	rearm   chan struct{} // to clockLoop: there was an event
	ending  chan struct{} // closed when Leave has sent everything
	running sync.WaitGroup

	queueMutex sync.Mutex
	queue      *cluster.PublishQueue[Publication]

	mu         sync.RWMutex
	topics     map[string]*Group // those that this process is subscribed to
	lingering  map[*sharedGroup]struct{}
	changes    map[string]bool // topics that writeLoop must subscribe to, or unsubscribe from
	control    []Publication   // beats that writeLoop must publish
	reopen     bool            // writeLoop must make the connection anew
	inboxes    map[*ioloop.IOLoop]*loopInbox
	membership *cluster.Membership
	reason     error // why there is no connection

	status  clusterStatus
	counts  receivedCounts
	flushed chan struct{} // closed by writeLoop when the queue is empty; nil unless Leave waits
}

// receivedCounts count the publications that have arrived under the topics of groups.
type receivedCounts struct {
	received, delivered, echoes, duplicates, refused, lost, overflowed atomic.Uint64
}

// publicationSize returns the bytes of a publication in the queue.
func publicationSize(p *Publication) int { return 96 + len(p.Topic) + len(p.Data) }

// newLink returns a link to b, which is not open.
func newLink(b Broker, o ClusterOptions, now func() time.Time) *clusterLink {
	k := &clusterLink{broker: b, options: o, sender: rand.Uint64(), beatTopic: o.Name + ".beat", now: now,
		wake: make(chan struct{}, 1), rearm: make(chan struct{}, 1), ending: make(chan struct{}),
		queue:  cluster.NewPublishQueue(o.MaxPending, publicationSize),
		topics: map[string]*Group{}, lingering: map[*sharedGroup]struct{}{},
		inboxes: map[*ioloop.IOLoop]*loopInbox{}}
	k.changes = map[string]bool{k.beatTopic: true}
	k.membership = cluster.NewMembership(k.sender, o.Beat, o.Lease)
	k.status.since = now()
	return k
}

// open opens the broker. writeLoop subscribes to beats first.
func (k *clusterLink) open() error {
	if err := k.broker.Open(k); err != nil {
		return err
	}
	k.wakeWriter()
	return nil
}

func (k *clusterLink) wakeWriter() { signal(k.wake) }

// signal sends to c, unless something waits there already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// enqueue adds p to the publications that wait for the broker.
func (k *clusterLink) enqueue(p Publication) {
	k.queueMutex.Lock()
	k.queue.Add(p)
	k.queueMutex.Unlock()
	k.wakeWriter()
}

// Connected implements Receiver.
func (k *clusterLink) Connected(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reason = err; err == nil {
		k.membership.Connect(k.now())
		k.status.connects++
	} else {
		k.membership.Disconnect()
	}
	signal(k.rearm)
}

// Received implements Receiver.
func (k *clusterLink) Received(topic string, _ Position, data []byte) {
	e, err := cluster.ParseEnvelope(data)
	if topic == k.beatTopic {
		k.receiveBeat(&e, err)
		return
	}
	k.mu.RLock()
	g := k.topics[topic]
	k.mu.RUnlock()
	if g != nil { // otherwise this process has unsubscribed meanwhile
		k.receiveMessage(g, &e, err)
	}
}

// receiveBeat takes an envelope of the topic of beats.
func (k *clusterLink) receiveBeat(e *cluster.Envelope, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil || !k.membership.Hear(e.Kind, e.Sender, k.now()) {
		k.counts.received.Add(1)
		k.counts.refused.Add(1)
		return
	}
	signal(k.rearm)
}

// receiveMessage takes an envelope of a group's topic.
func (k *clusterLink) receiveMessage(g *Group, e *cluster.Envelope, err error) {
	k.counts.received.Add(1)
	switch {
	case err != nil || e.Kind != cluster.KindMessage:
		k.counts.refused.Add(1)
		return
	case e.Sender == k.sender:
		k.counts.echoes.Add(1)
		return
	}
	verdict := g.shared.check(e)
	if verdict.Repeated {
		k.counts.duplicates.Add(1)
		return
	}
	k.counts.lost.Add(verdict.Lost)
	k.counts.delivered.Add(1)
	dropped := g.deliverReceived(Prepare(Message{Data: e.Payload, Binary: e.Binary}))
	k.counts.overflowed.Add(uint64(dropped))
}
