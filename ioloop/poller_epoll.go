//go:build linux

package ioloop

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epoll waits by parking its goroutine on the Go runtime's own poller, which treats the
// epoll descriptor as another readable file. So an idle loop holds no thread, and other
// goroutines run freely.
type epoll struct {
	fd       int
	waker    int // eventfd
	file     *os.File
	raw      syscall.RawConn
	deadline time.Time // the read deadline that file has now
	events   [maxEvents]unix.EpollEvent
	n        int
	err      error
	probes   int                // number of probes in this wait; the first probe precedes the parking
	probe    func(uintptr) bool // kept here, because each conversion of the method to a function value allocates
}

func newPoller() (poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("ioloop: epoll_create1: %w", err)
	}
	p := &epoll{fd: fd, waker: -1}
	if err := p.init(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *epoll) init() error {
	// os.NewFile registers a descriptor with the runtime's poller if it is non-blocking.
	if err := unix.SetNonblock(p.fd, true); err != nil {
		return fmt.Errorf("ioloop: epoll: %w", err)
	}
	p.file = os.NewFile(uintptr(p.fd), "epoll")
	raw, err := p.file.SyscallConn()
	if err != nil {
		return fmt.Errorf("ioloop: epoll: %w", err)
	}
	p.raw = raw
	p.probe = func(uintptr) bool {
		p.probes++
		p.epollWait()
		return p.n != 0 || p.err != nil
	}
	if p.waker, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("ioloop: eventfd: %w", err)
	}
	return p.add(p.waker, Read)
}

func (p *epoll) add(fd int, events Events) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, events)
}

func (p *epoll) modify(fd int, events Events) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, events)
}

func (p *epoll) remove(fd int) error {
	return p.control(unix.EPOLL_CTL_DEL, fd, 0)
}

// control calls epoll_ctl. The values of Events are those of epoll.
func (p *epoll) control(op, fd int, events Events) error {
	ev := unix.EpollEvent{Events: uint32(events), Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &ev); err != nil {
		return fmt.Errorf("ioloop: epoll_ctl fd %d: %w", fd, err)
	}
	return nil
}

func (p *epoll) poll(dst []fdEvent) ([]fdEvent, error) {
	p.epollWait()
	return p.takeEvents(dst)
}

func (p *epoll) wait(dst []fdEvent, deadline time.Time) (events []fdEvent, parked bool, err error) {
	if !deadline.Equal(p.deadline) {
		if err := p.file.SetReadDeadline(deadline); err != nil {
			return dst, false, fmt.Errorf("ioloop: epoll deadline: %w", err)
		}
		p.deadline = deadline
	}
	p.n, p.err, p.probes = 0, nil, 0
	if err := p.raw.Read(p.probe); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return dst, false, fmt.Errorf("ioloop: epoll park: %w", err)
	}
	events, err = p.takeEvents(dst)
	return events, p.probes != 1, err
}

// epollWait asks the kernel for events without waiting. The raw system call skips the
// scheduler's bookkeeping, which only calls that may block need.
func (p *epoll) epollWait() {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
		uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	switch errno {
	case 0:
		p.n, p.err = int(n), nil
	case unix.EINTR:
		p.n, p.err = 0, nil
	default:
		p.n, p.err = 0, fmt.Errorf("ioloop: epoll_wait: %w", errno)
	}
}

// takeEvents appends the kernel's events to dst and consumes the event of the waker.
func (p *epoll) takeEvents(dst []fdEvent) ([]fdEvent, error) {
	for i := range p.events[:p.n] {
		e := &p.events[i]
		if int(e.Fd) == p.waker {
			var count [8]byte
			unix.Read(p.waker, count[:]) // resets the counter; a failure needs no handling
			continue
		}
		dst = append(dst, fdEvent{int(e.Fd), Events(e.Events)})
	}
	p.n = 0
	return dst, p.err
}

func (p *epoll) wake() {
	one := [8]byte{1}
	unix.Write(p.waker, one[:]) // EAGAIN means that a wake is already pending
}

func (p *epoll) close() error {
	if p.waker >= 0 {
		unix.Close(p.waker)
	}
	if p.file != nil {
		return p.file.Close()
	}
	return unix.Close(p.fd)
}
