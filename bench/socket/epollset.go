package socket

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A Poller is a level-triggered epoll set. Each descriptor is registered under a number that
// the caller chooses and that events return in Fd.
type Poller struct {
	epfd   int
	events [512]unix.EpollEvent
}

// NewPoller returns an empty set.
func NewPoller() (*Poller, error) {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("socket: epoll_create: %w", err)
	}
	return &Poller{epfd: epfd}, nil
}

// Add registers fd for input under the number id.
func (p *Poller) Add(fd, id int) error { return p.control(unix.EPOLL_CTL_ADD, fd, id, unix.EPOLLIN) }

// WantWrite sets whether events also report that fd is writable.
func (p *Poller) WantWrite(fd, id int, want bool) error {
	if want {
		return p.control(unix.EPOLL_CTL_MOD, fd, id, unix.EPOLLIN|unix.EPOLLOUT)
	}
	return p.control(unix.EPOLL_CTL_MOD, fd, id, unix.EPOLLIN)
}

func (p *Poller) control(op, fd, id int, events uint32) error {
	err := unix.EpollCtl(p.epfd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(id)})
	if err != nil {
		return fmt.Errorf("socket: epoll_ctl: %w", err)
	}
	return nil
}

// Wait returns the current events. It waits for the first one for at most timeout, or without
// limit if timeout is negative. The events are valid until the next call.
func (p *Poller) Wait(timeout time.Duration) ([]unix.EpollEvent, error) {
	ms := -1
	if timeout >= 0 {
		ms = int(timeout.Milliseconds())
	}
	for {
		n, err := unix.EpollWait(p.epfd, p.events[:], ms)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("socket: epoll_wait: %w", err)
		}
		return p.events[:n], nil
	}
}

// Close closes the set, but not the descriptors in it.
func (p *Poller) Close() error { return unix.Close(p.epfd) }
