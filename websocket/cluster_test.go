package websocket_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
	"github.com/gotornado/tornado/websocket/brokertest"
)

// A clusterProcess is a process of a cluster in a test: a Cluster with a broker of its own and
// a server, whose handlers join the group "room". Time stands still until the test moves it.
type clusterProcess struct {
	*websocket.Cluster
	t      *testing.T
	broker *brokertest.FakeBroker
	server *server
	clock  *looptest.ManualClock
	step   func()

	mu       sync.Mutex
	statuses []websocket.BrokerStatus
}

const roomTopic = "tornado.g.room"

// startProcess starts a process.
func startProcess(t *testing.T, s *brokertest.FakeServer, o websocket.ClusterOptions) *clusterProcess {
	t.Helper()
	p := &clusterProcess{t: t, broker: s.NewBroker(), clock: looptest.NewManualClock()}
	o.OnStatus = func(status websocket.BrokerStatus) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.statuses = append(p.statuses, status)
	}
	var err error
	p.Cluster, p.step, err = websocket.NewManualCluster(p.broker, o, p.clock.Now)
	require.NoError(t, err)
	t.Cleanup(func() { p.Leave(t.Context(), 0) })
	p.server = serve(t, web.URL("/ws", newMember(p.Group("room"))))
	return p
}

// startProcesses starts processes that know each other.
func startProcesses(t *testing.T, s *brokertest.FakeServer, n int) []*clusterProcess {
	t.Helper()
	processes := make([]*clusterProcess, n)
	for i := range processes {
		processes[i] = startProcess(t, s, websocket.ClusterOptions{})
	}
	eventually(t, processes, func() bool {
		for _, p := range processes {
			if !p.Stats().Connected || p.Stats().Processes != n {
				return false
			}
		}
		return true
	})
	return processes
}

// eventually waits until condition holds, while the processes do what is due. Time passes, but
// less than a beat.
func eventually(t *testing.T, processes []*clusterProcess, condition func() bool) {
	t.Helper()
	passed := time.Duration(0)
	require.Eventually(t, func() bool {
		for _, p := range processes {
			if passed < time.Second {
				p.clock.Advance(20 * time.Millisecond)
			}
			p.step()
		}
		passed += 20 * time.Millisecond
		return condition()
	}, looptest.Patience, time.Millisecond)
}

// join connects a client to the process, and waits until the process is subscribed.
func (p *clusterProcess) join() *client {
	p.t.Helper()
	room := p.Group("room")
	before := room.Len()
	c := p.server.connect("/ws")
	waitFor(p.t, room, before+1)
	require.Eventually(p.t, func() bool { return p.broker.Subscribed(roomTopic) }, looptest.Patience, time.Millisecond)
	return c
}

// pass moves the clock in steps of a second. Beats come back at once.
func (p *clusterProcess) pass(d time.Duration) {
	p.t.Helper()
	for ; d > 0; d -= time.Second {
		p.passSilently(min(d, time.Second))
		require.Eventually(p.t, func() bool { return !p.AwaitsBeat() }, looptest.Patience, 50*time.Microsecond)
	}
}

// passSilently moves the clock in steps of a second, without waiting for the beats.
func (p *clusterProcess) passSilently(d time.Duration) {
	for ; d > 0; d -= time.Second {
		p.clock.Advance(min(d, time.Second))
		p.step()
	}
}

// want requires that the client receives these messages next.
func (c *client) want(messages ...string) {
	c.t.Helper()
	for _, want := range messages {
		require.Equal(c.t, want, c.read())
	}
}

// frameOf returns m as read returns it.
func frameOf(m websocket.Message) string {
	if m.Binary {
		return "b:" + m.String()
	}
	return "t:" + m.String()
}

// settled waits until a condition about the counters holds.
func (p *clusterProcess) settled(condition func(s websocket.ClusterStats) bool) websocket.ClusterStats {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return condition(p.Stats()) }, looptest.Patience, time.Millisecond)
	s := p.Stats()
	require.Equal(p.t, s.Published, s.Taken+s.Dropped+s.TooLarge+uint64(s.Pending), "cluster-42")
	require.Equal(p.t, s.Received, s.Delivered+s.Echoes+s.Duplicates+s.Refused, "cluster-42")
	return s
}

