package iostream

import "golang.org/x/sys/unix"

// openNoLinks opens name, unless name or one of its directories is a symbolic link; then the
// error is ELOOP. ok is false if the kernel cannot do this in one call (before Linux 5.6, or in a
// sandbox).
func openNoLinks(name string, flags uint64) (fd int, err error, ok bool) {
	how := unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_NO_SYMLINKS}
	for {
		switch fd, err = unix.Openat2(unix.AT_FDCWD, name, &how); err {
		case unix.EINTR:
		case unix.ENOSYS, unix.EPERM, unix.EINVAL:
			return -1, err, false
		default:
			return fd, err, true
		}
	}
}
