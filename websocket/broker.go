package websocket

import (
	"errors"
	"fmt"
	"time"

	"github.com/gotornado/tornado/websocket/internal/cluster"
)

// A Broker carries publications between the processes of a [Cluster]. Packages
// websocket/nats and websocket/redis have one each; websocket/brokertest has the tests that
// every Broker must pass. One goroutine of the cluster calls Open, Subscribe, Unsubscribe and
// Publish, which may block for seconds. Close may come from any goroutine.
type Broker interface {
	// Open starts to connect, and connects again whenever the connection ends, after
	// ReconnectDelay. It does not wait for a connection. Its error is about the
	// configuration. Open may be called again after Close; the subscriptions stay.
	Open(r Receiver) error

	// Subscribe subscribes to topics. While the connection stands it returns when the
	// subscriptions are in force. Otherwise it returns at once, and the Broker subscribes
	// before it calls Connected. A connection that ends meanwhile is not an error.
	Subscribe(topics []string)

	// Unsubscribe is the opposite of Subscribe.
	Unsubscribe(topics []string)

	// Publish returns nil when the broker has taken the whole batch. After an error the
	// broker may have taken a part: the cluster publishes the batch again, and receivers
	// drop what they have had. A Publish that the broker does not answer fails after 5 s.
	// If a publication is too large for the broker, Publish returns a
	// *PublicationTooLargeError and publishes nothing.
	Publish(batch []Publication) error

	// Close ends the connection. Later calls of Publish fail.
	Close() error
}

// A KeepingBroker is a Broker that can keep publications, and number them. A cluster whose
// groups have a history needs one.
type KeepingBroker interface {
	Broker

	// History returns the publications of topic after a number, oldest first, at most limit
	// of them. The page has another Epoch than before when numbers may have begun again.
	History(topic string, after uint64, limit int) (HistoryPage, error)
}

// A Receiver hears from a Broker. One goroutine of the Broker at a time calls it, and it
// does not block.
type Receiver interface {
	// Connected tells that the connection stands and all subscriptions are in force, if err
	// is nil. Otherwise err is the reason why there is no connection.
	Connected(err error)

	// Received delivers a publication. The Broker must not change data later. at is zero for
	// a publication that the broker does not keep.
	Received(topic string, at Position, data []byte)
}

// A Publication is data for all subscribers of a topic.
type Publication struct {
	Topic string
	Data  []byte
	Keep  Keep
}

// Keep says how long a broker keeps a publication for History. The zero value keeps nothing.
type Keep struct {
	Messages int           // how many publications of the topic are kept
	Age      time.Duration // how long they are kept
	// Sender, Run and Number identify the publication, so that one that is published again
	// is kept once.
	Sender, Run, Number uint64
}

// A Position is the place of a publication that a broker keeps. The zero value is that of a
// publication that is not kept.
type Position struct {
	Epoch    uint64 // positions of different epochs cannot be compared
	Number   uint64 // grows with each publication of the topic
	Previous uint64 // the Number of the publication before; 0 if the broker does not know it
}

// A HistoryPage is a part of the publications that a broker keeps for a topic.
type HistoryPage struct {
	Epoch   uint64
	Last    uint64 // the number of the newest publication of the topic
	Entries []HistoryEntry
}

// A HistoryEntry is a publication that a broker has kept.
type HistoryEntry struct {
	Position
	Data []byte
}

// A PublicationTooLargeError is the error of Publish for a batch with a publication that the
// broker does not take.
type PublicationTooLargeError struct {
	Index int // of the first such publication in the batch
	Limit int // bytes of Data that the broker takes
}

func (e *PublicationTooLargeError) Error() string {
	return fmt.Sprintf("websocket: the publication is larger than the %d bytes that the broker takes", e.Limit)
}

// ReconnectDelay returns how long a Broker waits before it tries to connect again. attempt
// counts the attempts since the connection ended, from 0. The delay doubles from 50 ms to
// 400 ms, and varies at random by half of it either way, so that the processes of a cluster do
// not all connect at once.
func ReconnectDelay(attempt int) time.Duration { return cluster.ReconnectDelay(attempt) }

// A brokerTransport is a Broker as package cluster knows it.
type brokerTransport struct{ Broker }

// Open opens the broker. r hears of it.
func (b brokerTransport) Open(r cluster.TransportReceiver) error {
	return b.Broker.Open(brokerReceiver{r})
}

// Publish publishes a batch.
func (b brokerTransport) Publish(batch []cluster.QueuedPublication) error {
	all := make([]Publication, len(batch))
	for i, p := range batch {
		all[i] = Publication{Topic: p.Topic, Data: p.Data}
	}
	err := b.Broker.Publish(all)
	var tooLarge *PublicationTooLargeError
	if errors.As(err, &tooLarge) {
		return &cluster.TooLargeError{Index: tooLarge.Index, Limit: tooLarge.Limit}
	}
	return err
}

// A brokerReceiver is the Receiver that a brokerTransport opens its Broker with.
type brokerReceiver struct{ cluster.TransportReceiver }

// Received passes a publication on.
func (r brokerReceiver) Received(topic string, _ Position, data []byte) {
	r.TransportReceiver.Received(topic, data)
}
