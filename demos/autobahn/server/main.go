// Command server is a WebSocket server that sends each message back. The fuzzing client of the
// Autobahn test suite tests it.
package main

import (
	"log"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

var port = options.Define("port", 9000, "run on the given port")

// maxMessage is the largest message of the suite in bytes, 16 MiB.
const maxMessage = 16 << 20

// EchoHandler sends each message back: a text as a text, and bytes as bytes.
type EchoHandler struct{ websocket.WebSocketHandler }

func (h *EchoHandler) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

// GetCompressionOptions turns compression on for clients that offer it.
func (h *EchoHandler) GetCompressionOptions() *websocket.CompressionOptions {
	return new(websocket.CompressionOptions)
}

func (h *EchoHandler) MaxMessageSize() int { return maxMessage }

func newApp() *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, EchoHandler{}),
	}, web.Settings{})
}

func main() {
	options.ParseCommandLine()
	if _, err := newApp().Listen(port.Value(), web.ListenOptions{Address: "127.0.0.1"}); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
