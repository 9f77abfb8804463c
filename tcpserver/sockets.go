package tcpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// bindSocket returns a non-blocking socket that listens on address and port; port 0
// is one that is free. The standard library resolves the address and binds.
func bindSocket(address string, port int, reusePort bool) (fd int, bound netip.AddrPort, err error) {
	var config net.ListenConfig
	if reusePort {
		config.Control = setReusePort
	}
	ln, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(address, fmt.Sprint(port)))
	if err != nil {
		return -1, bound, fmt.Errorf("tcpserver: %w", err)
	}
	defer ln.Close()
	raw, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		return -1, bound, fmt.Errorf("tcpserver: %w", err)
	}
	// The copy shares the socket and its non-blocking mode, and is ours to poll.
	ctlErr := raw.Control(func(h uintptr) { fd, err = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(ctlErr, err); err != nil {
		return -1, bound, fmt.Errorf("tcpserver: %w", err)
	}
	return fd, ln.Addr().(*net.TCPAddr).AddrPort(), nil
}

func setReusePort(_, _ string, c syscall.RawConn) error {
	var err error
	ctlErr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	return errors.Join(ctlErr, err)
}

// peerOf returns the peer's address; a unix socket's peer has none.
func peerOf(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}
