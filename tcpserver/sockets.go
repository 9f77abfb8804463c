package tcpserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// bindTries bounds the search for a free port that every address has.
const bindTries = 16

// SocketOptions tune a listening socket. The zero value does what Tornado does.
type SocketOptions struct {
	Network   string // "tcp4" or "tcp6" for one family of addresses; "" or "tcp" means both
	Backlog   int    // connections that may wait to be accepted; 0 means 128
	ReusePort bool   // SO_REUSEPORT: other sockets of the same user may have the port too
}

func (o SocketOptions) backlog() int { return cmp.Or(o.Backlog, 128) }

// BindSockets returns sockets that listen on port, one for each address that address
// has: a name's, or all interfaces' of both families if it is empty. With port 0 they
// share one that is free. IPv6 sockets take no IPv4 connections, which have a socket of
// their own. A name is looked up, for which it waits. After an error none is open.
// Tornado: netutil.bind_sockets.
func BindSockets(port int, address string, o SocketOptions) ([]net.Listener, error) {
	if port < 0 || port > 1<<16-1 {
		return nil, fmt.Errorf("tcpserver: port %d is not within 0 and 65535", port)
	}
	addresses, err := resolve(address, o.Network)
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return bindAll(addresses, uint16(port), func(a netip.AddrPort) (net.Listener, error) { return listen(a, o) })
}

// resolve returns the addresses to listen on, IPv4's wildcard first.
func resolve(address, network string) ([]netip.Addr, error) {
	lookup, ok := map[string]string{"": "ip", "tcp": "ip", "tcp4": "ip4", "tcp6": "ip6"}[network]
	if !ok {
		return nil, net.UnknownNetworkError(network)
	}
	found := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	if address != "" {
		var err error
		if found, err = lookupHost(address, lookup); err != nil {
			return nil, err
		}
	}
	addresses := pick(found, lookup)
	if addresses == nil {
		return nil, &net.AddrError{Err: "no address for " + network, Addr: address}
	}
	return addresses, nil
}

// pick returns the addresses of a family, ip4, ip6, or ip for both, each once.
func pick(found []netip.Addr, family string) (addresses []netip.Addr) {
	for _, a := range found {
		a = a.Unmap()
		wanted := family == "ip" || a.Is6() == (family == "ip6")
		if wanted && !slices.Contains(addresses, a) {
			addresses = append(addresses, a)
		}
	}
	return addresses
}

// lookupHost keeps numbers from the resolver, which answers :: with 0.0.0.0 too.
func lookupHost(host, network string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return net.DefaultResolver.LookupNetIP(context.Background(), network, host)
}

// bindAll listens on each address. The free port that the first one gets may be in
// use on another; then it looks for one that is not.
func bindAll(addresses []netip.Addr, port uint16, listen func(netip.AddrPort) (net.Listener, error)) ([]net.Listener, error) {
	for tries := 1; ; tries++ {
		sockets, err := bindEach(addresses, port, listen)
		if port != 0 || tries == bindTries || !errors.Is(err, unix.EADDRINUSE) {
			return sockets, err
		}
	}
}

// bindEach listens on each address, all on one port. What the machine only claims
// to have is left out as long as there are others.
func bindEach(addresses []netip.Addr, port uint16, listen func(netip.AddrPort) (net.Listener, error)) ([]net.Listener, error) {
	var sockets []net.Listener
	var absent error
	for _, a := range addresses {
		ln, err := listen(netip.AddrPortFrom(a, port))
		switch {
		case err == nil:
			sockets = append(sockets, ln)
			port = uint16(ln.Addr().(*net.TCPAddr).Port)
		case isAbsent(a, err):
			absent = err
		default:
			for _, ln := range sockets {
				ln.Close()
			}
			return nil, err
		}
	}
	if len(sockets) == 0 {
		return nil, absent
	}
	return sockets, nil
}

// isAbsent says whether err tells that the machine has no IPv6, or has it without
// the loopback address that its hosts file names (as many containers do).
func isAbsent(a netip.Addr, err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || a == netip.IPv6Loopback() && errors.Is(err, unix.EADDRNOTAVAIL)
}

// listen binds with the standard library, which sets SO_REUSEADDR, and IPV6_V6ONLY
// as the network is named by its family.
func listen(a netip.AddrPort, o SocketOptions) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // every accept would pass through its layer
	if o.ReusePort {
		config.Control = func(_, _ string, c syscall.RawConn) error { return control(c, setReusePort) }
	}
	network := "tcp4"
	if a.Addr().Is6() {
		network = "tcp6"
	}
	ln, err := config.Listen(context.Background(), network, a.String())
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	// The library asks for the longest backlog there is; asking again changes that.
	if err := withFD(ln, func(fd int) error { return unix.Listen(fd, o.backlog()) }); err != nil {
		ln.Close()
		return nil, fmt.Errorf("tcpserver: listen: %w", err)
	}
	return ln, nil
}

func setReusePort(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// take returns a descriptor of the socket that is ours to poll: a copy, for the
// standard library polls its own. It is the same socket, and non-blocking.
func take(socket any) (fd int, err error) {
	err = withFD(socket, func(its int) (err error) {
		// An error of this question leaves it open: not every system can answer.
		if listens, err := unix.GetsockoptInt(its, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && listens == 0 {
			return errors.New("the socket does not listen")
		}
		fd, err = unix.FcntlInt(uintptr(its), unix.F_DUPFD_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("tcpserver: %w", err)
	}
	return fd, nil
}

// withFD calls fn with the descriptor of what the standard library has opened.
func withFD(socket any, fn func(fd int) error) error {
	conn, ok := socket.(syscall.Conn)
	if !ok {
		return fmt.Errorf("a %T has no descriptor", socket)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return control(raw, fn)
}

func control(raw syscall.RawConn, fn func(fd int) error) error {
	var err error
	ctlErr := raw.Control(func(fd uintptr) { err = fn(int(fd)) })
	return cmp.Or(ctlErr, err)
}

// boundTo returns the address that a listening socket has; a unix socket has none.
func boundTo(fd int) netip.AddrPort {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}
	}
	return addrPort(sa)
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 {
			a = a.WithZone(strconv.Itoa(int(sa.ZoneId))) // of IPv6 alone
		}
		return netip.AddrPortFrom(a, uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// IsValidIP reports whether ip is an IPv4 or IPv6 address in numbers, complete and
// without a zone. Tornado: netutil.is_valid_ip.
func IsValidIP(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Zone() == ""
}
