package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/gotornado/tornado/websocket"
)

// A redisLink connects to the server again and again, from Open to Close.
type redisLink struct {
	broker   *Broker
	receiver websocket.Receiver
	options  rueidis.ClientOption
	cancel   context.CancelFunc
	session  *redisSession // nil without a connection; the broker's mutex guards it

	receiving sync.Mutex // held during each call of the receiver
	closed    bool
}

// keepConnected runs until ctx is done.
func (l *redisLink) keepConnected(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		s, err := l.connect(ctx)
		if err == nil {
			attempt = -1
			l.tell(nil)
			err = s.awaitEnd(ctx)
			l.setSession(nil)
		}
		l.tell(err)
		select {
		case <-ctx.Done():
		case <-time.After(websocket.ReconnectDelay(max(attempt, 0))):
		}
	}
}

// connect returns a session in which all subscriptions are in force.
func (l *redisLink) connect(ctx context.Context) (*redisSession, error) {
	client, err := rueidis.NewClient(l.options)
	if err != nil {
		return nil, err
	}
	s := newRedisSession(client, l)
	for subscribed := map[string]bool{}; ; {
		missing := l.adopt(s, subscribed)
		if len(missing) == 0 {
			return s, nil
		}
		if err := s.subscribe(missing); err != nil {
			client.Close()
			return nil, err
		}
		for _, topic := range missing {
			subscribed[topic] = true
		}
		if ctx.Err() != nil {
			client.Close()
			return nil, ctx.Err()
		}
	}
}

// adopt returns the subscriptions that are not in subscribed. If there are none, s becomes the
// session of the link, which executes later changes itself.
func (l *redisLink) adopt(s *redisSession, subscribed map[string]bool) (missing []string) {
	l.broker.mu.Lock()
	defer l.broker.mu.Unlock()
	for topic := range l.broker.topics {
		if !subscribed[topic] {
			missing = append(missing, topic)
		}
	}
	if len(missing) == 0 {
		l.session = s
	}
	return missing
}

func (l *redisLink) setSession(s *redisSession) {
	l.broker.mu.Lock()
	defer l.broker.mu.Unlock()
	l.session = s
}

// tell calls Connected of the receiver, unless the link is closed.
func (l *redisLink) tell(err error) {
	l.receiving.Lock()
	defer l.receiving.Unlock()
	if !l.closed {
		l.receiver.Connected(err)
	}
}

// deliverMessage calls Received of the receiver, unless the link is closed.
func (l *redisLink) deliverMessage(topic, data string) {
	l.receiving.Lock()
	defer l.receiving.Unlock()
	if !l.closed {
		l.receiver.Received(topic, websocket.Position{}, []byte(data))
	}
}

// closeLink ends the link. It does not wait for its goroutine.
func (l *redisLink) closeLink() {
	l.cancel()
	l.receiving.Lock()
	defer l.receiving.Unlock()
	l.closed = true
}

// A redisSession is one connection to the server: a client with one connection for publications, and
// another one for subscriptions.
type redisSession struct {
	client      rueidis.Client
	subscriber  rueidis.DedicatedClient
	lost        <-chan error  // of the subscriber
	failed      chan struct{} // closed by fail
	failOnce    sync.Once
	failure     error
	mu          sync.Mutex
	confirmed   int // confirmations that have arrived
	requested   int // topics of all SUBSCRIBE and UNSUBSCRIBE commands
	confirmedAt chan struct{}
}

func newRedisSession(client rueidis.Client, l *redisLink) *redisSession {
	s := &redisSession{client: client, failed: make(chan struct{}), confirmedAt: make(chan struct{}, 1)}
	s.subscriber, _ = client.Dedicate()
	s.lost = s.subscriber.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage:      func(m rueidis.PubSubMessage) { l.deliverMessage(m.Channel, m.Message) },
		OnSubscription: func(rueidis.PubSubSubscription) { s.confirm() },
	})
	return s
}

// awaitEnd waits until the connection is lost, or ctx is done. It closes the client and returns
// the reason.
func (s *redisSession) awaitEnd(ctx context.Context) (err error) {
	select {
	case err = <-s.lost:
	case <-s.failed:
		err = s.failure
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.client.Close()
	if err == nil {
		err = errors.New("redis: the server has closed the connection")
	}
	return err
}

// fail ends the session because of err.
func (s *redisSession) fail(err error) {
	s.failOnce.Do(func() {
		s.failure = err
		close(s.failed)
	})
}

// confirm records the server's confirmation for a topic.
func (s *redisSession) confirm() {
	s.mu.Lock()
	s.confirmed++
	s.mu.Unlock()
	select {
	case s.confirmedAt <- struct{}{}:
	default:
	}
}

// subscribe returns when the server has confirmed all topics.
func (s *redisSession) subscribe(topics []string) error {
	return s.change(topics, func(part []string) rueidis.Completed {
		return s.subscriber.B().Subscribe().Channel(part...).Build()
	})
}

func (s *redisSession) unsubscribe(topics []string) error {
	return s.change(topics, func(part []string) rueidis.Completed {
		return s.subscriber.B().Unsubscribe().Channel(part...).Build()
	})
}

// change sends commands for topics, and waits until the server has confirmed each topic. An
// error ends the session.
func (s *redisSession) change(topics []string, command func([]string) rueidis.Completed) error {
	ctx, cancel := context.WithTimeout(context.Background(), responseTimeout)
	defer cancel()
	for len(topics) > 0 {
		part := topics[:min(len(topics), subscribeChunk)]
		topics = topics[len(part):]
		s.mu.Lock()
		s.requested += len(part)
		s.mu.Unlock()
		if err := s.subscriber.Do(ctx, command(part)).Error(); err != nil {
			s.fail(err)
			return err
		}
	}
	return s.awaitConfirmations(ctx)
}

func (s *redisSession) awaitConfirmations(ctx context.Context) error {
	for {
		s.mu.Lock()
		done := s.confirmed >= s.requested
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-s.confirmedAt:
		case <-s.failed:
			return s.failure
		case <-ctx.Done():
			s.fail(ctx.Err())
			return ctx.Err()
		}
	}
}

// publish returns nil when the server has taken the whole batch. An error of the connection ends
// the session.
func (s *redisSession) publish(batch []websocket.Publication) error {
	ctx, cancel := context.WithTimeout(context.Background(), responseTimeout)
	defer cancel()
	commands := make(rueidis.Commands, len(batch))
	for i, p := range batch {
		commands[i] = s.client.B().Publish().Channel(p.Topic).Message(rueidis.BinaryString(p.Data)).Build()
	}
	for _, result := range s.client.DoMulti(ctx, commands...) {
		if err := result.Error(); err != nil {
			if _, ok := rueidis.IsRedisErr(err); !ok {
				s.fail(err)
			}
			return err
		}
	}
	return nil
}
