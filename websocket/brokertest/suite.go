package brokertest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/websocket"
)

// patience is the time limit for events that happen soon on an idle machine.
const patience = time.Minute

// A TestedServer is a server of a broker under test.
type TestedServer interface {
	// NewBroker returns another broker that is not open.
	NewBroker() websocket.Broker
	// Stop ends the server at once, and Start starts it again at the same address.
	Stop()
	Start()
	// Pause lets the server stand still, and Resume lets it go on. Its connections stay.
	Pause()
	Resume()
}

// Run tests the brokers of servers that start returns. start ends each server with its test.
func Run(t *testing.T, start func(t *testing.T) TestedServer) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, s TestedServer)
	}{
		{"Order", testOrder},
		{"Payloads", testPayloads},
		{"ManyTopics", testManyTopics},
		{"Away", testAway},
		{"Reconnect", testReconnect},
		{"Silent", testSilent},
		{"CloseAndOpen", testCloseAndOpen},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, start(t)) })
	}
}

// A recorder is a Receiver that records its calls.
type recorder struct {
	t        *testing.T
	mu       sync.Mutex
	changed  *sync.Cond
	statuses []error
	received []string // "topic data"
	calls    int      // calls that run now
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{t: t}
	r.changed = sync.NewCond(&r.mu)
	return r
}

// enter checks that no other call runs.
func (r *recorder) enter() (leave func()) {
	r.mu.Lock()
	if r.calls++; r.calls > 1 {
		r.t.Error("the broker has called the receiver twice at the same time")
	}
	return func() {
		r.calls--
		r.changed.Broadcast()
		r.mu.Unlock()
	}
}

// Connected implements websocket.Receiver.
func (r *recorder) Connected(err error) {
	defer r.enter()()
	r.statuses = append(r.statuses, err)
}

// Received implements websocket.Receiver.
func (r *recorder) Received(topic string, _ websocket.Position, data []byte) {
	defer r.enter()()
	r.received = append(r.received, topic+" "+string(data))
}

// await waits until condition holds. The recorder is locked while condition runs.
func (r *recorder) await(what string, condition func() bool) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return condition()
	}, patience, time.Millisecond, what)
}

// awaitConnected waits until the last status is a connection, or is none.
func (r *recorder) awaitConnected(connected bool) {
	r.t.Helper()
	r.await("the status of the connection", func() bool {
		n := len(r.statuses)
		return n > 0 && (r.statuses[n-1] == nil) == connected
	})
}

// awaitReceived waits until the publications have arrived, and nothing else.
func (r *recorder) awaitReceived(want ...string) {
	r.t.Helper()
	r.await("publications", func() bool { return len(r.received) >= len(want) })
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Equal(r.t, want, r.received)
	r.received = nil
}

// open returns a new broker that is connected and subscribed to topics.
func open(t *testing.T, s TestedServer, topics ...string) (websocket.Broker, *recorder) {
	t.Helper()
	b, r := s.NewBroker(), newRecorder(t)
	require.NoError(t, b.Open(r))
	t.Cleanup(func() { b.Close() })
	b.Subscribe(topics)
	r.awaitConnected(true)
	return b, r
}

// publish publishes one publication.
func publish(t *testing.T, b websocket.Broker, topic, data string) {
	t.Helper()
	require.NoError(t, b.Publish([]websocket.Publication{{Topic: topic, Data: []byte(data)}}))
}

// testOrder checks that publications arrive once, in order, at each subscriber and at the
// publisher itself.
func testOrder(t *testing.T, s TestedServer) {
	a, atA := open(t, s, "x.g.one")
	_, atB := open(t, s, "x.g.one", "x.g.two")
	a.Subscribe([]string{"x.g.one"}) // for a second time
	var want, wantA []string
	for i := range 10 {
		var batch []websocket.Publication
		for j := range 50 {
			topic := []string{"x.g.one", "x.g.two", "x.g.three"}[j%3]
			data := fmt.Sprint(i, ".", j)
			batch = append(batch, websocket.Publication{Topic: topic, Data: []byte(data)})
			if topic != "x.g.three" {
				want = append(want, topic+" "+data)
			}
			if topic == "x.g.one" {
				wantA = append(wantA, topic+" "+data)
			}
		}
		require.NoError(t, a.Publish(batch))
	}
	atB.awaitReceived(want...)
	atA.awaitReceived(wantA...)
}

