// Package load sends requests to a server on the loopback address as fast as it responds, checks
// every response, and counts. One goroutine drives all connections through one epoll set, so
// that one core for the generator can saturate the server's core.
package load

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/socket"
)

// Modes of Options.
const (
	HTTP      = "http" // GET / with keep-alive
	WebSocket = "ws"   // binary messages to an echo at /ws
	TCP       = "tcp"  // bytes to an echo
	// Broadcast sends a message from one WebSocket at a time, which all WebSockets must
	// receive. Each copy counts as a response.
	Broadcast = "broadcast"

	WSDeflate = "ws-deflate" // for Hold only: with permessage-deflate
	WSS       = "wss"        // for Hold only: over TLS

	TLS          = "tls"           // bytes to an echo over TLS
	TLSHandshake = "tls-handshake" // connections, each closed after its handshake

	Static = "static" // GET /file.bin with keep-alive
	GZip   = "gzip"   // GET /json, accepting gzip, with keep-alive
	JSON   = "json"   // POST /api with a small JSON body, with keep-alive
)

// Modes returns all modes.
func Modes() []string {
	return []string{HTTP, WebSocket, Broadcast, WSDeflate, WSS, TCP, TLS, TLSHandshake, Static, GZip, JSON}
}

// scratchSize is the maximum size of one read. It fits the core's own cache.
const scratchSize = 64 << 10

// maxSize is the size of the largest message, in bytes.
const maxSize = 64 << 20

// Options say what to send and for how long.
type Options struct {
	Mode     string
	Port     int
	Conns    int           // connections
	Size     int           // bytes of a message (WebSocket, TCP)
	Pipeline int           // HTTP requests sent at once on a connection
	Warmup   time.Duration // not measured
	Duration time.Duration // measured
	PID      int           // process whose CPU time is read, or 0
}

func (o Options) check() error {
	switch {
	case !slices.Contains(Modes(), o.Mode):
		return fmt.Errorf("load: mode %q is none of %v", o.Mode, Modes())
	case o.Conns < 1 || o.Pipeline < 1:
		return fmt.Errorf("load: %d connections with %d requests at once", o.Conns, o.Pipeline)
	case o.Size < 0 || o.Size > maxSize || (o.Mode == TCP || o.Mode == TLS) && o.Size == 0:
		return fmt.Errorf("load: messages of %d bytes", o.Size)
	}
	return nil
}

// A Result holds the figures of the measured time.
type Result struct {
	Responses     int     `json:"responses"`
	Seconds       float64 `json:"seconds"`
	PerSecond     float64 `json:"per_second"`
	P50           float64 `json:"p50_us"`
	P99           float64 `json:"p99_us"`
	ServerCPU     float64 `json:"server_cpu_us"`  // for each response
	ServerBusy    float64 `json:"server_busy"`    // CPU seconds per second
	GeneratorBusy float64 `json:"generator_busy"` // CPU seconds per second
}

// Run opens the connections, warms up, measures, and closes them.
func Run(o Options) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if o.Mode == WSDeflate || o.Mode == WSS {
		return Result{}, fmt.Errorf("load: mode %q is for idle connections", o.Mode)
	}
	if o.Mode == TLS || o.Mode == TLSHandshake {
		return runTLS(o)
	}
	g, err := newGenerator(o)
	if err != nil {
		return Result{}, err
	}
	defer g.closeAll()
	if err := g.drive(g.now() + o.Warmup); err != nil {
		return Result{}, err
	}
	g.latency = histogram{}
	before, err := g.readClocks()
	if err != nil {
		return Result{}, err
	}
	if err := g.drive(before.wall + o.Duration); err != nil {
		return Result{}, err
	}
	after, err := g.readClocks()
	if err != nil {
		return Result{}, err
	}
	if g.latency.total == 0 {
		return Result{}, fmt.Errorf("load: no response in the measured %v", o.Duration)
	}
	return result(&g.latency, before, after), nil
}

// clocks holds the readings of one moment.
type clocks struct{ wall, server, own time.Duration }