func TestClusterWithoutBroker(t *testing.T) { // cluster-1, cluster-2, cluster-12
	alone, err := websocket.NewCluster(nil, websocket.ClusterOptions{})
	require.NoError(t, err)
	for _, c := range []*websocket.Cluster{new(websocket.Cluster), alone} {
		room := c.Group("room")
		require.Same(t, room, c.Group("room"))
		require.NotSame(t, room, c.Group("other"))
		s := serve(t, web.URL("/ws", newMember(room)))
		client := s.connect("/ws")
		waitFor(t, room, 1)
		room.Broadcast(websocket.Text("hi"))
		client.want("t:hi")
		require.Equal(t, websocket.ClusterStats{}, c.Stats())
		require.NoError(t, c.Leave(t.Context(), 0))
		client.want("close:1001")
		late := s.connect("/ws")
		late.want("close:1001")
		require.NoError(t, c.Leave(t.Context(), 0), "a second call does nothing")
	}
	for _, name := range []string{"", strings.Repeat("x", 201)} {
		require.PanicsWithValue(t, fmt.Sprintf("websocket: the name of a group must have 1 to 200 bytes, and this one has %d", len(name)),
			func() { alone.Group(name) })
	}
}

func TestClusterOptions(t *testing.T) {
	for _, tt := range []struct {
		options websocket.ClusterOptions
		want    string
	}{
		{websocket.ClusterOptions{Name: "a.b"}, `websocket: ClusterOptions.Name "a.b": use at most 64 letters, digits, _ and -`},
		{websocket.ClusterOptions{MaxPending: -1}, "websocket: ClusterOptions.MaxPending is negative"},
		{websocket.ClusterOptions{MaxInbound: -1}, "websocket: ClusterOptions.MaxInbound is negative"},
		{websocket.ClusterOptions{Linger: -1}, "websocket: a duration of ClusterOptions is negative"},
		{websocket.ClusterOptions{Lease: time.Second}, "websocket: ClusterOptions.Lease must be at least twice Beat"},
	} {
		_, err := websocket.NewCluster(brokertest.NewFakeServer().NewBroker(), tt.options)
		require.EqualError(t, err, tt.want)
	}
}

// The names of groups that nothing refers to are forgotten.
func TestClusterForgetsGroups(t *testing.T) { // cluster-2
	c := new(websocket.Cluster)
	kept := c.Group("kept")
	for i := range 100_000 {
		c.Group(fmt.Sprint(i))
	}
	require.Eventually(t, func() bool {
		runtime.GC()
		return c.Names() == 1
	}, looptest.Patience, time.Millisecond)
	require.Same(t, kept, c.Group("kept"))
}

