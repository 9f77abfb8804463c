package websocket

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// DeflateContextsInUse is how many contexts of a level connections of l hold.
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

// Cause is why the connection ended; it stays when the connection is gone.
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

// Readers is how many futures of ReadMessage c holds.
func (c *ClientConnection) Readers() int { return len(c.client.readers) }

// Loops is on how many loops g has members.
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

// Names is how many names of groups c knows.
func (c *Cluster) Names() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.groups)
}

// AwaitsBeat reports whether a beat has not come back yet.
func (c *Cluster) AwaitsBeat() bool { return c.link.AwaitsBeat() }
