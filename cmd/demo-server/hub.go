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

// A hub holds the chat rooms and belongs to one loop. Handlers, perhaps on other loops, run
// their requests on the hub's loop, one after another. Messages come to members by callbacks
// on their own loops. So no lock is needed, and all members of a room get the same order.
type hub struct {
	loop  *ioloop.IOLoop
	rooms map[string]*room
	now   func() time.Time
}

// A chatMember is one connection to a room.
type chatMember struct {
	loop    *ioloop.IOLoop
	receive func(websocket.Message) // called on loop

	name string // name and room belong to the hub's loop
	room *room  // nil if the member is in no room
}

func newHub(loop *ioloop.IOLoop) *hub {
	return &hub{loop: loop, rooms: map[string]*room{}, now: time.Now}
}

// Join puts m into a room, under the wanted name or a similar one, and sends m the history. It
// waits, on the loop of m. Its error is a complaint.
func (h *hub) Join(m *chatMember, room, name string) error {
	return h.do(m, func() error { return h.joinRoom(m, room, name) })
}

// Handle performs a request of m. It waits, so that a client cannot send faster than the hub
// works. Its error is a complaint.
func (h *hub) Handle(m *chatMember, r chatRequest) error {
	return h.do(m, func() error { return h.handle(m, r) })
}

// Leave takes m out of its room, asynchronously.
func (h *hub) Leave(m *chatMember) {
	h.loop.AddCallback(func() { h.leave(m) })
}

// do runs fn on the hub's loop and waits for it on the loop of m.
func (h *hub) do(m *chatMember, fn func() error) error {
	_, err := ioloop.CallOn(m.loop, h.loop, func() (struct{}, error) { return struct{}{}, fn() }).Await()
	return err
}

// The functions below run on the hub's loop.

func (h *hub) joinRoom(m *chatMember, name, wanted string) error {
	r := h.room(name)
	switch {
	case r == nil:
		return hubFull
	case len(r.names) >= maxMembers:
		return roomFull
	}
	free := r.freeName(wanted)
	tell(r, encode(r.event("join", free)))
	r.addMember(m, free)
	deliver(m.loop, []*chatMember{m}, r.welcome(m))
	return nil
}

func (h *hub) leave(m *chatMember) {
	r := m.room
	if r == nil {
		return
	}
	r.removeMember(m, h.now())
	tell(r, encode(r.event("leave", m.name)))
}

func (h *hub) handle(m *chatMember, request chatRequest) error {
	if m.room == nil {
		return nil // the room was full, so the connection is being closed
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

// room returns the room with the given name. If there are too many rooms, it forgets the one
// that has been empty for longest, or returns nil if all are in use.
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

// deliver sends a message to members on one loop. Callbacks keep their order, so members get
// the messages in order.
func deliver(loop *ioloop.IOLoop, members []*chatMember, message websocket.Message) {
	loop.AddCallback(func() {
		for _, m := range members {
			m.receive(message)
		}
	})
}
