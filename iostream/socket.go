package iostream

import (
	"errors"

	"golang.org/x/sys/unix"
)

// maxPieces bounds one gathering write.
const maxPieces = 64

// errAgain says that the socket has nothing to read, or no room, now.
var errAgain = errors.New("iostream: would block")

// readFrom reads once. At the end of the file it returns 0 and no error.
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

// writeTo writes p, which is not empty, as far as there is room.
func writeTo(fd int, p []byte) (int, error) {
	for {
		n, err := writeFD(fd, p)
		if err != unix.EINTR {
			return written(n, err)
		}
	}
}

// writevTo writes the pieces, none of which is empty, as far as there is room.
func writevTo(fd int, pieces [][]byte) (int, error) {
	for {
		n, err := writevFD(fd, pieces)
		if err != unix.EINTR {
			return written(n, err)
		}
	}
}

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
		return unix.EPIPE // of a pipe only the end that writes hears of errors
	case err != nil || errno == 0:
		return nil
	}
	return unix.Errno(errno)
}

// SetNodelay switches TCP_NODELAY, so that small writes leave at once; on other
// transports, and on a closed stream, it does nothing. Tornado: set_nodelay.
func (s *IOStream) SetNodelay(on bool) {
	value := 0
	if on {
		value = 1
	}
	if s.fd >= 0 {
		unix.SetsockoptInt(int(s.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, value) // of no use if it fails
	}
}

// probeIdle is how many seconds a stream that is open for output only is idle before the
// system asks whether the peer still exists. The system of a peer that has closed its
// socket forgets the connection after a minute, and responds with a reset from then on.
const probeIdle = 65
