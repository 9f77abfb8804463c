package tcpserver

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// ProxyProtocol configures the PROXY protocol, version 1 or 2: trusted proxies begin each
// connection with a header that names the client. The zero value accepts a header from no
// peer. Tornado does not have it.
type ProxyProtocol struct {
	// Trusted are the addresses (10.0.0.1) and networks (10.0.0.0/8) of the proxies; "unix"
	// means every peer on a unix socket. Their connections must begin with a header.
	// The server closes those that do not, and logs why. For all other peers a header is data like
	// any other, so that they cannot claim another address.
	Trusted []string
	// Timeout is the time for the whole header from the connection on. 0 means 5s; a
	// negative value disables it.
	Timeout time.Duration
}

const defaultProxyTimeout = 5 * time.Second

// A proxyPolicy is a parsed ProxyProtocol.
type proxyPolicy struct {
	networks Networks
	unix     bool
	timeout  time.Duration
}

// newProxyPolicy panics if o is invalid.
func newProxyPolicy(o ProxyProtocol) proxyPolicy {
	isUnix := func(text string) bool { return text == "unix" }
	networks, err := ParseNetworks(slices.DeleteFunc(slices.Clone(o.Trusted), isUnix))
	if err != nil {
		panic(fmt.Sprintf("tcpserver: Options.ProxyProtocol.Trusted: %v, nor unix", err))
	}
	return proxyPolicy{networks, slices.ContainsFunc(o.Trusted, isUnix), cmp.Or(o.Timeout, defaultProxyTimeout)}
}

// trusts reports whether peer is a trusted proxy, whose connections begin with a header.
func (p *proxyPolicy) trusts(peer netip.AddrPort) bool {
	if !peer.IsValid() {
		return p.unix
	}
	return p.networks.Contains(peer.Addr())
}

// A headerWait is a connection of a trusted proxy whose header has not arrived yet. It
// reads exactly the header, because a TLS handshake may follow.
type headerWait struct {
	listener *listener
	fd       int
	peer     netip.AddrPort
	held     []byte // the part of the header that arrived
	timeout  ioloop.CoarseTimeout
}

// awaitHeader opens the connection after its header has arrived. After an error the caller
// closes fd.
func (l *listener) awaitHeader(fd int, peer netip.AddrPort) error {
	w := &headerWait{listener: l, fd: fd, peer: peer}
	if err := l.loop.AddHandler(fd, w, ioloop.Read); err != nil {
		return err
	}
	l.server.opening.Add(1)
	if d := l.server.proxies.timeout; d > 0 {
		l.loop.SetCoarseTimeout(&w.timeout, d, w)
	}
	return nil
}

// HandleEvents implements [ioloop.EventHandler]: it reads the bytes of the header that have
// arrived.
func (w *headerWait) HandleEvents(int, ioloop.Events) {
	for {
		var peeked [512]byte
		n, _, err := unix.Recvfrom(w.fd, peeked[:], unix.MSG_PEEK)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil, n == 0 && w.held == nil: // a health check that only connects
			w.Close()
			return
		case n == 0:
			w.refuse("the connection ended within the PROXY header")
			return
		}
		before := len(w.held)
		w.held = append(w.held, peeked[:n]...)
		h, size, err := parseProxyHeader(w.held)
		if err != nil {
			w.refuse(err.Error())
			return
		}
		if size > 0 {
			n = size - before
		}
		if err := discard(w.fd, peeked[:n]); err != nil {
			w.Close()
			return
		}
		if size > 0 {
			w.openConnection(h)
			return
		}
	}
}

// discard reads len(buf) bytes, which have arrived.
func discard(fd int, buf []byte) error {
	for len(buf) > 0 {
		n, err := unix.Read(fd, buf)
		if err != nil && err != unix.EINTR {
			return err
		}
		buf = buf[max(n, 0):]
	}
	return nil
}

// HandleCoarseTimeout implements [ioloop.CoarseHandler]: the header took too long.
func (w *headerWait) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	w.refuse("no whole PROXY header came in time")
}

// refuse logs the reason and closes the connection.
func (w *headerWait) refuse(reason string) {
	from := "a unix socket"
	if w.peer.IsValid() {
		from = w.peer.Addr().String()
	}
	log.Gen().Warn(fmt.Sprintf("closed a connection from %s: %s; have the proxy send it, or remove the address from ProxyProtocol.Trusted", from, reason))
	w.Close()
}

// openConnection opens the connection with the client that h names as its peer.
func (w *headerWait) openConnection(h proxyHeader) {
	l := w.listener
	w.endWait()
	peer := w.peer
	if h.namesClient {
		peer = h.client
	}
	if err := l.openStream(w.fd, peer); err != nil {
		unix.Close(w.fd)
		log.Gen().Error(fmt.Sprintf("accept: %v", err))
	}
}

// Close closes the connection. The loop's CloseAll also calls it.
func (w *headerWait) Close() {
	w.endWait()
	unix.Close(w.fd)
}

// endWait ends the wait for the header. It leaves the descriptor open.
func (w *headerWait) endWait() {
	w.listener.loop.RemoveCoarseTimeout(&w.timeout)
	w.listener.loop.RemoveHandler(w.fd)
	w.listener.server.opening.Add(-1)
}
