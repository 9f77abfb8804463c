package process

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Files returns the files of listening sockets, such as tcpserver.BindSockets', for
// Options.Open. It takes the sockets over and closes them; a unix socket keeps its
// name. One without a descriptor is an error.
func Files(sockets []net.Listener) (files []*os.File, err error) {
	for _, socket := range sockets {
		file, fileErr := fileOf(socket)
		if fileErr == nil {
			files = append(files, file)
		}
		err = errors.Join(err, fileErr)
		socket.Close()
	}
	if err != nil {
		closeAll(files)
		return nil, err
	}
	return files, nil
}

func fileOf(socket net.Listener) (*os.File, error) {
	if u, ok := socket.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	filer, ok := socket.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("process: a %T has no descriptor", socket)
	}
	return filer.File()
}

// duplicate returns a copy of f's descriptor that is closed on exec. The mode is left
// as it is, where f.Fd would make a socket or pipe blocking, and with it every
// descriptor of the same socket in every process.
func duplicate(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	ctlErr := raw.Control(func(h uintptr) { fd, err = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(ctlErr, err)
}

// share returns a copy of f to be handed to children, and closes f. Sockets become
// non-blocking: of many processes that one connection wakes, all but one find nothing.
func share(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := duplicate(f)
	if err != nil {
		return nil, err
	}
	var status unix.Stat_t
	if err = unix.Fstat(fd, &status); err == nil && status.Mode&unix.S_IFMT == unix.S_IFSOCK {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// inherit takes over a descriptor that the parent passed on.
func inherit(fd int, name string) (*os.File, error) {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("process: descriptor %d, the %s: %w", fd, name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
