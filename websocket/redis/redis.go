// Package redis connects the groups of a websocket.Cluster through a Redis server.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/gotornado/tornado/websocket"
)

// responseTimeout is the time after which a server that does not respond is given up.
const responseTimeout = 5 * time.Second

// subscribeChunk is the number of topics in one SUBSCRIBE command.
const subscribeChunk = 1000

// A Broker is a websocket.Broker on one Redis server, of version 6 or later. It uses pub/sub
// only, so nothing is stored. The zero value is for a server on this machine.
type Broker struct {
	// URL is "redis://user:password@host:port", or "rediss://..." for TLS. Without a port it
	// is 6379. "" means redis://127.0.0.1:6379.
	URL string
	// TLS is the configuration for rediss; nil means the zero Config.
	TLS *tls.Config

	mu     sync.Mutex
	topics map[string]bool // all subscriptions
	link   *redisLink      // nil when closed
}

var _ websocket.Broker = (*Broker)(nil)

// errAway is the error of Publish without a connection.
var errAway = errors.New("redis: there is no connection to the server")

// Open implements websocket.Broker.
func (b *Broker) Open(r websocket.Receiver) error {
	options, err := b.options()
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.link != nil {
		return errors.New("redis: the broker is open already")
	}
	b.link = &redisLink{broker: b, receiver: r, options: options}
	var ctx context.Context
	ctx, b.link.cancel = context.WithCancel(context.Background())
	go b.link.keepConnected(ctx)
	return nil
}

// options returns the options of the client.
func (b *Broker) options() (rueidis.ClientOption, error) {
	address := b.URL
	if address == "" {
		address = "redis://127.0.0.1:6379"
	}
	o, err := rueidis.ParseURL(address)
	if err != nil {
		return o, fmt.Errorf("redis: Broker.URL: %w", withoutURL(err))
	}
	if o.TLSConfig != nil && b.TLS != nil {
		name := o.TLSConfig.ServerName
		if o.TLSConfig = b.TLS.Clone(); o.TLSConfig.ServerName == "" {
			o.TLSConfig.ServerName = name
		}
	}
	o.ForceSingleClient, o.DisableCache, o.DisableRetry = true, true, true
	o.PipelineMultiplex = -1 // one connection for publications
	o.ConnWriteTimeout = responseTimeout
	o.Dialer.Timeout = responseTimeout
	o.Dialer.KeepAlive = time.Second // the client sends a PING after this time without traffic
	return o, nil
}

// withoutURL returns err without the URL, which may contain a password.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Subscribe implements websocket.Broker.
func (b *Broker) Subscribe(topics []string) {
	if s := b.changeTopics(topics, true); s != nil {
		s.subscribe(topics)
	}
}

// Unsubscribe implements websocket.Broker.
func (b *Broker) Unsubscribe(topics []string) {
	if s := b.changeTopics(topics, false); s != nil {
		s.unsubscribe(topics)
	}
}

// changeTopics records a change of the subscriptions. It returns the session that must execute
// it, or nil if there is none.
func (b *Broker) changeTopics(topics []string, subscribed bool) *redisSession {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.topics == nil {
		b.topics = map[string]bool{}
	}
	for _, topic := range topics {
		if subscribed {
			b.topics[topic] = true
		} else {
			delete(b.topics, topic)
		}
	}
	return b.session()
}

// session returns the current session, or nil. The caller holds b.mu.
func (b *Broker) session() *redisSession {
	if b.link == nil {
		return nil
	}
	return b.link.session
}

// Publish implements websocket.Broker.
func (b *Broker) Publish(batch []websocket.Publication) error {
	b.mu.Lock()
	s := b.session()
	b.mu.Unlock()
	if s == nil {
		return errAway
	}
	return s.publish(batch)
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
