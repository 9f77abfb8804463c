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

	"github.com/gotornado/tornado/internal/succession"
)

// bindTries is the number of tries to find a port that is free on every address.
const bindTries = 16

// SocketOptions configure a listening socket. The zero value has Tornado's defaults.
type SocketOptions struct {
	Network   string // "tcp4" or "tcp6" for sockets of one address family; "" or "tcp" means both
	Backlog   int    // number of connections that may wait to be accepted; 0 means 128
	ReusePort bool   // set SO_REUSEPORT, so that other sockets of the same user may use the port too
}

func (o SocketOptions) backlog() int { return cmp.Or(o.Backlog, 128) }

// BindSockets returns sockets that listen on port, one for each IP address of address.
// address is a name or an IP address; "" means all interfaces of both families. With port 0
// all sockets have the same free port. IPv6 sockets accept no IPv4 connections; these have
// their own socket. Resolving a name blocks. After an error no socket is open. Tornado:
// netutil.bind_sockets.
func BindSockets(port int, address string, o SocketOptions) ([]net.Listener, error) {
	if port < 0 || port > 1<<16-1 {
		return nil, fmt.Errorf("tcpserver: port %d is not between 0 and 65535", port)
	}
	name := succession.Name(o.Network, port, address)
	return takeOrBind(name, func() ([]net.Listener, error) {
		addresses, err := resolve(address, o.Network)
		if err != nil {
			return nil, fmt.Errorf("tcpserver: %w", err)
		}
		return bindAll(addresses, uint16(port), func(a netip.AddrPort) (net.Listener, error) { return listen(a, o) })
	})
}

// takeOrBind returns the sockets that the previous version of the program had under name
// (see package autoreload), or else those that bind returns, and records their name.
func takeOrBind(name string, bind func() ([]net.Listener, error)) (sockets []net.Listener, err error) {
	if files := succession.Take(name); files != nil {
		sockets, err = listenersOf(files)
	} else {
		sockets, err = bind()
	}
	if err != nil {
		for _, socket := range sockets {
			socket.Close()
		}
		return nil, err
	}
	for _, socket := range sockets {
		succession.Named(name, socket.Addr())
	}
	return sockets, nil
}

// resolve returns the addresses to listen on, with the IPv4 wildcard first.
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
	addresses := ofFamily(found, lookup)
	if addresses == nil {
		return nil, &net.AddrError{Err: "no address for " + network, Addr: address}
	}
	return addresses, nil
}

// ofFamily returns the addresses of a family (ip4, ip6, or ip for both), each once.
func ofFamily(found []netip.Addr, family string) (addresses []netip.Addr) {
	for _, a := range found {
		a = a.Unmap()
		wanted := family == "ip" || a.Is6() == (family == "ip6")
		if wanted && !slices.Contains(addresses, a) {
			addresses = append(addresses, a)
		}
	}
	return addresses
}

// lookupHost resolves host. It parses IP addresses itself, because the resolver also
// returns 0.0.0.0 for ::.
func lookupHost(host, network string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return net.DefaultResolver.LookupNetIP(context.Background(), network, host)
}

// bindAll listens on each address. If the free port of the first address is in use on
// another one, it tries again with another port.
func bindAll(addresses []netip.Addr, port uint16, listen func(netip.AddrPort) (net.Listener, error)) ([]net.Listener, error) {
	for tries := 1; ; tries++ {
		sockets, err := bindEach(addresses, port, listen)
		if port != 0 || tries == bindTries || !errors.Is(err, unix.EADDRINUSE) {
			return sockets, err
		}
	}
}

// bindEach listens on the same port of each address. It leaves out addresses that the machine
// does not have, unless there are no others.
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

// isAbsent reports whether err means that the machine has no IPv6, or no IPv6 loopback
// address although its hosts file names it, as in many containers.
func isAbsent(a netip.Addr, err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || a == netip.IPv6Loopback() && errors.Is(err, unix.EADDRNOTAVAIL)
}

// listen binds with the standard library, which sets SO_REUSEADDR, and IPV6_V6ONLY for the
// network "tcp6".
func listen(a netip.AddrPort, o SocketOptions) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // it would make every accept slower
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
	// The library sets the maximal backlog; a second listen call changes it.
	if err := withFD(ln, func(fd int) error { return unix.Listen(fd, o.backlog()) }); err != nil {
		ln.Close()
		return nil, fmt.Errorf("tcpserver: listen: %w", err)
	}
	return ln, nil
}

func setReusePort(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// takeSocket returns a copy of the socket's descriptor for this package to poll, because
// the standard library polls its own. It is the same socket and non-blocking.
func takeSocket(socket any) (fd int, err error) {
	err = withFD(socket, func(its int) (err error) {
		// Not every system supports the option; an error of the call is ignored.
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

// withFD calls fn with the descriptor of a socket of the standard library.
func withFD(socket any, fn func(fd int) error) error {
	conn, ok := socket.(syscall.Conn)
	if !ok {
		return fmt.Errorf("a %T has no descriptor: use a socket of package net", socket)
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

// boundTo returns the address of a listening socket, or the zero AddrPort for a unix
// socket.
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
			a = a.WithZone(strconv.Itoa(int(sa.ZoneId))) // only IPv6 has zones
		}
		return netip.AddrPortFrom(a, uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// IsValidIP reports whether ip is a complete numeric IPv4 or IPv6 address without a zone.
// Tornado: netutil.is_valid_ip.
func IsValidIP(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Zone() == ""
}
