//go:build !linux

package iostream

import "golang.org/x/sys/unix"

func readFD(fd int, p []byte) (int, error) { return unix.Read(fd, p) }

func writeFD(fd int, p []byte) (int, error) { return unix.Write(fd, p) }

// writevFD writes the pieces one after another, because not every system has writev.
func writevFD(fd int, pieces [][]byte) (n int, err error) {
	for _, p := range pieces {
		m, err := unix.Write(fd, p)
		n += max(m, 0)
		if err != nil && n > 0 {
			return n, nil // the next write meets the error again
		}
		if err != nil || m < len(p) {
			return n, err
		}
	}
	return n, nil
}

// probePeer makes the system check whether the peer of a TCP connection still exists, at
// the system's own intervals.
func probePeer(fd int) { unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1) }
