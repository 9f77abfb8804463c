// Command helloworld is the smallest Tornado application: one handler that serves one page.
package main

import (
	"log"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

// port is an option of the command line: --port=8000.
var port = options.Define("port", 8888, "run on the given port")

// MainHandler serves "/".
type MainHandler struct{ web.RequestHandler }

// Get serves a GET request.
func (h *MainHandler) Get(args ...string) error {
	return h.WriteString("Hello, world")
}

func main() {
	options.ParseCommandLine()
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{}),
	}, web.Settings{})
	if _, err := app.Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
