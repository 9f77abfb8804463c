package servers

import (
	"sync"

	"github.com/gorilla/websocket"
	nbws "github.com/lesismal/nbio/nbhttp/websocket"
	"github.com/lxzan/gws"

	"github.com/gotornado/tornado/web"
	tornado "github.com/gotornado/tornado/websocket"
)

// The servers of the broadcast workload send each received message to every connection. If
// the library supports it, the message is encoded once.

// A crowd holds the connections of a server whose library does not.
type crowd[C comparable] struct {
	mu      sync.Mutex
	members []C
}

func (c *crowd[C]) addMember(member C) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = append(c.members, member)
}

func (c *crowd[C]) removeMember(member C) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, m := range c.members {
		if m == member {
			c.members[i] = c.members[len(c.members)-1]
			c.members = c.members[:len(c.members)-1]
			return
		}
	}
}

func (c *crowd[C]) each(fn func(C)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		fn(m)
	}
}

type tornadoCrowd struct {
	tornado.WebSocketHandler
	all *tornado.Group
}

func (h *tornadoCrowd) Open(args ...string) error {
	h.all.Add(h)
	return nil
}

func (h *tornadoCrowd) OnMessage(m tornado.Message) error {
	h.all.Broadcast(m)
	return nil
}

var _ tornado.Handler = (*tornadoCrowd)(nil)

func broadcastTornado(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/ws`, tornadoCrowd{all: &tornado.Group{}}))
}

type gwsCrowd struct {
	gws.BuiltinEventHandler
	crowd[*gws.Conn]
}

func (h *gwsCrowd) OnOpen(c *gws.Conn)           { h.addMember(c) }
func (h *gwsCrowd) OnClose(c *gws.Conn, _ error) { h.removeMember(c) }
func (h *gwsCrowd) OnMessage(c *gws.Conn, message *gws.Message) {
	defer message.Close()
	b := gws.NewBroadcaster(message.Opcode, message.Bytes())
	defer b.Close()
	h.each(func(c *gws.Conn) { b.Broadcast(c) })
}

func broadcastGws(port int, ready func()) error {
	return wsOptions{}.serveGwsHandler(port, ready, &gwsCrowd{})
}

func broadcastGorilla(port int, ready func()) error {
	var upgrader websocket.Upgrader
	var all crowd[*websocket.Conn]
	return wsOptions{}.serveGorillaWith(port, ready, &upgrader, func(c *websocket.Conn) {
		all.addMember(c)
		defer all.removeMember(c)
		for {
			kind, message, err := c.ReadMessage()
			if err != nil {
				return
			}
			prepared, err := websocket.NewPreparedMessage(kind, message)
			if err != nil {
				return
			}
			all.each(func(c *websocket.Conn) { c.WritePreparedMessage(prepared) })
		}
	})
}

func broadcastNbio(port int, ready func()) error {
	upgrader := nbws.NewUpgrader()
	var all crowd[*nbws.Conn]
	upgrader.OnOpen(func(c *nbws.Conn) { all.addMember(c) })
	upgrader.OnClose(func(c *nbws.Conn, _ error) { all.removeMember(c) })
	upgrader.OnMessage(func(_ *nbws.Conn, kind nbws.MessageType, data []byte) {
		all.each(func(c *nbws.Conn) { c.WriteMessage(kind, data) })
	})
	return serveNbioWith(port, ready, upgrader)
}
