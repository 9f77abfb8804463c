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

// A liveSocket gets a sample every second, and the last minutes at once.
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
	s.Live.group.Add(s) // until its connection ends
	return s.WriteMessage(m)
}

// SendLimits drops old samples for who does not keep up: newer ones say it all.
func (s *liveSocket) SendLimits() websocket.SendLimits {
	return websocket.SendLimits{MaxBuffered: 64 << 10, WhenFull: websocket.DropOldest}
}

// end snippet

var _ websocket.Handler = (*liveSocket)(nil)

// OnMessage hears nothing: the page only listens.
func (s *liveSocket) OnMessage(websocket.Message) error { return nil }

const (
	samplePeriod = time.Second
	maxSamples   = 120
)

// A sample is what the server was like at a moment. Counters grow; the page works out
// how fast.
type sample struct {
	At         int64  `json:"at"`       // milliseconds since 1970
	Requests   uint64 `json:"requests"` // since the start
	Turns      uint64 `json:"turns"`    // of all loops, since the start
	HTTP       int    `json:"http"`     // connections
	WebSockets int    `json:"websockets"`
	Heap       uint64 `json:"heap"` // bytes
	Goroutines int    `json:"goroutines"`
}

// A live takes the samples, on the demo's first loop, and tells who watches, on theirs.
type live struct {
	demo     *demo
	requests atomic.Uint64
	recent   []sample // the last maxSamples; the first loop's
	group    websocket.Group
}

// start takes samples until the loop ends.
func (l *live) start() {
	ioloop.NewPeriodicCallback(l.demo.loop, samplePeriod, l.take).Start()
}

// Recent asks for the last samples, on the loop from.
func (l *live) Recent(from *ioloop.IOLoop) *ioloop.Future[[]sample] {
	return ioloop.CallOn(from, l.demo.loop, func() ([]sample, error) {
		return append([]sample{}, l.recent...), nil
	})
}

func (l *live) take() {
	stats, err := l.demo.askLoops(l.demo.loop)
	if err != nil {
		return // the server is ending, and some loops have ended
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
		l.group.Broadcast(m) // encoded once, however many watch
	}
}

// A counted application counts its requests: what a server serves is anything that has
// StartRequest.
type counted struct {
	*web.Application
	requests *atomic.Uint64
}

// StartRequest implements [httputil.HTTPServerConnectionDelegate].
func (c counted) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	c.requests.Add(1)
	return c.Application.StartRequest(conn)
}

// livePage is the page that draws the samples.
type livePage struct{ page }

func (h *livePage) Get(args ...string) error {
	return h.render("live.html", map[string]any{"MaxSamples": maxSamples})
}
