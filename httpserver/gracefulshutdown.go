package httpserver

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

const (
	firstRequestTime = 2 * time.Second // for a new connection, when the server shuts down
	goodbyeBatch     = 256             // connections that are told in one turn of the loop

	openingPause = 20 * time.Millisecond // between looks for connections that have not opened
)

// A drain is one shutdown.
type shutdownProgress struct {
	pending atomic.Int64 // loops that still have connections
	done    chan struct{}
}

func (d *shutdownProgress) loopDone() {
	if d.pending.Add(-1) == 0 {
		close(d.done)
	}
}

// Shutdown ends the server in order. It accepts no more, closes the connections that
// are idle, lets the requests under way be answered, with Connection: close, and returns
// nil when all connections have ended. Clients that have just connected have two seconds
// for their first request, others what is left of HeaderTimeout for the rest of a head.
// A delegate with a method OnShutdown, as web's handlers have, is told; WebSockets say
// goodbye there with code 1001.
//
// When ctx is done first, Shutdown closes what is left and returns the error of ctx.
// Either way the loops that Start made end; the server's own loop goes on.
//
// Any goroutine may call it but one that runs a loop of the server, which it would stop:
// there, call it through [ioloop.RunInExecutor]. A second call waits like the first.
// Tornado: stop and close_all_connections, which interrupt requests.
func (s *HTTPServer) Shutdown(ctx context.Context) error {
	s.TCPServer.Stop()
	d := s.startDrain()
	defer s.TCPServer.Close()
	select {
	case <-d.done:
		return nil
	case <-ctx.Done():
		s.eachTable(func(r *connectionTable) {
			r.closeConnections()
			r.upgraded.CloseAll()
		})
		return ctx.Err()
	}
}

// CloseAllConnections closes all connections, whatever they are doing, but not those
// that were upgraded. Any goroutine may call it; it happens in the next turn of the
// loops. Tornado: close_all_connections.
func (s *HTTPServer) CloseAllConnections() {
	s.eachTable(func(r *connectionTable) { r.closeConnections() })
}

// rosterOf returns the roster of a loop.
func (s *HTTPServer) tableOf(l *ioloop.IOLoop) *connectionTable {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.tables[l]
	if r == nil {
		r = newConnectionTable(s, l)
		s.tables[l] = r
	}
	return r
}

// eachRoster calls fn with each roster, on its loop.
func (s *HTTPServer) eachTable(fn func(*connectionTable)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l, r := range s.tables {
		l.AddCallback(func() { fn(r) })
	}
}

// startDrain has each loop end what it has; the sockets of a loop are closed by then,
// for that was asked for first. A loop that is closed has nothing to end.
func (s *HTTPServer) startDrain() *shutdownProgress {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shutdown != nil {
		return s.shutdown
	}
	s.shutdown = &shutdownProgress{done: make(chan struct{})}
	loops := slices.Collect(maps.Keys(s.tables))
	for _, l := range s.Loops() {
		if !slices.Contains(loops, l) {
			loops = append(loops, l)
		}
	}
	s.shutdown.pending.Store(int64(len(loops)))
	for _, l := range loops {
		done := sync.OnceFunc(s.shutdown.loopDone)
		context.AfterFunc(l.Context(), done)
		l.AddCallback(func() { s.tableOf(l).startDrain(done) })
	}
	return s.shutdown
}

func (r *connectionTable) startDrain(done func()) {
	r.draining, r.drained = true, done
	for _, c := range r.connectionsIn(listIdle) {
		if c.isIdle() && c.served {
			c.closeIdle()
		}
	}
	r.loop.CallLater(firstRequestTime, func() {
		for _, c := range r.connectionsIn(listIdle) {
			if c.isIdle() {
				c.closeIdle()
			}
		}
	})
	r.sayGoodbye(r.connectionsIn(listIdle))
	r.upgraded.Shutdown()
	r.awaitOpening()
}

// awaitOpening announces the end when the last connection has opened: its PROXY header may
// arrive during the shutdown.
func (r *connectionTable) awaitOpening() {
	if r.server.Opening() > 0 {
		r.loop.CallLater(openingPause, r.awaitOpening)
		return
	}
	r.announceEmpty()
}

// awaitFirstRequest closes c, which opened during the shutdown, unless a request comes soon.
func (r *connectionTable) awaitFirstRequest(c *connection) {
	r.loop.CallLater(firstRequestTime, func() {
		if c.isIdle() {
			c.closeIdle()
		}
	})
}

// leave closes an idle connection when its last answer is out.
func (c *connection) closeIdle() {
	c.to(closing)
	c.stream.CloseWhenFlushed()
}

// sayGoodbye tells who wants to know, some in each turn.
func (r *connectionTable) sayGoodbye(to []*connection) {
	n := min(len(to), goodbyeBatch)
	for _, c := range to[:n] {
		if fn := c.onShutdown(); fn != nil {
			r.loop.SpawnFunc(fn)
		}
	}
	if n < len(to) {
		r.loop.CallSoon(func() { r.sayGoodbye(to[n:]) })
	}
}

// onShutdown is what is to be called when the server shuts down, or nil.
func (c *connection) onShutdown() func() {
	if c.exchange == nil {
		return nil
	}
	if d, ok := c.exchange.message.(httputil.ShutdownObserver); ok {
		return d.OnShutdown
	}
	return nil
}

// announceEmpty tells Shutdown when the last connection has ended, and has not been
// retained by then.
func (r *connectionTable) announceEmpty() {
	if !r.draining || !r.isEmpty() {
		return
	}
	r.loop.CallSoon(func() {
		if r.isEmpty() {
			r.drained()
		}
	})
}

// closeConnections closes all connections of the table.
func (r *connectionTable) closeConnections() {
	for _, c := range r.connectionsIn(listIdle, listHead, listLinger) {
		c.closeNow()
	}
}
