package tcpserver

import (
	"fmt"
	"net/netip"
)

// Networks is a set of IP addresses, such as those of trusted proxies.
type Networks []netip.Prefix

// ParseNetworks returns the set of the addresses (10.0.0.1, ::1) and networks (10.0.0.0/8)
// in list. The error names an element that is neither.
func ParseNetworks(list []string) (Networks, error) {
	var n Networks
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				a = a.Unmap().WithZone("")
				p, err = a.Prefix(a.BitLen())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address like 10.0.0.1 nor a network like 10.0.0.0/8", text)
		}
		n = append(n, p.Masked())
	}
	return n, nil
}

// Contains reports whether a is in the set. An IPv4 address may be mapped to IPv6, and a
// zone is ignored.
func (n Networks) Contains(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range n {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