func TestClusterBroadcast(t *testing.T) { // cluster-3, cluster-4, cluster-6, cluster-7
	processes := startProcesses(t, brokertest.NewFakeServer(), 3)
	var clients []*client
	for _, p := range processes {
		clients = append(clients, p.join(), p.join())
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	messages := []websocket.Message{websocket.Text("text"), websocket.Binary(all), websocket.Text(""), websocket.Binary(nil),
		websocket.Text(strings.Repeat("long", 50_000))}
	for _, from := range processes {
		for _, m := range messages {
			from.Group("room").Broadcast(m)
		}
		for _, c := range clients {
			for _, m := range messages {
				c.want(frameOf(m))
			}
		}
	}
	processes[0].Group("room").Broadcast(websocket.Text("end"))
	for _, c := range clients {
		c.want("t:end")
	}
	for _, p := range processes {
		s := p.settled(func(s websocket.ClusterStats) bool { return s.Received == 16 })
		require.Zero(t, s.Lost+s.Duplicates+s.Refused+s.Overflowed)
	}
}

// Messages of one goroutine arrive in order. Groups do not disturb each other.
func TestClusterOrder(t *testing.T) { // cluster-5
	processes := startProcesses(t, brokertest.NewFakeServer(), 2)
	c := processes[1].join()
	var sending sync.WaitGroup
	for sender := range 3 {
		sending.Go(func() {
			for i := range 200 {
				processes[0].Group("room").Broadcast(websocket.Text(fmt.Sprint(sender, " ", i)))
				processes[0].Group("elsewhere").Broadcast(websocket.Text("no member gets it"))
			}
		})
	}
	var next [3]int
	for range 600 {
		var sender, i int
		word := c.read()
		_, err := fmt.Sscanf(word, "t:%d %d", &sender, &i)
		require.NoError(t, err, word)
		require.Equal(t, next[sender], i)
		next[sender]++
	}
	sending.Wait()
}

// Members with compression, and of draft 76, get messages of other processes. Add does not wait
// for the broker.
func TestClusterMembersOfAllKinds(t *testing.T) { // cluster-7, cluster-9, cluster-10
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 2)
	room := processes[1].Group("room")
	m := newMember(room)
	m.options, m.allow76 = &websocket.CompressionOptions{}, true
	s := serve(t, web.URL("/ws", m))
	resume := processes[1].broker.BlockSubscribe()
	deflating, _ := s.offering("permessage-deflate")
	old := s.connect76("/ws")
	waitFor(t, room, 2)
	room.Broadcast(websocket.Text("subscribing"))
	deflating.want("zt:subscribing")
	require.Equal(t, "t:subscribing", old.read76())
	resume()
	require.Eventually(t, func() bool { return processes[1].broker.Subscribed(roomTopic) }, looptest.Patience, time.Millisecond)
	processes[0].Group("room").Broadcast(websocket.Text("hi"))
	deflating.want("zt:hi")
	require.Equal(t, "t:hi", old.read76())
}

func TestClusterLinger(t *testing.T) { // cluster-8
	processes := startProcesses(t, brokertest.NewFakeServer(), 2)
	p := processes[1]
	leave := func(c *client) {
		c.Close()
		waitFor(t, p.Group("room"), 0)
	}
	c := p.join()
	changes := p.broker.Changes()
	leave(c)
	p.pass(29 * time.Second)
	c = p.join()
	p.pass(time.Minute)
	processes[0].Group("room").Broadcast(websocket.Text("hi"))
	c.want("t:hi")
	require.Equal(t, changes, p.broker.Changes(), "a member that comes within Linger calls nothing")
	leave(c)
	p.pass(31 * time.Second)
	require.Eventually(t, func() bool { return !p.broker.Subscribed(roomTopic) }, looptest.Patience, time.Millisecond)
	require.Zero(t, p.Stats().Groups)

	for range 5 { // lost for a process without members
		processes[0].Group("room").Broadcast(websocket.Text("missed"))
	}
	processes[0].settled(func(s websocket.ClusterStats) bool { return s.Pending == 0 })
	c = p.join()
	processes[0].Group("room").Broadcast(websocket.Text("again"))
	c.want("t:again")
	require.Zero(t, p.Stats().Lost, "messages that were sent before the subscription are not lost")
}

func TestClusterTooLarge(t *testing.T) { // cluster-11
	processes := startProcesses(t, brokertest.NewFakeServer(), 2)
	here, there := processes[0].join(), processes[1].join()
	large := strings.Repeat("x", 2<<20)
	for _, text := range []string{"before", large, "after"} {
		processes[0].Group("room").Broadcast(websocket.Text(text))
	}
	here.want("t:before", "t:"+large, "t:after")
	there.want("t:before", "t:after")
	require.Equal(t, uint64(1), processes[0].settled(func(s websocket.ClusterStats) bool { return s.Pending == 0 }).TooLarge)
	require.Equal(t, uint64(1), processes[1].Stats().Lost)
}

