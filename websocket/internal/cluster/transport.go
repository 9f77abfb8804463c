package cluster

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A Transport carries publications between processes. Its methods are those of
// websocket.Broker, which has their contracts.
type Transport interface {
	Open(r TransportReceiver) error
	Subscribe(topics []string)
	Unsubscribe(topics []string)
	Publish(batch []QueuedPublication) error
	Close() error
}

// A TransportReceiver hears from a Transport; see websocket.Receiver.
type TransportReceiver interface {
	Connected(err error)
	Received(topic string, data []byte)
}

// A QueuedPublication is data for all subscribers of a topic.
type QueuedPublication struct {
	Topic string
	Data  []byte
}

// size returns the bytes of a publication in a queue.
func (p *QueuedPublication) size() int { return 96 + len(p.Topic) + len(p.Data) }

// A TooLargeError is the error of Publish for a batch with a publication that is too large for
// the broker; see websocket.PublicationTooLargeError.
type TooLargeError struct{ Index, Limit int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the publication is larger than the %d bytes that the broker takes", e.Limit)
}

// The delays between attempts to connect to a broker.
const (
	firstReconnectDelay = 50 * time.Millisecond
	lastReconnectDelay  = 400 * time.Millisecond
)

// ReconnectDelay returns the delay before an attempt to connect; see websocket.ReconnectDelay.
func ReconnectDelay(attempt int) time.Duration {
	d := lastReconnectDelay
	if attempt < 3 {
		d = firstReconnectDelay << max(attempt, 0)
	}
	return d/2 + rand.N(d)
}
