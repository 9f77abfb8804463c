//go:build !linux

package tcpserver

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const abstractNames = false

// accept holds the fork lock, so that no child inherits the descriptor before its flag is
// set.
func accept(fd int) (int, unix.Sockaddr, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	nfd, sa, err := unix.Accept(fd)
	if err != nil {
		return -1, nil, err
	}
	unix.CloseOnExec(nfd)
	return nfd, sa, unix.SetNonblock(nfd, true)
}
