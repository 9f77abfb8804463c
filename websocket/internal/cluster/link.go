package cluster

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// A BrokerLink connects the groups of a process to a broker. It is the TransportReceiver of the Transport. It
// has two goroutines: writeLoop calls the Transport, clockLoop does what depends on the time.
type BrokerLink struct {
	transport Transport
	options   Options
	sender    uint64 // identifies this process
	beatTopic string
	now       func() time.Time
	runs      atomic.Uint64
	beats     uint64 // the number of the last own beat; only clockLoop uses it

	wake    chan struct{} // to writeLoop: there is work
	rearm   chan struct{} // to clockLoop: there was an event
	ending  chan struct{} // closed by Stop
	running sync.WaitGroup

	queueMutex sync.Mutex
	queue      *PublishQueue[QueuedPublication]
	flushed    chan struct{} // closed by writeLoop when the queue is empty; nil unless Flush waits

	mu         sync.RWMutex
	topics     map[string]*Topic // those that this process is subscribed to
	lingering  map[*Topic]struct{}
	changes    map[string]bool     // topics that writeLoop must subscribe to, or unsubscribe from
	control    []QueuedPublication // beats that writeLoop must publish
	reopen     bool                // writeLoop must make the connection anew
	membership *Membership
	reason     error  // why there is no connection
	connects   uint64 // how many connections there have been

	status   toldStatus
	counts   receivedCounts
	tooLarge []string // topics with a publication that was too large; only writeLoop uses it
}

// Options are the options of a BrokerLink. No field may be zero but OnStatus.
type Options struct {
	Name       string // begins all topics
	MaxPending int    // bytes that wait for the broker
	Linger     time.Duration
	Beat       time.Duration
	Lease      time.Duration
	OnStatus   func(Status)
}

// receivedCounts count the publications that have arrived under the topics of groups.
type receivedCounts struct {
	received, delivered, echoes, duplicates, refused, lost, overflowed atomic.Uint64
}

// NewBrokerLink returns a BrokerLink, which is not open. now returns the time.
func NewBrokerLink(t Transport, o Options, now func() time.Time) *BrokerLink {
	k := &BrokerLink{transport: t, options: o, sender: rand.Uint64(), beatTopic: o.Name + ".beat", now: now,
		wake: make(chan struct{}, 1), rearm: make(chan struct{}, 1), ending: make(chan struct{}),
		queue:  NewPublishQueue(o.MaxPending, (*QueuedPublication).size),
		topics: map[string]*Topic{}, lingering: map[*Topic]struct{}{}}
	k.changes = map[string]bool{k.beatTopic: true}
	k.membership = NewMembership(k.sender, o.Beat, o.Lease)
	k.status.since = now()
	return k
}

// Open opens the Transport and starts the goroutine that calls it. The error is that of the
// Transport.
func (k *BrokerLink) Open() error {
	if err := k.transport.Open(k); err != nil {
		return err
	}
	signal(k.wake)
	k.running.Go(k.writeLoop)
	return nil
}

// StartClock starts the goroutine that calls RunDue when the time has come.
func (k *BrokerLink) StartClock() { k.running.Go(k.clockLoop) }

// Stop ends the goroutines, says goodbye and closes the Transport.
func (k *BrokerLink) Stop() {
	close(k.ending)
	k.running.Wait()
	k.mu.RLock()
	connected := k.membership.Connected()
	k.mu.RUnlock()
	if connected {
		e := Envelope{Kind: KindGoodbye, Sender: k.sender, Run: 1, Number: k.beats + 1}
		k.transport.Publish([]QueuedPublication{{k.beatTopic, e.Encode()}})
	}
	k.transport.Close()
}

// Flush waits until the broker has taken everything that waits, or until ctx is done.
func (k *BrokerLink) Flush(ctx context.Context) error {
	flushed := make(chan struct{})
	k.queueMutex.Lock()
	k.flushed = flushed
	k.queueMutex.Unlock()
	signal(k.wake)
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// signal sends to c, unless something waits there already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// enqueue adds p to the publications that wait for the broker.
func (k *BrokerLink) enqueue(p QueuedPublication) {
	k.queueMutex.Lock()
	k.queue.Add(p)
	k.queueMutex.Unlock()
	signal(k.wake)
}

// Connected implements TransportReceiver.
func (k *BrokerLink) Connected(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reason = err; err == nil {
		k.membership.Connect(k.now())
		k.connects++
	} else {
		k.membership.Disconnect()
	}
	signal(k.rearm)
}

// Received implements TransportReceiver.
func (k *BrokerLink) Received(topic string, data []byte) {
	e, err := ParseEnvelope(data)
	if topic == k.beatTopic {
		k.receiveBeat(&e, err)
		return
	}
	k.mu.RLock()
	t := k.topics[topic]
	k.mu.RUnlock()
	if t != nil { // otherwise this process has unsubscribed meanwhile
		t.receiveEnvelope(&e, err)
	}
}

// receiveBeat takes an envelope of the topic of beats.
func (k *BrokerLink) receiveBeat(e *Envelope, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil || !k.membership.Hear(e.Kind, e.Sender, k.now()) {
		k.counts.received.Add(1)
		k.counts.refused.Add(1)
		return
	}
	signal(k.rearm)
}

// AwaitsBeat reports whether an own beat has not come back over the connection yet.
func (k *BrokerLink) AwaitsBeat() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.membership.Connected() && k.membership.AwaitsBeat()
}

// LinkStats are the counters of a BrokerLink; see websocket.ClusterStats.
type LinkStats struct {
	QueueCounts
	Connected                                                          bool
	Connects                                                           uint64
	Received, Delivered, Echoes, Duplicates, Refused, Lost, Overflowed uint64
	Groups, Processes                                                  int
}

// Stats returns the counters.
func (k *BrokerLink) Stats() LinkStats {
	k.queueMutex.Lock()
	q := k.queue.Counts()
	k.queueMutex.Unlock()
	k.mu.RLock()
	defer k.mu.RUnlock()
	n := &k.counts
	return LinkStats{QueueCounts: q, Connected: k.membership.Confirmed(), Connects: k.connects,
		Received: n.received.Load(), Delivered: n.delivered.Load(), Echoes: n.echoes.Load(), Duplicates: n.duplicates.Load(),
		Refused: n.refused.Load(), Lost: n.lost.Load(), Overflowed: n.overflowed.Load(),
		Groups: len(k.topics), Processes: k.membership.Processes()}
}
