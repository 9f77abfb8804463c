package main

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

const (
	maxRooms   = 64
	maxMembers = 500 // of one room
)

const (
	roomFull = complaint("This room is full. Try another one, or later.")
	hubFull  = complaint("There are too many rooms. Join one that exists, or try later.")
)

// A hub has the chat rooms. It belongs to one loop: handlers, which may be on other
// loops, have their requests run there one after another, and what is said in a room
// comes to its members by callbacks on their own loops. So nothing is locked, and all
// members of a room hear everything in the same order.
type hub struct {
	loop  *ioloop.IOLoop
	rooms map[string]*room
	now   func() time.Time
}

// A member is one connection to a room.
type member struct {
	loop    *ioloop.IOLoop
	receive func(websocket.Message) // to be called on loop

	name string // these two are the hub's
	room *room  // nil for one who is not in
}

func newHub(loop *ioloop.IOLoop) *hub {
	return &hub{loop: loop, rooms: map[string]*room{}, now: time.Now}
}

// Join puts m into a room, under the name it wants if that is free, and sends it what
// was said there. It waits, on the loop of m; its error is a complaint.
func (h *hub) Join(m *member, room, name string) error {
	return h.do(m, func() error { return h.join(m, room, name) })
}

// Handle does what m requests. It waits, so that nobody sends faster than the hub
// takes; its error is a complaint.
func (h *hub) Handle(m *member, r chatRequest) error {
	return h.do(m, func() error { return h.handle(m, r) })
}

// Leave takes m out of its room, soon.
func (h *hub) Leave(m *member) {
	h.loop.AddCallback(func() { h.leave(m) })
}

// do runs fn on the hub's loop and waits for it on that of m.
func (h *hub) do(m *member, fn func() error) error {
	_, err := ioloop.CallOn(m.loop, h.loop, func() (struct{}, error) { return struct{}{}, fn() }).Await()
	return err
}

// What follows runs on the hub's loop.

func (h *hub) join(m *member, name, wanted string) error {
	r := h.room(name)
	switch {
	case r == nil:
		return hubFull
	case len(r.names) >= maxMembers:
		return roomFull
	}
	free := r.freeName(wanted)
	tell(r, encode(r.event("join", free)))
	r.add(m, free)
	deliver(m.loop, []*member{m}, r.welcome(m))
	return nil
}

func (h *hub) leave(m *member) {
	r := m.room
	if r == nil {
		return
	}
	r.remove(m, h.now())
	tell(r, encode(r.event("leave", m.name)))
}

func (h *hub) handle(m *member, request chatRequest) error {
	if m.room == nil {
		return nil // there was no room for it, and its connection is being closed
	}
	act, argument := m.room.say, request.Text
	if request.Type == "name" {
		act, argument = m.room.rename, request.Name
	}
	message, err := act(m, argument)
	if err == nil {
		tell(m.room, message)
	}
	return err
}

// room returns the room of that name. When there are too many, the one that has been
// empty for longest is forgotten; it is nil if all are in use.
func (h *hub) room(name string) *room {
	if r := h.rooms[name]; r != nil {
		return r
	}
	if len(h.rooms) >= maxRooms && !h.forgetOne() {
		return nil
	}
	r := newRoom(name, h.now)
	h.rooms[name] = r
	return r
}

func (h *hub) forgetOne() bool {
	var oldest *room
	for _, r := range h.rooms {
		if len(r.names) == 0 && (oldest == nil || r.left.Before(oldest.left)) {
			oldest = r
		}
	}
	if oldest == nil {
		return false
	}
	delete(h.rooms, oldest.name)
	return true
}

// tell sends a message to all members of a room.
func tell(r *room, message websocket.Message) {
	for loop, members := range r.members {
		deliver(loop, members, message)
	}
}

// deliver hands a message to members who are on one loop. Callbacks keep their order,
// and so do the messages that a member gets.
func deliver(loop *ioloop.IOLoop, members []*member, message websocket.Message) {
	loop.AddCallback(func() {
		for _, m := range members {
			m.receive(message)
		}
	})
}
