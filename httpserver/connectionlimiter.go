package httpserver

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/tcpserver"
)

// logPause is how long nothing more is logged of connections that a limit keeps out.
const logPause = time.Minute

// A census counts connections for MaxConnections and MaxConnectionsPerAddress. It is
// shared by the loops; it is asked when a connection comes and goes, not for requests.
type connectionLimiter struct {
	max, perAddress                 int // 0: no limit
	exempt                          tcpserver.Networks
	pauseAccepting, resumeAccepting func() // of accepting

	mu        sync.Mutex
	total     int
	full      bool
	addresses map[netip.Prefix]int
	refused   int // since that was logged last
	logged    struct{ full, refused time.Time }
	clock     func() time.Time
}

// newCensus is nil if there is no limit to watch.
func newConnectionLimiter(o Options, exempt tcpserver.Networks, pause, resume func()) *connectionLimiter {
	if o.MaxConnections <= 0 && o.MaxConnectionsPerAddress <= 0 {
		return nil
	}
	return &connectionLimiter{
		max: o.MaxConnections, perAddress: o.MaxConnectionsPerAddress, exempt: exempt, pauseAccepting: pause, resumeAccepting: resume,
		addresses: map[netip.Prefix]int{}, clock: time.Now,
	}
}

// network is what of an address counts as one client: an IPv6 host has a whole /64
// (RFC 4291, section 2.5.1), out of which it may take a new address at will.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// enter counts a connection from a, or reports that the address has too many already.
// A unix socket has no address, and no limit of that kind. retained is a connection
// that was let in before: it is counted anyway.
func (n *connectionLimiter) admitConnection(a netip.Addr, retained bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if key, ok := n.limitedNetwork(a); ok {
		if n.addresses[key] >= n.perAddress && !retained {
			n.refused++
			n.logRefused(a)
			return false
		}
		n.addresses[key]++
	}
	n.total++
	if n.max > 0 && n.total >= n.max && !n.full {
		n.full = true
		n.pauseAccepting()
		n.logFull()
	}
	return true
}

// limited returns what a counts as, unless it may have any number of connections.
func (n *connectionLimiter) limitedNetwork(a netip.Addr) (netip.Prefix, bool) {
	if n.perAddress <= 0 || !a.IsValid() || n.exempt.Contains(a) {
		return netip.Prefix{}, false
	}
	return network(a), true
}

// leave is told when a connection that entered has ended.
func (n *connectionLimiter) removeConnection(a netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if key, ok := n.limitedNetwork(a); ok {
		if n.addresses[key]--; n.addresses[key] <= 0 {
			delete(n.addresses, key)
		}
	}
	n.total--
	if n.full && n.total < n.max {
		n.full = false
		n.resumeAccepting()
	}
}

// A client at a limit could fill the log: each line comes once a minute at most.

func (n *connectionLimiter) logFull() {
	if n.logIsDue(&n.logged.full) {
		log.Gen().Warn(fmt.Sprintf("the limit of %d connections is reached: others wait until one of them ends", n.max))
	}
}

func (n *connectionLimiter) logRefused(a netip.Addr) {
	if n.logIsDue(&n.logged.refused) {
		log.Gen().Warn(fmt.Sprintf("refused %d connections beyond the %d of one address, the last from %s", n.refused, n.perAddress, a))
		n.refused = 0
	}
}

func (n *connectionLimiter) logIsDue(last *time.Time) bool {
	now := n.clock()
	if !last.IsZero() && now.Sub(*last) < logPause {
		return false
	}
	*last = now
	return true
}

// CountUpgraded counts a connection that was admitted before it left HTTP.
func (n *connectionLimiter) CountUpgraded(peer netip.Addr) { n.admitConnection(peer, true) }

// UncountUpgraded ends what CountUpgraded began.
func (n *connectionLimiter) UncountUpgraded(peer netip.Addr) { n.removeConnection(peer) }

// upgradeCounter returns the counter of upgraded connections, or nil if the server has no
// limit on connections.
func (s *HTTPServer) upgradeCounter() upgrades.Counter {
	if s.limiter == nil {
		return nil
	}
	return s.limiter
}

// uncountConnection ends the count of c, if it is counted.
func (s *HTTPServer) uncountConnection(c *connection) {
	if c.counted {
		c.counted = false
		s.limiter.removeConnection(addressOf(c))
	}
}

// addressOf is the peer's address; a unix socket's, 0.0.0.0, is none.
func addressOf(c *connection) netip.Addr {
	a, _ := netip.ParseAddr(c.remoteIP)
	if a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}