// Without a connection messages wait within MaxPending. Then the oldest are dropped.
func TestClusterPending(t *testing.T) { // cluster-3, cluster-13, cluster-17
	server := brokertest.NewFakeServer()
	a := startProcess(t, server, websocket.ClusterOptions{MaxPending: 10 << 10})
	b := startProcess(t, server, websocket.ClusterOptions{})
	both := []*clusterProcess{a, b}
	eventually(t, both, func() bool { return a.Stats().Processes == 2 && b.Stats().Processes == 2 })
	here, there := a.join(), b.join()
	a.Group("room").Broadcast(websocket.Text("first"))
	there.want("t:first")
	here.want("t:first")

	server.Stop()
	eventually(t, both, func() bool { return !a.Stats().Connected })
	for i := range 20 {
		a.Group("room").Broadcast(websocket.Text(fmt.Sprint(i, strings.Repeat("x", 1000))))
		here.want(fmt.Sprint("t:", i, strings.Repeat("x", 1000)))
	}
	dropped := a.settled(func(s websocket.ClusterStats) bool { return s.Dropped > 0 }).Dropped
	require.Equal(t, uint64(11), dropped)
	server.Start()
	eventually(t, both, func() bool { return a.Stats().Pending == 0 })
	for i := dropped; i < 20; i++ {
		there.want(fmt.Sprint("t:", i, strings.Repeat("x", 1000)))
	}
	require.Equal(t, dropped, b.Stats().Lost)
}

// A loop that stands still loses what exceeds MaxInbound. The broker is not held up.
func TestClusterInbound(t *testing.T) { // cluster-14
	server := brokertest.NewFakeServer()
	a := startProcess(t, server, websocket.ClusterOptions{})
	b := startProcess(t, server, websocket.ClusterOptions{MaxInbound: 10 << 10})
	eventually(t, []*clusterProcess{a, b}, func() bool { return a.Stats().Connected && b.Stats().Connected })
	c := b.join()
	resume := make(chan struct{})
	b.server.loop.AddCallback(func() { <-resume })
	for i := range 20 {
		a.Group("room").Broadcast(websocket.Text(fmt.Sprint(i, strings.Repeat("x", 1000))))
	}
	s := b.settled(func(s websocket.ClusterStats) bool { return s.Delivered == 20 })
	close(resume)
	require.Equal(t, uint64(11), s.Overflowed)
	for i := range 9 {
		c.want(fmt.Sprint("t:", i, strings.Repeat("x", 1000)))
	}
	a.Group("room").Broadcast(websocket.Text("end"))
	c.want("t:end")
}

func TestClusterRefused(t *testing.T) { // cluster-16
	server := brokertest.NewFakeServer()
	p := startProcesses(t, server, 1)[0]
	c := p.join()
	stranger := server.NewBroker()
	stranger.Open(ignore{})
	for _, data := range []string{"", "x", "\x20", "\x15\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01", strings.Repeat("\xff", 100)} {
		require.NoError(t, stranger.Publish([]websocket.Publication{{Topic: roomTopic, Data: []byte(data)}}))
		require.NoError(t, stranger.Publish([]websocket.Publication{{Topic: "tornado.beat", Data: []byte(data)}}))
	}
	require.NoError(t, stranger.Publish([]websocket.Publication{{Topic: roomTopic, Data: []byte("\x10\x00strangerXX!")}}))
	c.want("t:!")
	require.Equal(t, uint64(10), p.settled(func(s websocket.ClusterStats) bool { return s.Received == 11 }).Refused)
}

// ignore is a Receiver.
type ignore struct{}

func (ignore) Connected(error)                             {}
func (ignore) Received(string, websocket.Position, []byte) {}

func TestClusterRepeatsAndLosses(t *testing.T) { // cluster-4, cluster-17, cluster-18
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 2)
	c := processes[1].join()
	seen := 0
	server.SetFilter(func(to *brokertest.FakeBroker, topic string, data []byte) int {
		if to != processes[1].broker || topic != roomTopic {
			return 1
		}
		seen++
		switch {
		case seen%5 == 0:
			return 0
		case seen%7 == 0:
			return 2
		}
		return 1
	})
	for i := range 36 {
		processes[0].Group("room").Broadcast(websocket.Text(fmt.Sprint(i)))
	}
	for i := range 36 {
		if (i+1)%5 != 0 {
			c.want(fmt.Sprint("t:", i))
		}
	}
	s := processes[1].settled(func(s websocket.ClusterStats) bool { return s.Delivered == 29 })
	require.Equal(t, uint64(7), s.Lost)
	require.Equal(t, uint64(4), s.Duplicates, "the numbers 7, 14, 21 and 28; 35 was lost")
}

