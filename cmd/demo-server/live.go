package main

import (
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// snippet

// A liveSocket first gets the recent samples, then one every second.
type liveSocket struct {
	websocket.WebSocketHandler
	Live *live
}

func (s *liveSocket) Open(args ...string) error {
	recent, err := s.Live.Recent(s.Loop()).Await()
	if err != nil {
		return err
	}
	m, err := websocket.JSON(map[string]any{"samples": recent})
	if err != nil {
		return err
	}
	s.Live.group.Add(s) // removed when the connection ends
	return s.WriteMessage(m)
}

// SendLimits drops old samples for slow clients: newer samples replace them.
func (s *liveSocket) SendLimits() websocket.SendLimits {
	return websocket.SendLimits{MaxBuffered: 64 << 10, WhenFull: websocket.DropOldest}
}

// end snippet

var _ websocket.Handler = (*liveSocket)(nil)

// OnMessage ignores messages: the page only receives.
func (s *liveSocket) OnMessage(websocket.Message) error { return nil }

const (
	samplePeriod = time.Second
	maxSamples   = 120
)

// A sample describes the server at one moment. Counters only grow; the page computes the rates.
type sample struct {
	At         int64  `json:"at"`       // milliseconds since 1970
	Requests   uint64 `json:"requests"` // since the start
	Turns      uint64 `json:"turns"`    // of all loops, since the start
	HTTP       int    `json:"http"`     // connections
	WebSockets int    `json:"websockets"`
	Heap       uint64 `json:"heap"` // bytes
	Goroutines int    `json:"goroutines"`
}

// A live takes the samples on the demo's first loop and sends them to clients on all loops.
type live struct {
	demo     *demo
	requests atomic.Uint64
	recent   []sample // the last maxSamples; belongs to the first loop
	group    websocket.Group
}

// startSampling takes samples periodically until the loop ends.
func (l *live) startSampling() {
	ioloop.NewPeriodicCallback(l.demo.loop, samplePeriod, l.takeSample).Start()
}

// Recent returns a future of the last samples; call it on the loop from.
func (l *live) Recent(from *ioloop.IOLoop) *ioloop.Future[[]sample] {
	return ioloop.CallOn(from, l.demo.loop, func() ([]sample, error) {
		return append([]sample{}, l.recent...), nil
	})
}

func (l *live) takeSample() {
	stats, err := l.demo.askLoops(l.demo.loop)
	if err != nil {
		return // the server shuts down, and some loops have ended
	}
	r := report(stats, l.demo.server.Connections())
	s := sample{
		At: time.Now().UnixMilli(), Requests: l.requests.Load(), Turns: r.Iterations,
		HTTP: r.Connected.HTTP, WebSockets: r.Connected.WebSocket,
		Heap: r.Memory.HeapBytes, Goroutines: r.Memory.Goroutines,
	}
	if len(l.recent) == maxSamples {
		l.recent = append(l.recent[:0], l.recent[1:]...)
	}
	l.recent = append(l.recent, s)
	if m, err := websocket.JSON(map[string]any{"samples": []sample{s}}); err == nil {
		l.group.Broadcast(m) // encoded once for all clients
	}
}

// A counted application counts its requests. A server accepts any type with StartRequest.
type counted struct {
	*web.Application
	requests *atomic.Uint64
}

// StartRequest implements [httputil.HTTPServerConnectionDelegate].
func (c counted) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	c.requests.Add(1)
	return c.Application.StartRequest(conn)
}

// livePage serves the page that draws the samples.
type livePage struct{ page }

func (h *livePage) Get(args ...string) error {
	return h.render("live.html", map[string]any{"MaxSamples": maxSamples})
}
