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
type drain struct {
	pending atomic.Int64 // loops that still have connections
	done    chan struct{}
}

func (d *drain) oneDone() {
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
		s.eachRoster(func(r *roster) {
			r.closeAll(resting, inHead, leaving, upgraded)
			for _, g := range r.guests {
				g.CloseAll()
			}
		})
		return ctx.Err()
	}
}

// CloseAllConnections closes all connections, whatever they are doing, but not those
// that were upgraded. Any goroutine may call it; it happens in the next turn of the
// loops. Tornado: close_all_connections.
func (s *HTTPServer) CloseAllConnections() {
	s.eachRoster(func(r *roster) { r.closeAll(resting, inHead, leaving) })
}

// rosterOf returns the roster of a loop.
func (s *HTTPServer) rosterOf(l *ioloop.IOLoop) *roster {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rosters[l]
	if r == nil {
		r = newRoster(s, l)
		s.rosters[l] = r
	}
	return r
}

// eachRoster calls fn with each roster, on its loop.
func (s *HTTPServer) eachRoster(fn func(*roster)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l, r := range s.rosters {
		l.AddCallback(func() { fn(r) })
	}
}

// startDrain has each loop end what it has; the sockets of a loop are closed by then,
// for that was asked for first. A loop that is closed has nothing to end.
func (s *HTTPServer) startDrain() *drain {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drain != nil {
		return s.drain
	}
	s.drain = &drain{done: make(chan struct{})}
	loops := slices.Collect(maps.Keys(s.rosters))
	for _, l := range s.Loops() {
		if !slices.Contains(loops, l) {
			loops = append(loops, l)
		}
	}
	s.drain.pending.Store(int64(len(loops)))
	for _, l := range loops {
		done := sync.OnceFunc(s.drain.oneDone)
		context.AfterFunc(l.Context(), done)
		l.AddCallback(func() { s.rosterOf(l).startDrain(done) })
	}
	return s.drain
}

func (r *roster) startDrain(done func()) {
	r.draining, r.drained = true, done
	for _, c := range r.all(resting) {
		if c.idle() && c.served {
			c.leave()
		}
	}
	r.loop.CallLater(firstRequestTime, func() {
		for _, c := range r.all(resting) {
			if c.idle() {
				c.leave()
			}
		}
	})
	r.sayGoodbye(r.all(resting, upgraded))
	for _, g := range r.guests {
		g.OnShutdown()
	}
	r.awaitOpening()
}

// awaitOpening announces the end when the last connection has opened: its PROXY header may
// arrive during the shutdown.
func (r *roster) awaitOpening() {
	if r.server.Opening() > 0 {
		r.loop.CallLater(openingPause, r.awaitOpening)
		return
	}
	r.announceEmpty()
}

// awaitFirstRequest closes c, which opened during the shutdown, unless a request comes soon.
func (r *roster) awaitFirstRequest(c *connection) {
	r.loop.CallLater(firstRequestTime, func() {
		if c.idle() {
			c.leave()
		}
	})
}

// leave closes an idle connection when its last answer is out.
func (c *connection) leave() {
	c.state = closing
	c.stream.CloseWhenFlushed()
}

// sayGoodbye tells who wants to know, some in each turn.
func (r *roster) sayGoodbye(to []*connection) {
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
	if r, ok := c.stream.(*retained); ok {
		return r.goodbye
	}
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
func (r *roster) announceEmpty() {
	if !r.draining || !r.empty() {
		return
	}
	r.loop.CallSoon(func() {
		if r.empty() {
			r.drained()
		}
	})
}

func (r *roster) closeAll(lists ...listing) {
	for _, c := range r.all(lists...) {
		if c.state == detached {
			c.stream.Close()
			r.remove(c)
		} else {
			c.closeNow()
		}
	}
}

// A retained stream is that of a detached connection which was retained. Only those need
// room for a goodbye.
type retained struct {
	stream
	goodbye func()
}

// Retain has the server go on counting a connection that was detached, until Release:
// among Options.MaxConnections, and for Shutdown, which calls goodbye on the loop, in a
// coroutine, waits for Release, and closes the stream at its deadline. A protocol that
// calls it must call Release when the stream has closed.
func (c *connection) Retain(goodbye func()) {
	c.Loop().CheckOwner("HTTPConnection.Retain")
	if c.state != detached || c.listed == upgraded {
		return
	}
	c.stream = &retained{c.stream, goodbye}
	c.roster.put(c, upgraded)
	c.server().count(c)
	if c.roster.draining {
		c.Loop().AddCallback(goodbye)
	}
}

// Release ends what Retain began; it is harmless without.
func (c *connection) Release() {
	c.Loop().CheckOwner("HTTPConnection.Release")
	if c.listed == upgraded {
		c.stream = c.stream.(*retained).stream
		c.server().uncount(c)
		c.roster.remove(c)
	}
}