// testPayloads checks all bytes, empty data, large data, and topics with special characters.
func testPayloads(t *testing.T, s TestedServer) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	topics := []string{"x.g.a b", "x.g.>", "x.g.*", "x.g.=20", "x.g.a.b", "x.g.\u00e4\r\n", "x.g." + strings.Repeat("n", 200)}
	b, r := open(t, s, topics...)
	var want []string
	for _, topic := range topics {
		for _, data := range []string{"", string(all), strings.Repeat("large", 100_000)} {
			publish(t, b, topic, data)
			want = append(want, topic+" "+data)
		}
	}
	r.awaitReceived(want...)

	large := bytes.Repeat([]byte("x"), 2<<20)
	err := b.Publish([]websocket.Publication{{Topic: topics[0], Data: []byte("small")}, {Topic: topics[0], Data: large}})
	var tooLarge *websocket.PublicationTooLargeError
	if errors.As(err, &tooLarge) {
		require.Equal(t, 1, tooLarge.Index)
		require.Greater(t, len(large), tooLarge.Limit)
		publish(t, b, topics[0], "next")
		r.awaitReceived(topics[0] + " next")
		return
	}
	require.NoError(t, err)
	r.awaitReceived(topics[0]+" small", topics[0]+" "+string(large))
}

// testManyTopics subscribes to many topics at once, and unsubscribes from them.
func testManyTopics(t *testing.T, s TestedServer) {
	topics := make([]string, 3000)
	for i := range topics {
		topics[i] = fmt.Sprint("x.g.", i)
	}
	b, r := open(t, s, topics...)
	publish(t, b, topics[0], "first")
	publish(t, b, topics[2999], "last")
	r.awaitReceived(topics[0]+" first", topics[2999]+" last")
	b.Unsubscribe(topics[:2999])
	b.Unsubscribe([]string{topics[0], "x.g.unknown"})
	publish(t, b, topics[0], "no process gets it")
	publish(t, b, topics[2999], "last")
	r.awaitReceived(topics[2999] + " last")
	b.Subscribe(topics[:1])
	publish(t, b, topics[0], "again")
	r.awaitReceived(topics[0] + " again")
}

// testAway opens a broker without a server.
func testAway(t *testing.T, s TestedServer) {
	s.Stop()
	b, r := s.NewBroker(), newRecorder(t)
	require.NoError(t, b.Open(r))
	defer b.Close()
	b.Subscribe([]string{"x.g.early", "x.g.dropped"})
	b.Unsubscribe([]string{"x.g.dropped"})
	r.awaitConnected(false)
	require.Error(t, b.Publish([]websocket.Publication{{Topic: "x.g.early", Data: []byte("lost")}}))
	s.Start()
	r.awaitConnected(true)
	publish(t, b, "x.g.dropped", "not subscribed")
	publish(t, b, "x.g.early", "hi")
	r.awaitReceived("x.g.early hi")
}

// testReconnect kills the server several times. All subscriptions must be in force when the
// broker says that it is connected.
func testReconnect(t *testing.T, s TestedServer) {
	topics := make([]string, 500)
	for i := range topics {
		topics[i] = fmt.Sprint("x.g.", i)
	}
	b, r := open(t, s, topics...)
	for i := range 3 {
		s.Stop()
		r.awaitConnected(false)
		require.Error(t, b.Publish([]websocket.Publication{{Topic: topics[0], Data: []byte("lost")}}))
		late := fmt.Sprint("x.g.late", i)
		b.Subscribe([]string{late})
		s.Start()
		r.awaitConnected(true)
		publish(t, b, topics[499], "last")
		publish(t, b, late, "late")
		r.awaitReceived(topics[499]+" last", late+" late")
	}
}

// testSilent checks that a server which does not respond is given up, and used again later.
func testSilent(t *testing.T, s TestedServer) {
	b, r := open(t, s, "x.g.one")
	s.Pause()
	uncertain := []websocket.Publication{{Topic: "x.g.one", Data: []byte("uncertain")}}
	require.Eventually(t, func() bool { return b.Publish(uncertain) != nil }, patience, time.Millisecond,
		"a server that stands still takes publications")
	r.awaitConnected(false)
	s.Resume()
	r.awaitConnected(true)
	publish(t, b, "x.g.one", "again") // uncertain ones may have arrived before
	r.await("the last publication", func() bool {
		return len(r.received) > 0 && r.received[len(r.received)-1] == "x.g.one again"
	})
}

// testCloseAndOpen checks that a closed broker calls its receiver no more, and can be opened
// again with its subscriptions.
func testCloseAndOpen(t *testing.T, s TestedServer) {
	b, r := open(t, s, "x.g.one")
	other, _ := open(t, s)
	require.NoError(t, b.Close())
	r.mu.Lock()
	calls := len(r.statuses) + len(r.received)
	r.mu.Unlock()
	require.Error(t, b.Publish([]websocket.Publication{{Topic: "x.g.one", Data: []byte("closed")}}))
	publish(t, other, "x.g.one", "missed")
	require.NoError(t, b.Close(), "a second call")

	again := newRecorder(t)
	require.NoError(t, b.Open(again))
	again.awaitConnected(true)
	publish(t, other, "x.g.one", "hi")
	again.awaitReceived("x.g.one hi")
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Equal(t, calls, len(r.statuses)+len(r.received), "the first receiver is called no more")
}
