package websocket_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A Room is a handler whose prototype names the group that its sockets join.
type Room struct {
	websocket.WebSocketHandler
	Everybody *websocket.Group
}

func (h *Room) Open(args ...string) error {
	h.Everybody.Add(h)
	return nil
}

func (h *Room) OnMessage(m websocket.Message) error {
	h.Everybody.Broadcast(m)
	return nil
}

// SendLimits drops the oldest messages of a member that reads too slowly, above 1 MiB.
func (h *Room) SendLimits() websocket.SendLimits {
	return websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.DropOldest}
}

func ExampleGroup() {
	everybody := new(websocket.Group)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	app := web.NewApplication([]web.URLSpec{web.URL("/room", Room{Everybody: everybody})},
		web.Settings{LogFunction: func(*web.RequestHandler) {}})
	address, err := httpserver.New(app, httpserver.Options{Loop: loop}).Listen(0, "127.0.0.1")
	if err != nil {
		log.Fatal(err)
	}
	_, err = ioloop.RunSync(loop, 0, func() (any, error) {
		c, err := websocket.Connect(loop, "ws://"+address.String()+"/room", websocket.ConnectOptions{}).Await()
		if err != nil {
			return nil, err
		}
		if err := c.WriteMessage(websocket.Text("hello, all")); err != nil {
			return nil, err
		}
		m, err := c.ReadMessage().Await()
		fmt.Println(m, err)
		drained := ioloop.RunInExecutor(loop, func() (any, error) { // Drain blocks, so it runs in the executor and not on the loop
			return nil, everybody.Drain(context.Background(), websocket.CloseGoingAway, "")
		})
		_, err = c.ReadMessage().Await()
		fmt.Println(err, c.CloseCode())
		return drained.Await()
	})
	fmt.Println(err, everybody.Len())
	// Output:
	// hello, all <nil>
	// EOF 1001
	// <nil> 0
}
