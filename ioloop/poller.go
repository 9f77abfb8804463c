package ioloop

import "time"

// Events is a set of readiness conditions, numbered as in Tornado.
type Events uint32

// The conditions a handler can be registered for. Error is always reported.
const (
	None  Events = 0x00
	Read  Events = 0x01
	Write Events = 0x04
	Error Events = 0x18
)

// An event says that a descriptor is ready.
type event struct {
	fd     int
	events Events
}

// A poller is one kernel interface for readiness. Its contract:
//
//   - add, modify, remove, poll and wait are called by the loop only; wake by anyone.
//   - Readiness is level-triggered: what is not consumed is reported again.
//   - poll never waits; wait returns when an event is there, wake was called, or
//     the deadline has passed (the zero time is no deadline), perhaps with no event.
//     It says whether it had to park for that.
//   - Both append to dst and report a hang-up as Error, together with Read if
//     the descriptor has bytes or an end of file to read.
//   - A wake during or before a wait ends that wait or the next. Many wakes may count as one.
type poller interface {
	add(fd int, events Events) error
	modify(fd int, events Events) error
	remove(fd int) error
	poll(dst []event) ([]event, error)
	wait(dst []event, deadline time.Time) (events []event, parked bool, err error)
	wake()
	close() error
}

// maxEvents bounds one batch, so that callbacks and timeouts get their turn.
const maxEvents = 256
