package brokertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// The load of RunKilled.
const (
	killedProcesses = 3
	killedMessages  = 2000                   // of each process
	killedPause     = 2 * time.Millisecond   // between two messages of a process
	killedDowntime  = 500 * time.Millisecond // how long the server is stopped
)

// RunKilled kills a server while three clusters broadcast through it, and starts it again. Each
// member must get each message once and in order: the messages wait while there is no connection.
func RunKilled(t *testing.T, start func(t *testing.T) TestedServer) {
	s := start(t)
	processes := make([]*killedProcess, killedProcesses)
	for i := range processes {
		processes[i] = newKilledProcess(t, s)
	}
	for _, p := range processes {
		require.Eventually(t, func() bool { return p.cluster.Stats().Processes == killedProcesses && p.cluster.Stats().Groups == 1 },
			patience, time.Millisecond, "the processes do not know each other")
	}
	var sending sync.WaitGroup
	for i, p := range processes {
		sending.Go(func() {
			for n := range killedMessages {
				p.group.Broadcast(websocket.Text(fmt.Sprint(i, " ", n)))
				time.Sleep(killedPause)
			}
		})
	}
	time.Sleep(killedDowntime)
	s.Stop()
	time.Sleep(killedDowntime)
	s.Start()
	sending.Wait()
	for _, p := range processes {
		p.requireAll(t)
		stats := p.cluster.Stats()
		require.Zero(t, stats.Lost+stats.Dropped+stats.Overflowed, "%+v", stats)
		require.GreaterOrEqual(t, stats.Connects, uint64(2), "%+v", stats)
	}
}

// A killedProcess is a process of a cluster, with one WebSocket in the group "room".
type killedProcess struct {
	cluster  *websocket.Cluster
	group    *websocket.Group
	mu       sync.Mutex
	next     [killedProcesses]int // the number that each process sends next
	received int
	fault    string // the first message that is not the next one of its process
}

// A joining handler joins a group.
type joining struct {
	websocket.WebSocketHandler
	group *websocket.Group
}

// Open joins the group.
func (h *joining) Open(...string) error {
	h.group.Add(h)
	return nil
}

func newKilledProcess(t *testing.T, s TestedServer) *killedProcess {
	cluster, err := websocket.NewCluster(s.NewBroker(), websocket.ClusterOptions{Beat: 500 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { cluster.Leave(context.Background(), 0) })
	m := &killedProcess{cluster: cluster, group: cluster.Group("room")}
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	server := httpserver.New(web.NewApplication([]web.URLSpec{web.URL("/", joining{group: m.group})}, web.Settings{}),
		httpserver.Options{Loop: loop})
	bound, err := server.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- loop.Start() }()
	t.Cleanup(func() {
		loop.Stop()
		<-ended
		loop.CloseAll()
	})
	loop.AddCallback(func() {
		_, err := websocket.Connect(loop, fmt.Sprintf("ws://%s/", bound), websocket.ConnectOptions{OnMessage: m.receiveNext}).Await()
		if err != nil {
			t.Error(err)
		}
	})
	return m
}

// receiveNext checks a message that the WebSocket of the member has received.
func (m *killedProcess) receiveNext(message *websocket.Message) {
	if message == nil {
		return
	}
	var process, number int
	_, err := fmt.Sscanf(message.String(), "%d %d", &process, &number)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received++
	if err != nil || number != m.next[process] {
		if m.fault == "" {
			m.fault = fmt.Sprintf("got %q, want number %d of process %d", message, m.next[process], process)
		}
		return
	}
	m.next[process]++
}

// requireAll waits until the member has received all messages, and requires their order.
func (m *killedProcess) requireAll(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.fault != "" || m.received == killedProcesses*killedMessages
	}, patience, time.Millisecond, "messages are missing: %v %+v", &m.next, m.cluster.Stats())
	require.Empty(t, m.fault)
}
