package iostream

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sendfileFD sends n bytes of a file, as far as the socket has room. It returns 0 at the
// end of the file.
func sendfileFD(socket, file int, offset int64, n int) (int, error) {
	for {
		m, err := unix.Sendfile(socket, file, &offset, n)
		switch err {
		case unix.EINTR:
		case unix.EINVAL, unix.ENOSYS: // the kernel cannot send this kind of file
			return 0, errNoSendfile
		default:
			return written(m, err)
		}
	}
}

// cached reports whether the byte at offset can be read without waiting.
func cached(file int, offset int64) bool {
	var p [1]byte
	vec := unix.Iovec{Base: &p[0], Len: 1}
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(file), uintptr(unsafe.Pointer(&vec)), 1,
		uintptr(offset), uintptr(offset>>32), unix.RWF_NOWAIT) // the offset in two halves; 64-bit systems read only the first one
	return n == 1 && errno == 0
}
