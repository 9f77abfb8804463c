package tcpclient

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// fallbackDelay is how long the first family has before the other is tried beside it
// (RFC 6555, section 5.5, asks for 150 to 250 ms; Tornado has 300).
const fallbackDelay = 300 * time.Millisecond

var errNoAddress = errors.New("no address")

type dialFunc func(ctx context.Context, address netip.AddrPort) (net.Conn, error)

type outcome struct {
	conn net.Conn
	err  error
}

// connectFirst returns the first connection that comes about. The addresses of the
// first one's family are tried in order; after fallbackDelay, or when the first
// failure comes, those of the other family are tried too, beside them. If all fail,
// the last error counts. What is still under way is ended, and closed if it succeeds.
func connectFirst(ctx context.Context, addresses []netip.AddrPort, dial dialFunc) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make(chan outcome)
	first, second := split(addresses)
	go tryEach(ctx, first, dial, outcomes)
	fallback := time.NewTimer(fallbackDelay)
	defer fallback.Stop()
	err := errNoAddress
	for left := len(addresses); left > 0; {
		select {
		case o := <-outcomes:
			if o.err == nil {
				return o.conn, nil
			}
			err = o.err
			left--
		case <-fallback.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		go tryEach(ctx, second, dial, outcomes)
		second = nil
	}
	return nil, err
}

// split parts the addresses by family, the first one's in front.
func split(addresses []netip.AddrPort) (first, second []netip.AddrPort) {
	for _, a := range addresses {
		if a.Addr().Is4() == addresses[0].Addr().Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	return first, second
}

// tryEach dials one address after another until one answers or ctx ends. A connection
// that nobody waits for any more is closed.
func tryEach(ctx context.Context, addresses []netip.AddrPort, dial dialFunc, outcomes chan<- outcome) {
	for _, a := range addresses {
		conn, err := dial(ctx, a)
		select {
		case outcomes <- outcome{conn, err}:
		case <-ctx.Done():
			if err == nil {
				conn.Close()
			}
			return
		}
		if err == nil {
			return
		}
	}
}
