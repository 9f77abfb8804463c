package ioloop

import "fmt"

// An EventHandler reacts to a descriptor that is ready. HandleEvents runs on the loop's
// own stack and must not block; use [IOLoop.Spawn] for work that waits.
type EventHandler interface {
	HandleEvents(fd int, events Events)
}

// HandlerFunc adapts a function to EventHandler.
type HandlerFunc func(fd int, events Events)

// HandleEvents calls f.
func (f HandlerFunc) HandleEvents(fd int, events Events) { f(fd, events) }

// AddHandler registers h for the events of fd, a non-blocking descriptor. It returns an
// error if fd has a handler already, and ErrClosed on a closed loop.
// Tornado: IOLoop.add_handler.
func (l *IOLoop) AddHandler(fd int, h EventHandler, events Events) error {
	l.CheckOwner("IOLoop.AddHandler")
	if l.closed { // after the loop is closed, the poller's descriptor number may belong to another loop
		return ErrClosed
	}
	if l.handlers.handlerOf(fd) != nil {
		return fmt.Errorf("ioloop: fd %d added twice", fd)
	}
	if err := l.poller.add(fd, events); err != nil {
		return err
	}
	l.handlers.setHandler(fd, fdHandler{h, events})
	l.stats.Handlers++
	return nil
}

// UpdateHandler changes the events for which the handler of fd is called. It returns an
// error if fd has no handler, and ErrClosed on a closed loop.
// Tornado: IOLoop.update_handler.
func (l *IOLoop) UpdateHandler(fd int, events Events) error {
	l.CheckOwner("IOLoop.UpdateHandler")
	h := l.handlers.handlerOf(fd)
	if h == nil {
		return fmt.Errorf("ioloop: fd %d has no handler", fd)
	}
	switch {
	case l.closed:
		return ErrClosed
	case h.events == events:
		return nil
	}
	if err := l.poller.modify(fd, events); err != nil {
		return err
	}
	h.events = events
	return nil
}

// RemoveHandler unregisters fd and drops its events of the current batch. For an unknown
// fd it does nothing. Call it before closing the descriptor.
// Tornado: IOLoop.remove_handler.
func (l *IOLoop) RemoveHandler(fd int) error {
	l.CheckOwner("IOLoop.RemoveHandler")
	h := l.handlers.handlerOf(fd)
	if h == nil {
		return nil
	}
	*h = fdHandler{}
	l.stats.Handlers--
	for i := l.next; i < len(l.ready); i++ {
		if l.ready[i].fd == fd {
			l.ready[i].events = None // the descriptor number may be used again within this batch of events
		}
	}
	if l.closed {
		return nil
	}
	return l.poller.remove(fd)
}
