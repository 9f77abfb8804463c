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
	// firstRequestTime is the time that a new connection has for its first request during a
	// shutdown.
	firstRequestTime = 2 * time.Second
	// shutdownBatch is the number of delegates whose OnShutdown runs in one turn of the loop.
	shutdownBatch = 256
	// openingPause is the time between two checks for connections that have not opened yet.
	openingPause = 20 * time.Millisecond
)

// shutdownProgress is the state of a shutdown of all loops.
type shutdownProgress struct {
	pending atomic.Int64 // loops that still have connections
	done    chan struct{}
}

// loopDone records that one loop has no connections left.
func (d *shutdownProgress) loopDone() {
	if d.pending.Add(-1) == 0 {
		close(d.done)
	}
}

// Shutdown ends the server gracefully. The server stops accepting and closes idle
// connections. Running requests get their responses, with Connection: close. New
// connections have two seconds for their first request, and others the rest of
// HeaderTimeout for an incomplete head. Delegates with a method OnShutdown, such as web's
// handlers, are told; a WebSocket sends close code 1001 then. Shutdown returns nil when all
// connections have ended.
//
// If ctx is done first, Shutdown closes the remaining connections and returns the error of
// ctx. In both cases the loops that Start made end, and the server's own loop continues.
//
// Any goroutine may call Shutdown, except one that runs a loop of the server, because
// Shutdown would wait for itself: use [ioloop.RunInExecutor] there. A second call waits as
// the first does. Tornado: stop and close_all_connections, which interrupt requests.
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

// CloseAllConnections closes all connections in the next turn of their loops, even during a
// request. Upgraded connections stay open. Any goroutine may call it. Tornado:
// close_all_connections.
func (s *HTTPServer) CloseAllConnections() {
	s.eachTable(func(r *connectionTable) { r.closeConnections() })
}

// tableOf returns the connection table of a loop and makes it on first use.
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

// eachTable calls fn with each connection table, on its loop.
func (s *HTTPServer) eachTable(fn func(*connectionTable)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l, r := range s.tables {
		l.AddCallback(func() { fn(r) })
	}
}

// startDrain starts a shutdown on each loop. The listening sockets were closed before. A loop
// that is closed has no connections to end.
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

// startDrain starts the shutdown of one loop, and calls done at its end.
func (t *connectionTable) startDrain(done func()) {
	t.draining, t.drained = true, done
	for _, c := range t.connectionsIn(listIdle) {
		if c.isIdle() && c.served {
			c.closeIdle()
		}
	}
	t.loop.CallLater(firstRequestTime, func() {
		for _, c := range t.connectionsIn(listIdle) {
			if c.isIdle() {
				c.closeIdle()
			}
		}
	})
	t.tellDelegates(t.connectionsIn(listIdle))
	t.upgraded.Shutdown()
	t.awaitOpening()
}

// awaitOpening waits until every connection has opened, because a PROXY header may arrive
// during the shutdown. Then it reports an empty table.
func (t *connectionTable) awaitOpening() {
	if t.server.Opening() > 0 {
		t.loop.CallLater(openingPause, t.awaitOpening)
		return
	}
	t.announceEmpty()
}

// awaitFirstRequest closes c, which opened during the shutdown, unless a request arrives
// within firstRequestTime.
func (t *connectionTable) awaitFirstRequest(c *connection) {
	t.loop.CallLater(firstRequestTime, func() {
		if c.isIdle() {
			c.closeIdle()
		}
	})
}

// closeIdle closes an idle connection after the last response has been sent.
func (c *connection) closeIdle() {
	c.to(closing)
	c.stream.CloseWhenFlushed()
}

// tellDelegates calls OnShutdown of the delegates of the given connections, a batch in each
// turn.
func (t *connectionTable) tellDelegates(of []*connection) {
	n := min(len(of), shutdownBatch)
	for _, c := range of[:n] {
		if fn := c.onShutdown(); fn != nil {
			t.loop.SpawnFunc(fn)
		}
	}
	if n < len(of) {
		t.loop.CallSoon(func() { t.tellDelegates(of[n:]) })
	}
}

// onShutdown returns OnShutdown of the current delegate, or nil if there is none.
func (c *connection) onShutdown() func() {
	if c.exchange == nil {
		return nil
	}
	if d, ok := c.exchange.message.(httputil.ShutdownObserver); ok {
		return d.OnShutdown
	}
	return nil
}

// announceEmpty tells Shutdown that the last connection has ended. It waits until the end
// of the turn, in which a detached connection may still join the registry.
func (t *connectionTable) announceEmpty() {
	if !t.draining || !t.isEmpty() {
		return
	}
	t.loop.CallSoon(func() {
		if t.isEmpty() {
			t.drained()
		}
	})
}

// closeConnections closes all connections of the table.
func (t *connectionTable) closeConnections() {
	for _, c := range t.connectionsIn(listIdle, listHead, listLinger) {
		c.closeNow()
	}
}
