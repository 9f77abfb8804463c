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

// Files returns copies of all sockets that the server listens on, for a process that is
// to take its place (see process.StartSuccessor) and gives them to BindFiles. As long as
// one of the two processes has them open, nobody is refused: connections wait in
// a socket until somebody accepts them. They are the caller's to close. Any goroutine may
// call it.
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

// BindFiles is Bind for sockets that listen already, such as Files', in any number for
// each address: Start spreads them over its loops. It takes them over, also after an
// error, and returns the address of the first.
func (s *TCPServer) BindFiles(files []*os.File) (netip.AddrPort, error) {
	var sockets []net.Listener
	var err error
	for _, f := range files {
		socket, fileErr := net.FileListener(f) // a copy, if it is a socket of streams
		if fileErr == nil {
			sockets = append(sockets, socket)
		}
		err = errors.Join(err, fileErr)
		f.Close()
	}
	fds, takeErr := takeAll(sockets)
	if err = errors.Join(err, takeErr); err == nil && len(fds) == 0 {
		err = errors.New("there is no socket to listen on")
	}
	if err != nil {
		closeAll(fds)
		return netip.AddrPort{}, fmt.Errorf("tcpserver: %w", err)
	}
	return s.keep(fds)
}

// byAddress puts sockets that listen on the same address together, in order.
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

// addressKey names where fd listens.
func addressKey(fd int) string {
	sa, _ := unix.Getsockname(fd)
	if u, ok := sa.(*unix.SockaddrUnix); ok {
		return "unix:" + u.Name
	}
	return addrPort(sa).String()
}

// share returns those of the sockets of one address that the loop of a number, out of
// n, is to accept on; none if there are fewer sockets than loops.
func share(group []int, loop, n int) (mine []int) {
	for i := loop; i < len(group); i += n {
		mine = append(mine, group[i])
	}
	return mine
}

// newCopy has loop accept on a copy of fd.
func (s *TCPServer) newCopy(loop *ioloop.IOLoop, fd int) (*listener, error) {
	copied, err := duplicate(fd)
	if err != nil {
		return nil, fmt.Errorf("tcpserver: %w", err)
	}
	return s.newListener(loop, copied)
}

func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }
