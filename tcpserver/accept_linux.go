package tcpserver

import "golang.org/x/sys/unix"

// abstractNames reports whether unix sockets may have names outside the file system.
const abstractNames = true

func accept(fd int) (int, unix.Sockaddr, error) {
	return unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
}
