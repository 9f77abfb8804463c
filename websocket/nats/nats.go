// Package nats connects the groups of a websocket.Cluster through a NATS server or a cluster of
// them.
package nats

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gotornado/tornado/websocket"
)

const (
	// responseTimeout is the time after which a server that does not respond is given up.
	responseTimeout = 5 * time.Second
	// pingInterval is the time between the pings of the client. Two pongs may be missing.
	pingInterval = 2 * time.Second
	// maxUnread is the number of messages that may wait for the receiver. Further ones are
	// dropped, which the cluster counts as lost.
	maxUnread = 1 << 16
)

// A Broker is a websocket.Broker on NATS. It uses core NATS only, so nothing is stored. The
// zero value is for a server on this machine.
type Broker struct {
	// URL is "nats://user:password@host:port", or "tls://..." for TLS. Several URLs are
	// separated by commas. "" means nats://127.0.0.1:4222.
	URL string
	// Options are more options of the client, for TLS, credentials and so on. Those about
	// reconnecting, pings and handlers of the connection are set by the Broker.
	Options []nats.Option

	mu     sync.Mutex
	topics map[string]bool // all subscriptions
	link   *natsLink       // nil when closed
}

var _ websocket.Broker = (*Broker)(nil)

// errAway is the error of Publish without a connection.
var errAway = errors.New("nats: there is no connection to the server")

// Open implements websocket.Broker.
func (b *Broker) Open(r websocket.Receiver) error {
	address := b.URL
	if address == "" {
		address = nats.DefaultURL
	}
	for one := range strings.SplitSeq(address, ",") {
		if err := checkURL(strings.TrimSpace(one)); err != nil {
			return fmt.Errorf("nats: Broker.URL: %w", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.link != nil {
		return errors.New("nats: the broker is open already")
	}
	l := newLink(b, r)
	b.link = l
	go l.connect(address, b.Options)
	go l.deliverMessages()
	return nil
}

// checkURL returns an error for a URL that cannot be one of a server. It does not contain the
// URL, which may have a password.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	if !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) || u.Host == "" {
		return errors.New("use nats://host:port or tls://host:port")
	}
	return nil
}

// Subscribe implements websocket.Broker.
func (b *Broker) Subscribe(topics []string) {
	b.changeTopics(func(l *natsLink) {
		for _, topic := range topics {
			b.topics[topic] = true
			l.subscribe(topic)
		}
	})
}

// Unsubscribe implements websocket.Broker.
func (b *Broker) Unsubscribe(topics []string) {
	b.changeTopics(func(l *natsLink) {
		for _, topic := range topics {
			delete(b.topics, topic)
			l.unsubscribe(topic)
		}
	})
}

// changeTopics calls change, which changes the subscriptions, and waits until the server has
// executed the changes. l is nil without a link.
func (b *Broker) changeTopics(change func(l *natsLink)) {
	b.mu.Lock()
	if b.topics == nil {
		b.topics = map[string]bool{}
	}
	change(b.link)
	var conn *nats.Conn
	if b.link != nil {
		conn = b.link.conn
	}
	b.mu.Unlock()
	if conn != nil && conn.IsConnected() {
		conn.FlushTimeout(responseTimeout)
	}
}

// Publish implements websocket.Broker.
func (b *Broker) Publish(batch []websocket.Publication) error {
	b.mu.Lock()
	l := b.link
	b.mu.Unlock()
	if l == nil {
		return errAway
	}
	return l.publish(batch)
}

// Close implements websocket.Broker. The receiver is not called any more after it.
func (b *Broker) Close() error {
	b.mu.Lock()
	l := b.link
	b.link = nil
	b.mu.Unlock()
	if l != nil {
		l.closeLink()
	}
	return nil
}
