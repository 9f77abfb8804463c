// Package socket makes the few non-blocking system calls that the load generator and the floor
// server need. It uses the loopback address only, and not the runtime's poller, whose cost would
// distort the measurement.
package socket

import (
	"fmt"
	"io"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// backlog is the kernel's default for pending connections.
const backlog = 4096

// Listen returns a non-blocking listening socket on the loopback address.
func Listen(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, loopback(port))
	}
	if err == nil {
		err = unix.Listen(fd, backlog)
	}
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("socket: listen on port %d: %w", port, err)
	}
	return fd, nil
}

// Accept returns the next pending connection as a non-blocking socket with TCP_NODELAY.
func Accept(listener int) (int, error) {
	fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return -1, err
	}
	return fd, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// Dial connects to the loopback address, blocking, and returns a non-blocking socket.
func Dial(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	// connect chooses the port, because it knows that the same port towards another server is free.
	err = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: Source()})
	}
	if err == nil {
		err = unix.Connect(fd, loopback(port))
	}
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("socket: connect to port %d: %w", port, err)
	}
	return fd, nil
}

// Source returns the address that this process connects from. Each process has its own, since
// one address has only 28,000 ports for connections to one server.
func Source() [4]byte { return [4]byte{127, 0, byte(1 + unix.Getpid()>>8), byte(unix.Getpid())} }

func loopback(port int) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

// Read reads once into p, which must not be empty. It returns 0 and no error if there is no data
// yet, and io.EOF if the peer has closed.
//
// Read and Write are raw system calls: they never block on a non-blocking descriptor, so the
// scheduler need not know about them.
func Read(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	switch {
	case errno == unix.EAGAIN:
		return 0, nil
	case errno != 0:
		return 0, fmt.Errorf("socket: read: %w", errno)
	case n == 0:
		return 0, io.EOF
	}
	return int(n), nil
}

// Write writes as much of p as the kernel accepts now, perhaps nothing.
func Write(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	switch errno {
	case 0:
		return int(n), nil
	case unix.EAGAIN:
		return 0, nil
	}
	return 0, fmt.Errorf("socket: write: %w", errno)
}

// Await blocks until fd is ready for one of events (unix.POLLIN, unix.POLLOUT).
func Await(fd int, events int16, timeout time.Duration) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	deadline := time.Now().Add(timeout)
	for {
		n, err := unix.Poll(fds, max(0, int(time.Until(deadline).Milliseconds())))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("socket: poll: %w", err)
		case n == 0:
			return fmt.Errorf("socket: no event for %v", timeout)
		default:
			return nil
		}
	}
}
