package tcpserver

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnixPath is the maximal length of a unix socket's path, without the zero byte at its
// end.
const maxUnixPath = len(unix.RawSockaddrUnix{}.Path) - 1

// BindUnixSocket returns a unix socket that listens on file. It replaces an existing
// socket. Any other existing file is an error, and so is a path that is too long for the
// system (more than 107 bytes on Linux). mode are the permissions of the file; 0 means
// 0600. No client can connect before the file has them. backlog is as in SocketOptions. On
// Linux, a name that begins with "@" or a zero byte is abstract: it has no file, and mode
// is ignored. The file stays when the socket is closed. Tornado: netutil.bind_unix_socket.
func BindUnixSocket(file string, mode fs.FileMode, backlog int) (net.Listener, error) {
	sockets, err := takeOrBind("unix "+file, func() ([]net.Listener, error) {
		ln, err := bindUnix(file, cmp.Or(mode, 0o600), SocketOptions{Backlog: backlog}.backlog())
		if err != nil {
			return nil, err
		}
		return []net.Listener{ln}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("tcpserver: unix socket %q: %w", file, err)
	}
	return sockets[0], nil
}

func bindUnix(file string, mode fs.FileMode, backlog int) (net.Listener, error) {
	if rest, ok := strings.CutPrefix(file, "\x00"); ok {
		file = "@" + rest // the standard library's form
	}
	if len(file) > maxUnixPath {
		return nil, fmt.Errorf("the path has %d bytes, and the system takes at most %d: choose a shorter or a relative one", len(file), maxUnixPath)
	}
	abstract := abstractNames && strings.HasPrefix(file, "@")
	if !abstract {
		if err := removeStale(file); err != nil {
			return nil, err
		}
	}
	fd, err := unixSocket()
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), file)
	defer f.Close() // FileListener returns a copy
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: file}); err != nil {
		return nil, err
	}
	ln, err := listenUnix(f, file, abstract, mode, backlog)
	if err != nil && !abstract {
		os.Remove(file)
	}
	return ln, err
}

// listenUnix sets the permissions of the socket's file and listens.
func listenUnix(f *os.File, file string, abstract bool, mode fs.FileMode, backlog int) (net.Listener, error) {
	if !abstract {
		if err := os.Chmod(file, mode); err != nil {
			return nil, err
		}
	}
	if err := withFD(f, func(fd int) error { return unix.Listen(fd, backlog) }); err != nil {
		return nil, err
	}
	return net.FileListener(f)
}

// removeStale removes an existing socket at file.
func removeStale(file string) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("the file exists and is not a socket")
	}
	return os.Remove(file)
}

// unixSocket holds the fork lock, so that no child inherits the descriptor before its flag
// is set.
func unixSocket() (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}
