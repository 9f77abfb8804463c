package iostream

import (
	"net"

	"golang.org/x/sys/unix"
)

// LocalAddr returns the stream's own address: a *net.TCPAddr or a *net.UnixAddr. It returns
// nil if the stream has no address or is closed.
func (s *IOStream) LocalAddr() net.Addr {
	sa, err := unix.Getsockname(int(s.fd))
	if err != nil {
		return nil
	}
	return addrOf(sa)
}

// RemoteAddr returns the peer's address, of the same types as LocalAddr. It returns nil if
// the peer has reset the connection or the stream is closed.
func (s *IOStream) RemoteAddr() net.Addr {
	sa, err := unix.Getpeername(int(s.fd))
	if err != nil {
		return nil
	}
	return addrOf(sa)
}

// peerName returns the peer's address for log records, also for a peer that has reset its
// connection.
func (s *IOStream) peerName() string {
	if a := s.RemoteAddr(); a != nil {
		return a.String()
	}
	return "(not connected)"
}

func addrOf(sa unix.Sockaddr) net.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	case *unix.SockaddrInet6:
		addr := &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
		if zone, err := net.InterfaceByIndex(int(sa.ZoneId)); sa.ZoneId != 0 && err == nil {
			addr.Zone = zone.Name
		}
		return addr
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: "unix"}
	}
	return nil
}
