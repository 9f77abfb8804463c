package websocket

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// DeflateContextsInUse returns the number of compression contexts of a level that belong to
// connections of l.
func DeflateContextsInUse(l *ioloop.IOLoop, level int) (n int) {
	pool := l.Local(deflatePoolKey(level), func() any { return new(deflatePool) }).(*deflatePool)
	for _, c := range pool.contexts {
		if c.owner != nil {
			n++
		}
	}
	return n
}

// Forms returns the number of compressed forms that p has.
func (p *Prepared) Forms() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.compressed)
}

// Cause returns a function that returns the error which ended the connection. The function works
// after the connection has ended, too.
func (h *WebSocketHandler) Cause(before func()) func() error {
	s := h.ref.connection.base()
	before()
	return func() error { return s.closeCause() }
}

// Hold makes all methods of g wait until release is called.
func (g *Group) Hold() (release func()) {
	g.mu.Lock()
	return g.mu.Unlock
}

// Readers returns the number of futures of ReadMessage that c holds.
func (c *ClientConnection) Readers() int { return len(c.client.readers) }

// Loops returns the number of loops on which g has members.
func (g *Group) Loops() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.loops)
}

// NewManualCluster is NewCluster with a clock that tests set. Nothing that depends on the time
// happens before step is called.
func NewManualCluster(b Broker, o ClusterOptions, now func() time.Time) (c *Cluster, step func(), err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, nil, err
	}
	c = new(Cluster)
	c.useBroker(b, o, now)
	return c, func() { c.link.RunDue(now()) }, c.link.Open()
}

// Names returns the number of names of groups that c knows.
func (c *Cluster) Names() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.groups)
}

// AwaitsBeat reports whether a beat has not come back yet.
func (c *Cluster) AwaitsBeat() bool { return c.link.AwaitsBeat() }
