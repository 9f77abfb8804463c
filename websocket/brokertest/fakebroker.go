// Package brokertest tests brokers of websocket.Cluster, and clusters without a broker's
// program.
package brokertest

import (
	"errors"
	"sync"

	"github.com/gotornado/tornado/websocket"
)

// A FakeServer is a broker's server in memory. Its FakeBrokers connect to it. Tests make it
// fail in the ways in which real servers and networks fail.
type FakeServer struct {
	mu      sync.Mutex
	down    bool
	limit   int
	brokers []*FakeBroker
	filter  func(to *FakeBroker, topic string, data []byte) (copies int)
}

// NewFakeServer returns a server that runs.
func NewFakeServer() *FakeServer { return &FakeServer{limit: 1 << 20} }

// NewBroker returns a broker for one process.
func (s *FakeServer) NewBroker() *FakeBroker {
	b := &FakeBroker{server: s, topics: map[string]bool{}}
	b.changed = sync.NewCond(&b.mu)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.brokers = append(s.brokers, b)
	return b
}

// Stop ends all connections. Nothing connects until Start.
func (s *FakeServer) Stop() {
	s.setDown(true)
	for _, b := range s.all() {
		b.Cut()
	}
}

// StartEmpty lets brokers connect again when their Connect is called.
func (s *FakeServer) StartEmpty() { s.setDown(false) }

// Start lets brokers connect again, and has all of them connect.
func (s *FakeServer) Start() {
	s.setDown(false)
	for _, b := range s.all() {
		b.Connect()
	}
}

// SetFilter calls filter for each delivery to a broker. It returns how many copies arrive: 0
// loses the publication, 2 repeats it. nil delivers everything once.
func (s *FakeServer) SetFilter(filter func(to *FakeBroker, topic string, data []byte) (copies int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter = filter
}

func (s *FakeServer) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *FakeServer) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

func (s *FakeServer) all() []*FakeBroker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*FakeBroker(nil), s.brokers...)
}

// copies returns how many copies of a publication arrive at b.
func (s *FakeServer) copies(b *FakeBroker, topic string, data []byte) int {
	s.mu.Lock()
	filter := s.filter
	s.mu.Unlock()
	if filter == nil {
		return 1
	}
	return filter(b, topic, data)
}

// A FakeBroker is the broker of one process. Its subscriptions outlive its connection.
type FakeBroker struct {
	server      *FakeServer
	subscribing sync.Mutex // held by Subscribe and Unsubscribe

	mu         sync.Mutex
	changed    *sync.Cond
	receiver   websocket.Receiver // nil when closed
	connected  bool
	topics     map[string]bool
	subscribes int
	failing    bool // the next Publish fails
	failAfter  int  // after so many publications were taken
	events     []func(websocket.Receiver)
	delivering bool
}

// ErrAway is the error of a FakeBroker without a connection.
var ErrAway = errors.New("brokertest: there is no connection to the fake server")

// Open implements websocket.Broker.
func (b *FakeBroker) Open(r websocket.Receiver) error {
	b.mu.Lock()
	b.receiver = r
	b.mu.Unlock()
	b.Connect()
	return nil
}

// Connect connects, unless there is a connection already. If the server is stopped, it tells
// the receiver so.
func (b *FakeBroker) Connect() {
	down := b.server.isDown()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.receiver == nil || b.connected {
		return
	}
	if b.connected = !down; down {
		b.tell(func(r websocket.Receiver) { r.Connected(ErrAway) })
		return
	}
	b.tell(func(r websocket.Receiver) { r.Connected(nil) })
}

// Cut ends the connection, until Connect is called.
func (b *FakeBroker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.connected {
		b.connected = false
		b.tell(func(r websocket.Receiver) { r.Connected(ErrAway) })
	}
}

// FailNext lets the next Publish fail after the server has taken so many publications of the
// batch.
func (b *FakeBroker) FailNext(taken int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing, b.failAfter = true, taken
}

// Subscribe implements websocket.Broker.
func (b *FakeBroker) Subscribe(topics []string) { b.setTopics(topics, true) }

// Unsubscribe implements websocket.Broker.
func (b *FakeBroker) Unsubscribe(topics []string) { b.setTopics(topics, false) }

// BlockSubscribe lets Subscribe and Unsubscribe wait until resume is called.
func (b *FakeBroker) BlockSubscribe() (resume func()) {
	b.subscribing.Lock()
	return b.subscribing.Unlock
}

func (b *FakeBroker) setTopics(topics []string, subscribed bool) {
	b.subscribing.Lock()
	defer b.subscribing.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		if b.topics[topic] != subscribed {
			b.subscribes++
		}
		if subscribed {
			b.topics[topic] = true
		} else {
			delete(b.topics, topic)
		}
	}
}

// Subscribed reports whether the process is subscribed to topic.
func (b *FakeBroker) Subscribed(topic string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.topics[topic]
}

// Changes returns how many topics were added and removed since the start.
func (b *FakeBroker) Changes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.subscribes
}

// Publish implements websocket.Broker.
func (b *FakeBroker) Publish(batch []websocket.Publication) error {
	for i, p := range batch {
		if len(p.Data) > b.server.limit {
			return &websocket.PublicationTooLargeError{Index: i, Limit: b.server.limit}
		}
	}
	taken, err := b.admit(len(batch))
	for _, p := range batch[:taken] {
		for _, to := range b.server.all() {
			to.deliver(p)
		}
	}
	return err
}

// admit returns how many publications of a batch the server takes, and the error of the rest.
func (b *FakeBroker) admit(n int) (taken int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.connected:
		return 0, ErrAway
	case b.failing:
		b.failing = false
		return min(n, b.failAfter), ErrAway
	}
	return n, nil
}

// deliver has the receiver called with p, if the process is subscribed to its topic.
func (b *FakeBroker) deliver(p websocket.Publication) {
	copies := b.server.copies(b, p.Topic, p.Data)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.connected || !b.topics[p.Topic] {
		return
	}
	for range copies {
		b.tell(func(r websocket.Receiver) { r.Received(p.Topic, websocket.Position{}, p.Data) })
	}
}

// tell has event called, after the events before it. The caller holds b.mu.
func (b *FakeBroker) tell(event func(websocket.Receiver)) {
	b.events = append(b.events, event)
	if !b.delivering {
		b.delivering = true
		go b.deliverEvents()
	}
}

// deliverEvents calls the receiver until there are no events.
func (b *FakeBroker) deliverEvents() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.events) > 0 {
		event, receiver := b.events[0], b.receiver
		b.events = b.events[1:]
		if receiver != nil {
			b.mu.Unlock()
			event(receiver)
			b.mu.Lock()
		}
	}
	b.delivering = false
	b.changed.Broadcast()
}

// Close implements websocket.Broker. It waits until the receiver is not called any more.
func (b *FakeBroker) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiver, b.connected = nil, false
	for b.delivering {
		b.changed.Wait()
	}
	return nil
}
