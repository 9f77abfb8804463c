package process

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Files returns the files of listening sockets, such as those of tcpserver.BindSockets, for
// Options.Open. It takes the sockets over and closes them. The path of a unix socket stays.
// A socket without a descriptor is an error.
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

// fileOf returns the file of a listening socket.
func fileOf(socket net.Listener) (*os.File, error) {
	if u, ok := socket.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	filer, ok := socket.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("process: a %T has no descriptor: use sockets of package net", socket)
	}
	return filer.File()
}

// duplicate returns a copy of f's descriptor that is closed on exec. It keeps the
// descriptor's mode. f.Fd would make the socket or pipe blocking, for every descriptor of
// it in every process.
func duplicate(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	ctlErr := raw.Control(func(h uintptr) { fd, err = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(ctlErr, err)
}

// share returns a copy of f for children and closes f. Sockets become non-blocking: when
// one connection wakes many processes, all but one of them find none to accept.
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

// inherit returns the file of a descriptor that the parent passed on.
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
