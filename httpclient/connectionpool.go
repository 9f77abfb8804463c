package httpclient

import (
	"slices"
	"time"
)

// A poolKey identifies the connections that may serve a request. They have the same way to the
// server, the same credentials of a proxy, and the same TLS settings.
type poolKey struct {
	server origin // zero if a proxy forwards the requests
	proxy  poolProxy
	route  routeSettings
	tls    tlsSettings
}

// A poolProxy is the part of a poolKey that names the proxy. It is zero without one.
type poolProxy struct {
	scheme, host string
	port         int
	login        credentials
	mode         string
}

// A routeSettings are the fields of a request that choose the addresses of a connection.
type routeSettings struct {
	network string // "tcp4" for one family; "" for both
	source  string // local address
}

// poolKeyOf returns the key of the connections for a request.
func poolKeyOf(h *hop, s *HTTPRequest) poolKey {
	key := poolKey{server: h.target.origin, route: routeSettings{source: s.NetworkInterface}}
	if !s.AllowIPv6.enabled() {
		key.route.network = "tcp4"
	}
	if p := h.proxy; p != nil {
		key.proxy = poolProxy{p.scheme, p.host, p.port, p.login, p.mode}
		if h.absoluteForm() {
			key.server = origin{}
		}
	}
	if key.tls = tlsSettingsOf(s, h); key.server == (origin{}) {
		key.tls.caCerts = s.CACerts // for a connection to the proxy over TLS
	}
	return key
}

// A connectionPool holds the idle connections of a client. The connection that was used last is
// used first, so that the others can time out.
type connectionPool struct {
	max, maxPerHost int
	timeout         time.Duration
	hosts           map[poolKey]*hostConnections
	newest, oldest  *serverConnection // a list of all idle connections
	idle            int
}

// A hostConnections are the idle connections of one key. It exists while connections of the
// key are open.
type hostConnections struct {
	key  poolKey
	idle []*serverConnection // the newest is last
	open int
}

func (p *connectionPool) init(c *SimpleAsyncHTTPClient) {
	p.max, p.maxPerHost, p.timeout = c.options.MaxIdle, c.options.MaxIdlePerHost, c.options.IdleTimeout
	if c.options.NoKeepAlive {
		p.max = 0
	}
	p.hosts = map[poolKey]*hostConnections{}
}

// takeIdle removes the newest idle connection of a key from the pool, or returns nil.
func (p *connectionPool) takeIdle(key *poolKey) *serverConnection {
	h := p.hosts[*key]
	if h == nil || len(h.idle) == 0 {
		return nil
	}
	c := h.idle[len(h.idle)-1]
	p.removeIdle(c)
	return c
}

// addOpen counts a new connection of a key.
func (p *connectionPool) addOpen(key *poolKey) *hostConnections {
	h := p.hosts[*key]
	if h == nil {
		h = &hostConnections{key: *key}
		p.hosts[*key] = h
	}
	h.open++
	return h
}

// removeOpen counts a connection that has closed.
func (p *connectionPool) removeOpen(h *hostConnections) {
	if h.open--; h.open == 0 {
		delete(p.hosts, h.key)
	}
}

// putIdle keeps an idle connection, or closes it. A limit that is exceeded closes the connection
// that has been idle for the longest time.
func (p *connectionPool) putIdle(c *serverConnection) {
	if p.max <= 0 || p.maxPerHost <= 0 || c.client.closed {
		c.closeConnection()
		return
	}
	h := c.host
	if len(h.idle) >= p.maxPerHost {
		h.idle[0].closeConnection()
	}
	if p.idle >= p.max {
		p.oldest.closeConnection()
	}
	h.idle = append(h.idle, c)
	c.older, p.newest = p.newest, c
	if c.older != nil {
		c.older.newer = c
	} else {
		p.oldest = c
	}
	c.pooled = true
	p.idle++
	c.client.loop.SetCoarseTimeout(&c.idleTimer, p.timeout, c)
}

// removeIdle removes an idle connection from the pool.
func (p *connectionPool) removeIdle(c *serverConnection) {
	if i := slices.Index(c.host.idle, c); i >= 0 {
		c.host.idle = slices.Delete(c.host.idle, i, i+1)
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		p.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		p.newest = c.older
	}
	c.older, c.newer, c.pooled = nil, nil, false
	p.idle--
	c.client.loop.RemoveCoarseTimeout(&c.idleTimer)
}

// closeIdle closes all idle connections.
func (p *connectionPool) closeIdle() {
	for p.oldest != nil {
		p.oldest.closeConnection()
	}
}