func result(latency *histogram, before, after clocks) Result {
	wall := (after.wall - before.wall).Seconds()
	server := (after.server - before.server).Seconds()
	return Result{
		Responses:     latency.total,
		Seconds:       wall,
		PerSecond:     float64(latency.total) / wall,
		P50:           float64(latency.percentile(50)) / 1e3,
		P99:           float64(latency.percentile(99)) / 1e3,
		ServerCPU:     server * 1e6 / float64(latency.total),
		ServerBusy:    server / wall,
		GeneratorBusy: (after.own - before.own).Seconds() / wall,
	}
}

type generator struct {
	pid     int
	start   time.Time
	poller  *socket.Poller
	conns   []*conn
	scratch []byte
	latency histogram

	broadcast bool
	missing   int // connections that wait for their copy of a broadcast
}

// newGenerator opens all connections and sends the first request on each.
func newGenerator(o Options) (*generator, error) {
	poller, err := socket.NewPoller()
	if err != nil {
		return nil, err
	}
	g := &generator{pid: o.PID, start: time.Now(), poller: poller, scratch: make([]byte, scratchSize)}
	for id := range o.Conns {
		c, err := dial(o, id, g.scratch)
		if err != nil {
			g.closeAll()
			return nil, err
		}
		g.conns = append(g.conns, c)
		if err := poller.Add(c.fd, id); err != nil {
			g.closeAll()
			return nil, err
		}
	}
	if err := g.begin(o.Mode == Broadcast); err != nil {
		g.closeAll()
		return nil, err
	}
	return g, nil
}

// begin sends the first request, on all connections or on the first.
func (g *generator) begin(broadcast bool) error {
	if g.broadcast = broadcast; broadcast {
		shareMessage(g.conns)
		return g.shout(g.now())
	}
	for id, c := range g.conns {
		if err := g.ask(id, c, g.now()); err != nil {
			return err
		}
	}
	return nil
}

// shout sends a message on the first connection, which all connections must receive.
func (g *generator) shout(now time.Duration) error {
	g.missing = len(g.conns)
	for _, c := range g.conns[1:] {
		c.await(now)
	}
	return g.ask(0, g.conns[0], now)
}

func (g *generator) closeAll() {
	for _, c := range g.conns {
		c.close()
	}
	g.poller.Close()
}

// now reads only the monotonic clock, through time.Since.
func (g *generator) now() time.Duration { return time.Since(g.start) }

func (g *generator) readClocks() (c clocks, err error) {
	if g.pid != 0 {
		if c.server, err = process.CPUTime(g.pid); err != nil {
			return c, err
		}
	}
	c.own, err = process.CPUTime(unix.Getpid())
	c.wall = g.now()
	return c, err
}

// drive keeps the dialogues going until the given moment of the generator's clock.
func (g *generator) drive(until time.Duration) error {
	for g.now() < until {
		events, err := g.poller.Wait(patience)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return fmt.Errorf("load: no response for %v", patience)
		}
		for _, event := range events {
			id := int(event.Fd)
			if err := g.advance(id, g.conns[id], event.Events); err != nil {
				return err
			}
		}
	}
	return nil
}

// advance handles the events of one connection.
func (g *generator) advance(id int, c *conn, events uint32) error {
	if events&unix.EPOLLOUT != 0 {
		if err := c.flush(); err != nil {
			return err
		}
		if len(c.unsent) == 0 {
			if err := g.poller.WantWrite(c.fd, id, false); err != nil {
				return err
			}
		}
	}
	if events&^unix.EPOLLOUT == 0 {
		return nil
	}
	responses, err := c.receive(g.scratch)
	if err != nil || responses == 0 {
		return err
	}
	now := g.now()
	g.latency.addSamples(now-c.asked, responses)
	switch {
	case c.pending > 0:
		return nil
	case !g.broadcast:
		return g.ask(id, c, now)
	}
	if g.missing--; g.missing > 0 {
		return nil
	}
	return g.shout(now)
}

func (g *generator) ask(id int, c *conn, now time.Duration) error {
	c.asked = now
	if err := c.ask(); err != nil || len(c.unsent) == 0 {
		return err
	}
	return g.poller.WantWrite(c.fd, id, true)
}
