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

// logPause is the time between two log lines about the same limit.
const logPause = time.Minute

// A connectionLimiter counts connections for MaxConnections and MaxConnectionsPerAddress.
// The loops of a server share it. It is used when a connection opens and ends, not for
// requests.
type connectionLimiter struct {
	max, perAddress                 int // 0 means no limit
	exempt                          tcpserver.Networks
	pauseAccepting, resumeAccepting func()

	mu        sync.Mutex
	total     int
	full      bool
	addresses map[netip.Prefix]int
	refused   int // connections refused since the last log line
	logged    struct{ full, refused time.Time }
	clock     func() time.Time
}

// newConnectionLimiter returns a limiter for the limits in o, or nil if there are none.
func newConnectionLimiter(o Options, exempt tcpserver.Networks, pause, resume func()) *connectionLimiter {
	if o.MaxConnections <= 0 && o.MaxConnectionsPerAddress <= 0 {
		return nil
	}
	return &connectionLimiter{
		max: o.MaxConnections, perAddress: o.MaxConnectionsPerAddress, exempt: exempt, pauseAccepting: pause, resumeAccepting: resume,
		addresses: map[netip.Prefix]int{}, clock: time.Now,
	}
}

// network returns the prefix that counts as one client: the IPv4 address, or the IPv6 /64.
// An IPv6 host has a whole /64 (RFC 4291, section 2.5.1) and can change its address within
// it at any time.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// admitConnection counts a connection from a. It returns false if the address has too many
// connections already. A unix socket has no address and no limit per address. An upgraded
// connection was admitted before, so it is always counted.
func (l *connectionLimiter) admitConnection(a netip.Addr, upgraded bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key, ok := l.limitedNetwork(a); ok {
		if l.addresses[key] >= l.perAddress && !upgraded {
			l.refused++
			l.logRefused(a)
			return false
		}
		l.addresses[key]++
	}
	l.total++
	if l.max > 0 && l.total >= l.max && !l.full {
		l.full = true
		l.pauseAccepting()
		l.logFull()
	}
	return true
}

// limitedNetwork returns the network of a. ok is false if a may have any number of
// connections.
func (l *connectionLimiter) limitedNetwork(a netip.Addr) (prefix netip.Prefix, ok bool) {
	if l.perAddress <= 0 || !a.IsValid() || l.exempt.Contains(a) {
		return netip.Prefix{}, false
	}
	return network(a), true
}

// removeConnection ends the count of a connection that was admitted.
func (l *connectionLimiter) removeConnection(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key, ok := l.limitedNetwork(a); ok {
		if l.addresses[key]--; l.addresses[key] <= 0 {
			delete(l.addresses, key)
		}
	}
	l.total--
	if l.full && l.total < l.max {
		l.full = false
		l.resumeAccepting()
	}
}

// Each log line appears at most once in a logPause: a client at a limit could fill the log.

func (l *connectionLimiter) logFull() {
	if l.logIsDue(&l.logged.full) {
		log.Gen().Warn(fmt.Sprintf("the limit of %d connections (Options.MaxConnections) is reached: new ones wait until one of them ends", l.max))
	}
}

func (l *connectionLimiter) logRefused(a netip.Addr) {
	if l.logIsDue(&l.logged.refused) {
		log.Gen().Warn(fmt.Sprintf("refused %d connections: one address may have %d (Options.MaxConnectionsPerAddress); the last came from %s", l.refused, l.perAddress, a))
		l.refused = 0
	}
}

// logIsDue reports whether logPause has passed since last, and then sets last to now.
func (l *connectionLimiter) logIsDue(last *time.Time) bool {
	now := l.clock()
	if !last.IsZero() && now.Sub(*last) < logPause {
		return false
	}
	*last = now
	return true
}

// CountUpgraded counts a connection that was admitted before it left HTTP.
func (l *connectionLimiter) CountUpgraded(peer netip.Addr) { l.admitConnection(peer, true) }

// UncountUpgraded ends what CountUpgraded began.
func (l *connectionLimiter) UncountUpgraded(peer netip.Addr) { l.removeConnection(peer) }

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

// addressOf returns the address of the client. It is not valid for a unix socket, whose
// RemoteIP is 0.0.0.0.
func addressOf(c *connection) netip.Addr {
	a, _ := netip.ParseAddr(c.remoteIP)
	if a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}
