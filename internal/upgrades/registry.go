// Package upgrades lists the connections that came to a server as HTTP and now use another
// protocol, such as WebSockets. The server has nothing else that knows of them.
package upgrades

import (
	"net/netip"

	"github.com/gotornado/tornado/ioloop"
)

// A Connection has left HTTP. Its methods run on the loop of its registry.
type Connection interface {
	comparable
	// OnShutdown tells the connection that the server shuts down, so that it ends soon. It
	// runs in a coroutine.
	OnShutdown()
	// CloseNow closes the connection immediately and calls List.Remove.
	CloseNow()
	// Place returns the field in which a List keeps the position of the connection.
	Place() *int32
}

// A Registry has the upgraded connections of one loop of one server. The server tells them
// of its shutdown and waits until they have closed. The methods must run on the loop.
type Registry struct {
	loop         *ioloop.IOLoop
	counter      Counter
	onEmpty      func()
	lists        []list
	pending      int // upgrades that have begun
	shuttingDown bool
}

// A Counter counts the upgraded connections among the open connections of the server.
type Counter interface {
	CountUpgraded(peer netip.Addr)
	UncountUpgraded(peer netip.Addr)
}

// A list is a List of any type.
type list interface {
	count() int
	tellShutdown()
	closeAll()
}

// NewRegistry returns an empty registry. It calls onEmpty when its last connection has
// closed, and counter, unless that is nil, for each connection.
func NewRegistry(loop *ioloop.IOLoop, counter Counter, onEmpty func()) *Registry {
	return &Registry{loop: loop, counter: counter, onEmpty: onEmpty}
}

// IsEmpty reports whether there is no connection, and no upgrade that has begun.
func (r *Registry) IsEmpty() bool {
	for _, l := range r.lists {
		if l.count() > 0 {
			return false
		}
	}
	return r.pending == 0
}

// Loop returns the loop of the connections.
func (r *Registry) Loop() *ioloop.IOLoop { return r.loop }

// BeginUpgrade keeps the registry from being empty until EndUpgrade: a connection that waits
// between its request and Add is not forgotten.
func (r *Registry) BeginUpgrade() { r.pending++ }

// EndUpgrade ends what BeginUpgrade began. A connection that Add gets in the same turn of
// the loop is in time.
func (r *Registry) EndUpgrade() {
	r.loop.CallSoon(func() {
		r.pending--
		r.reportEmpty()
	})
}

// Shutdown calls OnShutdown of all connections, a batch in each turn of the loop, and of
// each connection that comes later.
func (r *Registry) Shutdown() {
	r.shuttingDown = true
	for _, l := range r.lists {
		l.tellShutdown()
	}
}

// CloseAll closes all connections immediately.
func (r *Registry) CloseAll() {
	for _, l := range r.lists {
		l.closeAll()
	}
}

func (r *Registry) reportEmpty() {
	if r.IsEmpty() {
		r.onEmpty()
	}
}
