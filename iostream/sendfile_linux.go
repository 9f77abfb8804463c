package iostream

import "golang.org/x/sys/unix"

// sendfileFD sends n bytes of a file as far as there is room; 0 is the file's end.
func sendfileFD(socket, file int, offset int64, n int) (int, error) {
	for {
		m, err := unix.Sendfile(socket, file, &offset, n)
		switch err {
		case unix.EINTR:
		case unix.EINVAL, unix.ENOSYS: // of files that the kernel cannot map
			return 0, errNoSendfile
		default:
			return written(m, err)
		}
	}
}

// cached reports whether the byte at offset can be read without waiting.
func cached(file int, offset int64) bool {
	var p [1]byte
	n, err := unix.Preadv2(file, [][]byte{p[:]}, offset, unix.RWF_NOWAIT)
	return n == 1 && err == nil
}
