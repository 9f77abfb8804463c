package tcpclient

import (
	"cmp"
	"context"
	"net"
	"net/netip"
)

// A Resolver finds the addresses of a host, in the order in which to try them. network is
// "tcp", or "tcp4" or "tcp6" for one family only. Resolve may block until ctx ends. It is
// called on any goroutine, also concurrently. Tornado: netutil.Resolver.
type Resolver interface {
	// Resolve returns at least one address, each with a port, or an error.
	Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error)
}

// A UnixResolver is a Resolver that may send a host to a unix socket. TCPClient asks it before
// Resolve. Everything else stays as for the host: the Host header, and the name in a
// certificate. Tornado: a Resolver that returns AF_UNIX.
type UnixResolver interface {
	Resolver
	// ResolveUnix returns the path of a unix socket, with a leading "@" for an abstract one, or
	// "" if the host is not on one. It may block until ctx ends.
	ResolveUnix(ctx context.Context, host string, port int) (path string, err error)
}

var _ UnixResolver = OverrideResolver{}

// A DefaultResolver uses the operating system's resolver through the standard library.
// Tornado: DefaultLoopResolver, and the other resolvers that call getaddrinfo.
type DefaultResolver struct{}

// Resolve implements Resolver and blocks until the system returns. Numeric addresses are not
// looked up. The error is a *net.DNSError, or a *net.AddrError if no address is of the
// family.
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

// An OverrideResolver replaces hosts and ports before it calls another resolver. Tests and
// staging machines use it to reach their own servers by production names.
// Tornado: netutil.OverrideResolver.
type OverrideResolver struct {
	Resolver Resolver            // nil means DefaultResolver
	Mapping  map[Target]HostPort // entries with host, port and network come first, then those with host and port, then those with a host
}

// A Target is a host, with an optional port and network, that an OverrideResolver replaces.
type Target struct {
	Host    string // the host as requested
	Port    int    // 0 means every port
	Network string // "tcp4" or "tcp6": only requests for this family; "" means any request
}

// A HostPort replaces a Target of an OverrideResolver.
type HostPort struct {
	Host string // a name or a numeric address
	Port int    // 0 keeps the port
	Unix string // path of a unix socket, in place of Host and Port; "" means none
}

// Resolve implements Resolver. It replaces host and port by the entry of Mapping, if there is
// one, and calls the other resolver.
func (r OverrideResolver) Resolve(ctx context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	if to, ok := r.replacement(network, host, port); ok {
		host, port = to.Host, cmp.Or(to.Port, port)
	}
	return orDefault(r.Resolver).Resolve(ctx, network, host, port)
}

// ResolveUnix implements UnixResolver. Entries of Mapping for one network do not count.
func (r OverrideResolver) ResolveUnix(ctx context.Context, host string, port int) (path string, err error) {
	if to, ok := r.replacement("", host, port); ok {
		if to.Unix != "" {
			return to.Unix, nil
		}
		host, port = to.Host, cmp.Or(to.Port, port)
	}
	if next, ok := r.Resolver.(UnixResolver); ok {
		return next.ResolveUnix(ctx, host, port)
	}
	return "", nil
}

// replacement returns the most specific entry of Mapping.
func (r OverrideResolver) replacement(network, host string, port int) (to HostPort, ok bool) {
	for _, t := range []Target{{host, port, network}, {host, port, ""}, {host, 0, ""}} {
		if to, ok = r.Mapping[t]; ok {
			return to, true
		}
	}
	return HostPort{}, false
}

func orDefault(r Resolver) Resolver {
	if r == nil {
		return DefaultResolver{}
	}
	return r
}