// A batch that fails in the middle is published again, and nothing arrives twice.
func TestClusterFailedBatch(t *testing.T) { // cluster-4, cluster-18
	processes := startProcesses(t, brokertest.NewFakeServer(), 2)
	c := processes[1].join()
	server := processes[0]
	server.broker.Cut()
	eventually(t, processes[:1], func() bool { return !server.Stats().Connected })
	for i := range 10 {
		server.Group("room").Broadcast(websocket.Text(fmt.Sprint(i)))
	}
	server.broker.Connect()
	eventually(t, nil, func() bool { return server.Stats().Connects == 2 })
	server.broker.FailNext(0) // the beat
	server.step()
	server.settled(func(websocket.ClusterStats) bool { return true })
	server.broker.FailNext(4)
	eventually(t, processes, func() bool { return server.Stats().Pending == 0 })
	for i := range 10 {
		c.want(fmt.Sprint("t:", i))
	}
	require.LessOrEqual(t, processes[1].Stats().Duplicates, uint64(4))
	require.Zero(t, processes[1].Stats().Lost)
}

func TestClusterStatus(t *testing.T) { // cluster-20, cluster-22, cluster-24
	server := brokertest.NewFakeServer()
	server.Stop()
	p := startProcess(t, server, websocket.ClusterOptions{})
	c := p.join()
	p.Group("room").Broadcast(websocket.Text("alone"))
	c.want("t:alone")
	all := []*clusterProcess{p}
	eventually(t, all, func() bool { return len(p.told()) == 1 })
	require.Equal(t, []websocket.BrokerStatus{{Err: brokertest.ErrAway}}, p.told())
	p.broker.Connect()
	p.step()
	require.Len(t, p.told(), 1, "a connection that fails again is not a change")

	p.passSilently(3 * time.Second)
	server.SetFilter(func(*brokertest.FakeBroker, string, []byte) int { return 0 })
	server.Start()
	eventually(t, all, func() bool { return p.Stats().Connects == 1 })
	p.step()
	require.Len(t, p.told(), 1, "a connection that carries nothing does not count")
	server.SetFilter(nil)
	p.passSilently(3 * time.Second) // a beat
	eventually(t, all, func() bool { return len(p.told()) == 2 })
	require.True(t, p.told()[1].Connected)
	require.Greater(t, p.told()[1].Away, 3*time.Second)
}

func (p *clusterProcess) told() []websocket.BrokerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]websocket.BrokerStatus(nil), p.statuses...)
}

// A connection over which no own beat comes back is made anew.
func TestClusterReopens(t *testing.T) { // cluster-22
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 1)
	p := processes[0]
	c := p.join()
	server.SetFilter(func(*brokertest.FakeBroker, string, []byte) int { return 0 })
	p.passSilently(12 * time.Second)
	server.SetFilter(nil)
	eventually(t, processes, func() bool { return p.Stats().Connects == 2 && p.Stats().Connected })
	require.ErrorContains(t, p.told()[1].Err, "has not delivered the beats of this process")
	other := startProcess(t, server, websocket.ClusterOptions{})
	eventually(t, []*clusterProcess{other}, func() bool { return other.Stats().Connected })
	other.Group("room").Broadcast(websocket.Text("hi"))
	c.want("t:hi")
}

