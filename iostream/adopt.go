package iostream

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// FromConn makes a stream of a connection of package net, such as one that was hijacked from
// net/http. held are bytes that were read from conn already; the stream returns them first.
// nil options are the defaults.
//
// FromConn takes conn over: the caller must not use it any more, even after an error. A
// [Conn] of the same loop that nothing was read from becomes its stream again, with the
// options of that stream. A TCP or unix connection becomes the stream's own. For any other
// connection, such as a *tls.Conn, two goroutines copy the bytes, and CloseWrite closes both
// directions. Tornado has none.
func FromConn(l *ioloop.IOLoop, conn net.Conn, held []byte, o *Options) (*IOStream, error) {
	l.CheckOwner("iostream.FromConn")
	if c, ok := conn.(*Conn); ok && c.loop == l && len(held) == 0 && c.isUnread() {
		return c.stream, nil
	}
	fd, err := fdOf(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	s, err := New(l, fd, o)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	if len(held) > 0 {
		s.in = s.pool.getRead()
		s.in.append(held)
	}
	return s, nil
}

// fdOf returns a descriptor of conn's bytes, which the caller owns.
func fdOf(conn net.Conn) (fd int, err error) {
	switch c := conn.(type) {
	case *net.TCPConn, *net.UnixConn:
		defer conn.Close()
		return dupConn(c.(syscall.Conn))
	}
	near, far, err := socketPair()
	if err != nil {
		return -1, err
	}
	go func() {
		io.Copy(far, conn)
		far.CloseWrite()
	}()
	go func() {
		io.Copy(conn, far)
		conn.Close() // ends the other copy too
		far.Close()
	}()
	return near, nil
}

// socketPair returns both ends of a connection within the process.
func socketPair() (near int, far *net.UnixConn, err error) {
	syscall.ForkLock.RLock() // a child must not inherit the descriptors
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(pair[0])
		unix.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, fmt.Errorf("iostream: %w", err)
	}
	file := os.NewFile(uintptr(pair[1]), "far end")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err == nil {
		err = unix.SetNonblock(pair[0], true)
	}
	if err != nil {
		unix.Close(pair[0])
		return -1, nil, fmt.Errorf("iostream: %w", err)
	}
	return pair[0], conn.(*net.UnixConn), nil
}
