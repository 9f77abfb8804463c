package tcpclient

import (
	"cmp"
	"context"
	"net"
	"net/netip"
)

// A Resolver finds the addresses of a host, those to be tried first in front. network
// is "tcp4" or "tcp6" for one family alone, or "tcp". It may block until ctx ends, and
// is called on any goroutine, by several at once. Tornado: netutil.Resolver.
type Resolver interface {
	// Resolve returns at least one address, each with a port, or an error.
	Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error)
}

// A DefaultResolver asks the system, by the standard library.
// Tornado: DefaultLoopResolver, and whatever else asks getaddrinfo.
type DefaultResolver struct{}

// Resolve implements Resolver: it waits for the system's answer. Addresses in numbers
// are not looked up. The error is a *net.DNSError, or a *net.AddrError if no address is
// of the family.
func (DefaultResolver) Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	found, err := lookup(ctx, network, host)
	if err != nil {
		return nil, err
	}
	var addresses []netip.AddrPort
	for _, a := range found {
		a = a.Unmap()
		if network == "tcp" || a.Is6() == (network == "tcp6") {
			addresses = append(addresses, netip.AddrPortFrom(a, uint16(port)))
		}
	}
	if addresses == nil {
		return nil, &net.AddrError{Err: "no address for " + network, Addr: host}
	}
	return addresses, nil
}

func lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	family := map[string]string{"tcp": "ip", "tcp4": "ip4", "tcp6": "ip6"}[network]
	return net.DefaultResolver.LookupNetIP(ctx, family, host)
}

// An OverrideResolver asks another resolver for other names than it is asked for:
// tests and staging machines reach their own servers by the names of the real ones.
// Tornado: netutil.OverrideResolver.
type OverrideResolver struct {
	Resolver Resolver            // nil means DefaultResolver
	Mapping  map[Target]HostPort // that of a host, port and network wins over that of a host and port, and this over a host's
}

// A Target is what an OverrideResolver replaces.
type Target struct {
	Host    string // as it is asked for
	Port    int    // 0 means every port
	Network string // "tcp4" or "tcp6": asked for this family alone; "" means however asked
}

// A HostPort is what an OverrideResolver puts in the place of a Target.
type HostPort struct {
	Host string // a name or an address in numbers
	Port int    // 0 keeps the port
}

// Resolve implements Resolver: it looks host up in Mapping, and asks the other resolver
// for what that says.
func (r OverrideResolver) Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	for _, t := range []Target{{host, port, network}, {host, port, ""}, {host, 0, ""}} {
		if to, ok := r.Mapping[t]; ok {
			host, port = to.Host, cmp.Or(to.Port, port)
			break
		}
	}
	return orDefault(r.Resolver).Resolve(ctx, network, host, port)
}

func orDefault(r Resolver) Resolver {
	if r == nil {
		return DefaultResolver{}
	}
	return r
}
