package tcpclient

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// fallbackDelay is the time before the second address family is tried in parallel (RFC 6555,
// section 5.5, recommends 150 to 250 ms; Tornado uses 300).
const fallbackDelay = 300 * time.Millisecond

var errNoAddress = errors.New("no address")

type dialFunc func(ctx context.Context, address netip.AddrPort) (net.Conn, error)

type dialOutcome struct {
	conn net.Conn
	err  error
}

// connectFirst returns the first connection that succeeds. The addresses of the first family
// are tried in order. After fallbackDelay, or after the first failure, those of the other
// family are tried in parallel. If all fail, connectFirst returns the last error. Attempts
// that are still running are cancelled; a connection that comes late is closed.
func connectFirst(ctx context.Context, addresses []netip.AddrPort, dial dialFunc) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make(chan dialOutcome)
	first, second := splitFamilies(addresses)
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

// splitFamilies returns the addresses by family; the family of the first address comes first.
func splitFamilies(addresses []netip.AddrPort) (first, second []netip.AddrPort) {
	for _, a := range addresses {
		if a.Addr().Is4() == addresses[0].Addr().Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	return first, second
}

// tryEach dials one address after another until one succeeds or ctx ends. It closes a
// connection that is not needed any more.
func tryEach(ctx context.Context, addresses []netip.AddrPort, dial dialFunc, outcomes chan<- dialOutcome) {
	for _, a := range addresses {
		conn, err := dial(ctx, a)
		select {
		case outcomes <- dialOutcome{conn, err}:
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
