package nats

import (
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gotornado/tornado/websocket"
)

// A natsLink is the connection of a Broker from Open to Close. The client connects again by itself.
type natsLink struct {
	broker   *Broker
	receiver websocket.Receiver
	messages chan *nats.Msg
	ended    chan struct{} // closed by closeLink

	// The broker's mutex guards the following.
	conn          *nats.Conn                    // nil before the client exists
	subscriptions map[string]*nats.Subscription // by topic
	closed        bool

	naming   sync.RWMutex
	subjects map[string]string // topics by subject; guarded by naming

	receiving sync.Mutex // held during each call of the receiver
	silenced  bool       // the receiver must not be called any more; guarded by receiving
}

func newLink(b *Broker, r websocket.Receiver) *natsLink {
	return &natsLink{broker: b, receiver: r, messages: make(chan *nats.Msg, maxUnread), ended: make(chan struct{}),
		subscriptions: map[string]*nats.Subscription{}, subjects: map[string]string{}}
}

// connect makes the client, which connects until it succeeds.
func (l *natsLink) connect(address string, options []nats.Option) {
	options = append(append([]nats.Option{}, options...),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.CustomReconnectDelay(func(attempts int) time.Duration { return websocket.ReconnectDelay(attempts - 1) }),
		nats.Timeout(responseTimeout), nats.FlusherTimeout(responseTimeout),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(l.connected), nats.ReconnectHandler(l.connected),
		nats.DisconnectErrHandler(l.disconnected),
		nats.ReconnectErrHandler(l.disconnected),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // the cluster counts losses itself
	)
	conn, err := nats.Connect(address, options...)
	if err != nil {
		l.tell(err)
		return
	}
	if !l.use(conn) {
		conn.Close()
		return
	}
	l.call(func(r websocket.Receiver) {
		if !conn.IsConnected() { // otherwise connected has been called, or will be
			r.Connected(errAway)
		}
	})
}

// use makes conn the connection of the link, and subscribes to all topics. It returns false if
// the link is closed.
func (l *natsLink) use(conn *nats.Conn) bool {
	l.broker.mu.Lock()
	defer l.broker.mu.Unlock()
	if l.closed {
		return false
	}
	l.conn = conn
	for topic := range l.broker.topics {
		l.subscribe(topic)
	}
	return true
}

// connected is called by the client when there is a connection. The client has renewed its
// subscriptions.
func (l *natsLink) connected(conn *nats.Conn) {
	if l.use(conn) && conn.FlushTimeout(responseTimeout) == nil { // the server has executed the subscriptions
		l.tell(nil)
	}
}

// disconnected is called by the client when there is no connection.
func (l *natsLink) disconnected(_ *nats.Conn, err error) {
	if err == nil {
		err = errors.New("nats: the connection was closed")
	}
	l.tell(err)
}

// subscribe subscribes to a topic, unless the connection is subscribed already. Without a
// connection it does nothing. The caller holds the mutex of the broker.
func (l *natsLink) subscribe(topic string) {
	if l == nil || l.conn == nil || l.closed || l.subscriptions[topic] != nil {
		return
	}
	subject := subjectOf(topic)
	l.naming.Lock()
	l.subjects[subject] = topic
	l.naming.Unlock()
	if subscription, err := l.conn.ChanSubscribe(subject, l.messages); err == nil {
		l.subscriptions[topic] = subscription
	}
}

// unsubscribe is the opposite of subscribe.
func (l *natsLink) unsubscribe(topic string) {
	if l == nil || l.subscriptions[topic] == nil {
		return
	}
	l.subscriptions[topic].Unsubscribe()
	delete(l.subscriptions, topic)
	l.naming.Lock()
	delete(l.subjects, subjectOf(topic))
	l.naming.Unlock()
}

// deliverMessages passes messages to the receiver until closeLink.
func (l *natsLink) deliverMessages() {
	for {
		select {
		case <-l.ended:
			return
		case m := <-l.messages:
			l.naming.RLock()
			topic, ok := l.subjects[m.Subject]
			l.naming.RUnlock()
			if ok {
				l.call(func(r websocket.Receiver) { r.Received(topic, websocket.Position{}, m.Data) })
			}
		}
	}
}

func (l *natsLink) tell(err error) { l.call(func(r websocket.Receiver) { r.Connected(err) }) }

// call calls fn with the receiver, unless the link is closed.
func (l *natsLink) call(fn func(websocket.Receiver)) {
	l.receiving.Lock()
	defer l.receiving.Unlock()
	if !l.silenced {
		fn(l.receiver)
	}
}

// publish returns nil when the server has taken the whole batch.
func (l *natsLink) publish(batch []websocket.Publication) error {
	l.broker.mu.Lock()
	conn := l.conn
	l.broker.mu.Unlock()
	if conn == nil || !conn.IsConnected() {
		return errAway
	}
	limit := int(conn.MaxPayload())
	for i := range batch {
		if limit > 0 && len(batch[i].Data) > limit {
			return &websocket.PublicationTooLargeError{Index: i, Limit: limit}
		}
	}
	for _, p := range batch {
		if err := conn.Publish(subjectOf(p.Topic), p.Data); err != nil {
			return err
		}
	}
	err := conn.FlushTimeout(responseTimeout)
	if errors.Is(err, nats.ErrTimeout) {
		conn.ForceReconnect()
	}
	return err
}

// closeLink ends the link. It does not wait for its goroutines.
func (l *natsLink) closeLink() {
	l.receiving.Lock()
	l.silenced = true
	l.receiving.Unlock()
	l.broker.mu.Lock()
	l.closed = true
	conn := l.conn
	l.broker.mu.Unlock()
	close(l.ended)
	if conn != nil {
		conn.Close()
	}
}
