package tcpserver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// Files returns copies of all sockets that the server listens on, for a process that
// replaces it (see process.StartSuccessor) and passes them to BindFiles. No connection is
// refused while one of the two processes has the sockets open: new connections wait in the
// backlog. The caller closes the files. Any goroutine may call Files.
func (s *TCPServer) Files() (files []*os.File, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := func(copied int, dupErr error) {
		if dupErr != nil {
			err = errors.Join(err, dupErr)
			return
		}
		files = append(files, os.NewFile(uintptr(copied), fmt.Sprintf("listening socket %d", len(files))))
	}
	for _, fd := range s.bound {
		keep(duplicate(fd))
	}
	for _, l := range s.listeners {
		keep(l.duplicate())
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return files, nil
}

// BindFiles is Bind for sockets that already listen, such as those of Files. There may be
// several for each address: Start distributes them over its loops. BindFiles takes the
// files over, also after an error. It returns the address of the first.
func (s *TCPServer) BindFiles(files []*os.File) (netip.AddrPort, error) {
	sockets, err := listenersOf(files)
	fds, takeErr := takeAll(sockets)
	if err = errors.Join(err, takeErr); err == nil && len(fds) == 0 {
		err = errors.New("no sockets to listen on: pass at least one file")
	}
	if err != nil {
		closeAll(fds)
		return netip.AddrPort{}, fmt.Errorf("tcpserver: %w", err)
	}
	return s.keepBound(fds)
}

// listenersOf returns the files that are listening sockets as listeners, and closes all files.
// The error names the files that are not listening sockets.
func listenersOf(files []*os.File) (sockets []net.Listener, err error) {
	for _, f := range files {
		socket, fileErr := net.FileListener(f) // a listener on a copy of f, if f is a listening stream socket
		if fileErr == nil {
			sockets = append(sockets, socket)
		}
		err = errors.Join(err, fileErr)
		f.Close()
	}
	return sockets, err
}

// byAddress groups sockets by the address that they listen on. It keeps their order.
func byAddress(fds []int) (groups [][]int) {
	at := map[string]int{}
	for _, fd := range fds {
		key := addressKey(fd)
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], fd)
	}
	return groups
}

// addressKey returns the address that fd listens on, as text.
func addressKey(fd int) string {
	sa, _ := unix.Getsockname(fd)
	if u, ok := sa.(*unix.SockaddrUnix); ok {
		return "unix:" + u.Name
	}
	return addrPort(sa).String()
}

// shareOf returns the sockets of one address on which a loop accepts; loop is its number out of
// n. The result is empty if there are fewer sockets than loops.
func shareOf(group []int, loop, n int) (mine []int) {
	for i := loop; i < len(group); i += n {
		mine = append(mine, group[i])
	}
	return mine
}

// newCopy makes loop accept on a copy of fd.
func (s *TCPServer) newCopy(loop *ioloop.IOLoop, fd int) (*listener, error) {
	copied, err := duplicate(fd)
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return s.newListener(loop, copied)
}

func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }
