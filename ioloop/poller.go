package ioloop

import "time"

// Events is a set of readiness conditions, numbered as in Tornado.
type Events uint32

// These are the conditions that a handler can be registered for. Error is always reported.
const (
	None  Events = 0x00
	Read  Events = 0x01
	Write Events = 0x04
	Error Events = 0x18
)

// An fdEvent says which descriptor is ready, and for which conditions.
type fdEvent struct {
	fd     int
	events Events
}

// A poller is one kernel interface for readiness. Its contract:
//
//   - Only the loop calls add, modify, remove, poll and wait; any goroutine may call wake.
//   - Readiness is level-triggered: bytes that are not read are reported again.
//   - poll never waits. wait returns when there is an event, when wake was called, or
//     when the deadline has passed; it may return no event. The zero deadline means none.
//     wait reports whether it had to park.
//   - Both append to dst and report a hang-up as Error, together with Read if
//     the descriptor has bytes or an end of file to read.
//   - A wake during or before a wait ends that wait or the next. Several wakes may count
//     as one.
type poller interface {
	add(fd int, events Events) error
	modify(fd int, events Events) error
	remove(fd int) error
	poll(dst []fdEvent) ([]fdEvent, error)
	wait(dst []fdEvent, deadline time.Time) (events []fdEvent, parked bool, err error)
	wake()
	close() error
}

// maxEvents limits one batch, so that callbacks and timeouts are not delayed.
const maxEvents = 256
