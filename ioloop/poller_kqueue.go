//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package ioloop

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// kqueue keeps one filter for reading and one for writing per descriptor.
type kqueue struct {
	fd           int
	wakeR, wakeW int // a pipe, because not every BSD has EVFILT_USER
	interest     map[int]Events
	events       [maxEvents]unix.Kevent_t
}

func newPoller() (poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, fmt.Errorf("ioloop: kqueue: %w", err)
	}
	unix.CloseOnExec(fd)
	p := &kqueue{fd: fd, wakeR: -1, wakeW: -1, interest: map[int]Events{}}
	if err := p.init(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *kqueue) init() error {
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		return fmt.Errorf("ioloop: pipe: %w", err)
	}
	p.wakeR, p.wakeW = fds[0], fds[1]
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return fmt.Errorf("ioloop: pipe: %w", err)
		}
	}
	return p.add(p.wakeR, Read)
}

func (p *kqueue) add(fd int, events Events) error {
	p.interest[fd] = None
	return p.modify(fd, events)
}

func (p *kqueue) modify(fd int, events Events) error {
	changed := p.interest[fd] ^ events
	p.interest[fd] = events
	if err := p.filter(fd, unix.EVFILT_READ, changed&Read, events&Read); err != nil {
		return err
	}
	return p.filter(fd, unix.EVFILT_WRITE, changed&Write, events&Write)
}

func (p *kqueue) filter(fd, filter int, changed, wanted Events) error {
	if changed == None {
		return nil
	}
	flags := unix.EV_DELETE
	if wanted != None {
		flags = unix.EV_ADD
	}
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], fd, filter, flags)
	if _, err := unix.Kevent(p.fd, change[:], nil, nil); err != nil {
		return fmt.Errorf("ioloop: kevent fd %d: %w", fd, err)
	}
	return nil
}

func (p *kqueue) remove(fd int) error {
	err := p.modify(fd, None)
	delete(p.interest, fd)
	return err
}

func (p *kqueue) poll(dst []fdEvent) ([]fdEvent, error) {
	return p.kevent(dst, &unix.Timespec{})
}

func (p *kqueue) wait(dst []fdEvent, deadline time.Time) (events []fdEvent, parked bool, err error) {
	var timeout *unix.Timespec
	if !deadline.IsZero() {
		ts := unix.NsecToTimespec(max(0, time.Until(deadline)).Nanoseconds())
		timeout = &ts
	}
	events, err = p.kevent(dst, timeout)
	return events, true, err
}

func (p *kqueue) kevent(dst []fdEvent, timeout *unix.Timespec) ([]fdEvent, error) {
	n, err := unix.Kevent(p.fd, nil, p.events[:], timeout)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return dst, fmt.Errorf("ioloop: kevent: %w", err)
	}
	for i := range max(n, 0) {
		e := &p.events[i]
		fd := int(e.Ident)
		if fd == p.wakeR {
			p.drainWaker()
			continue
		}
		ready := Read
		if int(e.Filter) == unix.EVFILT_WRITE {
			ready = Write
		}
		if int(e.Flags)&unix.EV_EOF != 0 && ready == Write {
			ready |= Error
		}
		dst = append(dst, fdEvent{fd, ready})
	}
	return dst, nil
}

func (p *kqueue) drainWaker() {
	var buf [64]byte
	for {
		if n, _ := unix.Read(p.wakeR, buf[:]); n < len(buf) {
			return
		}
	}
}

func (p *kqueue) wake() {
	unix.Write(p.wakeW, []byte{1}) // a full pipe means that a wake is already pending
}

func (p *kqueue) close() error {
	if p.wakeR >= 0 {
		unix.Close(p.wakeR)
		unix.Close(p.wakeW)
	}
	return unix.Close(p.fd)
}
