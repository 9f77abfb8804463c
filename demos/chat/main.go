// Command chat is a chat room by long polling: a page asks for new messages, and the server
// responds when there are some.
package main

import (
	"embed"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port  = options.Define("port", 8888, "run on the given port")
	debug = options.Define("debug", true, "run in debug mode")
)

//go:embed templates static
var files embed.FS

// newApp returns the application. All its handlers share the messages of one room.
func newApp(messages *MessageBuffer, debug bool) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{Messages: messages}),
		web.URL(`/a/message/new`, MessageNewHandler{Messages: messages}),
		web.URL(`/a/message/updates`, MessageUpdatesHandler{Messages: messages}),
	}, web.Settings{
		CookieSecret: "replace this by a long random text",
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
		XSRFCookies:  true,
		Debug:        debug,
	})
}

func main() {
	options.ParseCommandLine()
	loop := ioloop.Instance()
	app := newApp(NewMessageBuffer(loop), debug.Value())
	limits := httpserver.Options{MaxBodySize: 64 << 10} // a message is short
	if _, err := app.Listen(port.Value(), web.ListenOptions{Options: limits}); err != nil {
		log.Fatal(err)
	}
	log.Fatal(loop.Start())
}
