package websocket

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// A host is the connection of a server which goes on knowing of it after the upgrade:
// by Guests, or, if the server counts its connections, by Retain and Release.
type host interface {
	httputil.GuestKeeper
	httputil.Retainer
}

var _ httputil.Guests = (*openSockets)(nil)

// openSockets are the open sockets of one loop that came through one server, which
// closes them when it shuts down.
type openSockets struct {
	loop     *ioloop.IOLoop
	book     httputil.GuestBook
	members  []*WebSocketHandler
	retained host // of a single one, for a server that counts; then there is no book
}

type openSocketsKey struct{}

// register makes the server know of h.
func (h *WebSocketHandler) register(conn httputil.HTTPConnection) {
	c, ok := conn.(host)
	if !ok {
		return
	}
	guests := c.Guests(openSocketsKey{}, func(book httputil.GuestBook) httputil.Guests {
		return &openSockets{loop: h.Loop(), book: book}
	})
	if guests == nil {
		h.siblings = &openSockets{retained: c}
		c.Retain(h.shutDown)
		return
	}
	s := guests.(*openSockets)
	h.siblings, h.place = s, int32(len(s.members))
	s.members = append(s.members, h)
	if s.book.ShuttingDown() {
		s.loop.AddCallback(func() { s.goodbye(h) })
	}
}

// deregister ends that.
func (h *WebSocketHandler) deregister() {
	s := h.siblings
	if s == nil {
		return
	}
	h.siblings = nil
	if s.retained != nil {
		s.retained.Release()
		return
	}
	last := len(s.members) - 1
	moved := s.members[last]
	s.members[h.place], moved.place = moved, h.place
	s.members[last] = nil
	if s.members = s.members[:last]; last == 0 {
		s.members = nil
		s.book.Left()
	}
}

// Len is how many there are.
func (s *openSockets) Len() int { return len(s.members) }

// goodbyeBatch is how many are told in one turn of the loop.
const goodbyeBatch = 256

// OnShutdown calls the hook of all, some in each turn.
func (s *openSockets) OnShutdown() { s.sayGoodbye(append([]*WebSocketHandler(nil), s.members...)) }

func (s *openSockets) sayGoodbye(to []*WebSocketHandler) {
	n := min(len(to), goodbyeBatch)
	for _, h := range to[:n] {
		s.loop.SpawnFunc(func() { s.goodbye(h) })
	}
	if n < len(to) {
		s.loop.CallSoon(func() { s.sayGoodbye(to[n:]) })
	}
}

// goodbye calls the hook of one that is still open.
func (s *openSockets) goodbye(h *WebSocketHandler) {
	if h.siblings == s {
		h.shutDown()
	}
}

// shutDown calls OnShutdown. A panic in it ends the connection, so that the server does not
// wait for it.
func (h *WebSocketHandler) shutDown() {
	if err := raised(func() error { h.Self().(Handler).OnShutdown(); return nil }); err != nil {
		h.link.abort(err)
		h.Self().LogException(err)
	}
}

// CloseAll closes all at once.
func (s *openSockets) CloseAll() {
	for _, h := range append([]*WebSocketHandler(nil), s.members...) {
		h.link.abort(nil)
	}
}
