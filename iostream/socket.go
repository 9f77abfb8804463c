package iostream

import (
	"errors"

	"golang.org/x/sys/unix"
)

// maxPieces is the maximal number of pieces of one writev call.
const maxPieces = 64

// errAgain means that the socket has nothing to read, or has no room for a write.
var errAgain = errors.New("iostream: would block")

// readFrom reads once. At the end of the input it returns 0 and no error.
func readFrom(fd int, p []byte) (int, error) {
	for {
		n, err := readFD(fd, p)
		if err == nil {
			return n, nil
		}
		if err == unix.EAGAIN {
			return 0, errAgain
		}
		if err != unix.EINTR {
			return 0, err
		}
	}
}

// writeTo writes p, which is not empty, as far as the kernel has room.
func writeTo(fd int, p []byte) (int, error) {
	for {
		n, err := writeFD(fd, p)
		if err != unix.EINTR {
			return written(n, err)
		}
	}
}

// writevTo writes the pieces, none of which is empty, as far as the kernel has room.
func writevTo(fd int, pieces [][]byte) (int, error) {
	for {
		n, err := writevFD(fd, pieces)
		if err != unix.EINTR {
			return written(n, err)
		}
	}
}

// written returns the result of a write: EAGAIN becomes errAgain.
func written(n int, err error) (int, error) {
	if err == unix.EAGAIN {
		return 0, errAgain
	}
	return max(n, 0), err
}

// socketError returns the error that is pending on a socket or a pipe.
func socketError(fd int) error {
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err == unix.ENOTSOCK:
		return unix.EPIPE // a pipe reports an error only at its writing end
	case err != nil || errno == 0:
		return nil
	}
	return unix.Errno(errno)
}

// SetNodelay sets TCP_NODELAY, with which small writes are sent at once. It does nothing on
// other transports and on a closed stream. Tornado: set_nodelay.
func (s *IOStream) SetNodelay(on bool) {
	value := 0
	if on {
		value = 1
	}
	if s.fd >= 0 {
		unix.SetsockoptInt(int(s.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, value) // other transports return an error
	}
}

// probeIdle is the number of idle seconds after which a stream that only sends has the
// system ask whether the peer still exists. The system of a peer that has closed its
// socket forgets the connection after a minute, and responds with a reset from then on.
const probeIdle = 65
