// Command websocket is a chat room over WebSockets. Each page keeps one open, and the server
// sends every message to all of them.
package main

import (
	"embed"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port    = options.Define("port", 8888, "run on the given port")
	draft76 = options.Define("draft76", false, "also serve WebSockets of draft 76, for browsers of 2010")
)

//go:embed templates static
var files embed.FS

// newApp returns the application with one empty room.
func newApp(draft76 bool) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	room := new(Room)
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{Room: room}),
		web.URL(`/chatsocket`, ChatSocketHandler{Room: room, Draft76: draft76}),
	}, web.Settings{
		CookieSecret: "replace this by a long random text",
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
		XSRFCookies:  true,
	})
}

func main() {
	options.ParseCommandLine()
	if _, err := newApp(draft76.Value()).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
