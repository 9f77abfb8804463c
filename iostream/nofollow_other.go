//go:build !linux

package iostream

import "golang.org/x/sys/unix"

// openNoLinks has no system call here.
func openNoLinks(name string, flags uint64) (fd int, err error, ok bool) {
	return -1, unix.ENOSYS, false
}