// After the broker was away, a process that connects early holds its messages until the
// others have connected.
func TestClusterSettles(t *testing.T) { // cluster-23
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 3)
	var clients []*client
	for _, p := range processes {
		clients = append(clients, p.join())
	}
	server.Stop()
	eventually(t, processes, func() bool {
		for _, p := range processes {
			if p.Stats().Connected {
				return false
			}
		}
		return true
	})
	for i, p := range processes {
		p.Group("room").Broadcast(websocket.Text(fmt.Sprint(i)))
		clients[i].want(fmt.Sprint("t:", i))
	}
	server.StartEmpty()
	for i := range processes { // one after the other
		processes[i].broker.Connect()
		for range 10 {
			for _, p := range processes {
				p.step()
			}
		}
	}
	eventually(t, processes, func() bool {
		return processes[0].Stats().Pending+processes[1].Stats().Pending+processes[2].Stats().Pending == 0
	})
	for i, c := range clients {
		got := []string{c.read(), c.read()}
		for other := range clients {
			if other != i {
				require.Contains(t, got, fmt.Sprint("t:", other))
			}
		}
	}
	for _, p := range processes {
		require.Zero(t, p.Stats().Lost)
	}
}

// A process that has ended is forgotten after its lease, or at its goodbye.
func TestClusterProcesses(t *testing.T) { // cluster-15, cluster-35, cluster-40
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 3)
	processes[1].broker.Cut() // without a goodbye
	require.NoError(t, processes[2].Leave(t.Context(), 0))
	require.Eventually(t, func() bool { return processes[0].Stats().Processes == 2 }, looptest.Patience, time.Millisecond)
	for range 10 {
		processes[0].pass(time.Second)
	}
	require.Equal(t, 1, processes[0].Stats().Processes)
}

func TestClusterNames(t *testing.T) { // cluster-41
	server := brokertest.NewFakeServer()
	a := startProcess(t, server, websocket.ClusterOptions{})
	b := startProcess(t, server, websocket.ClusterOptions{Name: "other"})
	eventually(t, []*clusterProcess{a, b}, func() bool { return a.Stats().Connected && b.Stats().Connected })
	c := a.join()
	b.Group("room").Broadcast(websocket.Text("from another cluster"))
	b.settled(func(s websocket.ClusterStats) bool { return s.Taken == 1 })
	a.Group("room").Broadcast(websocket.Text("hi"))
	c.want("t:hi")
	require.Equal(t, 1, a.Stats().Processes)
}

// Leave closes the members, sends what waits, and says goodbye. No goroutine is left.
func TestClusterLeave(t *testing.T) { // cluster-40
	server := brokertest.NewFakeServer()
	processes := startProcesses(t, server, 2)
	a, b := processes[0], processes[1]
	here, there := a.join(), b.join()
	for i := range 1000 {
		a.Group("room").Broadcast(websocket.Text(fmt.Sprint(i)))
	}
	require.NoError(t, a.Leave(t.Context(), 20*time.Millisecond))
	require.Zero(t, a.settled(func(websocket.ClusterStats) bool { return true }).Pending)
	require.Eventually(t, func() bool { return b.Stats().Processes == 1 }, looptest.Patience, time.Millisecond)
	for i := range 1000 {
		there.want(fmt.Sprint("t:", i))
		here.want(fmt.Sprint("t:", i))
	}
	here.want("close:1001")

	server.Stop()
	b.Group("room").Broadcast(websocket.Text("waits"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.Leave(ctx, time.Hour), context.Canceled)
	there.want("t:waits", "close:1001")
	buffer := make([]byte, 1<<20)
	require.Eventually(t, func() bool {
		return !bytes.Contains(buffer[:runtime.Stack(buffer, true)], []byte("cluster.(*BrokerLink)"))
	}, looptest.Patience, time.Millisecond)
}

func TestReconnectDelay(t *testing.T) { // cluster-21
	for attempt, want := range []time.Duration{50, 100, 200, 400, 400, 400} {
		want *= time.Millisecond
		for range 100 {
			d := websocket.ReconnectDelay(attempt)
			require.True(t, want/2 <= d && d < want*3/2, "attempt %d: %v", attempt, d)
		}
	}
	require.LessOrEqual(t, websocket.ReconnectDelay(1_000_000), 600*time.Millisecond)
}
