package websocket_test

import (
	"fmt"
	"log"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

type shouting struct{ websocket.WebSocketHandler }

func (h *shouting) OnMessage(m websocket.Message) error {
	if err := h.WriteMessage(websocket.Text(m.String() + "!")); err != nil {
		return err
	}
	return h.Close(websocket.CloseNormalClosure, "that is all")
}

// A client talks to a server on the same loop.
func ExampleConnect() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", shouting{})}, web.Settings{LogFunction: func(*web.RequestHandler) {}})
	address, err := httpserver.New(app, httpserver.Options{Loop: loop}).Listen(0, "127.0.0.1")
	if err != nil {
		log.Fatal(err)
	}
	_, err = ioloop.RunSync(loop, 0, func() (any, error) {
		c, err := websocket.Connect(loop, "ws://"+address.String()+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return nil, err
		}
		if err := c.WriteMessage(websocket.Text("hello")); err != nil {
			return nil, err
		}
		for {
			m, err := c.ReadMessage().Await()
			if err != nil { // io.EOF
				fmt.Println(err, c.CloseCode(), c.CloseReason())
				return nil, nil
			}
			fmt.Println(m)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// hello!
	// EOF 1000 that is all
}
