// Command chat22 is the chat room of Tornado 2.2: with a login, and with callbacks where later
// releases await. Users log in with OpenID 2.0, so start a provider first:
//
//	(cd .. && go run ./cmd/login-provider -port=9000)
package main

import (
	"embed"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port     = options.Define("port", 8888, "run on the given port")
	endpoint = options.Define("openid_endpoint", "http://127.0.0.1:9000/openid", "URL of the OpenID 2.0 provider")
)

//go:embed templates static
var files embed.FS

func newApp(room *Room, endpoint string) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{Room: room}),
		web.URL(`/auth/login`, AuthLoginHandler{OpenIDMixin: auth.OpenIDMixin{Endpoint: endpoint}}),
		web.URL(`/auth/logout`, AuthLogoutHandler{}),
		web.URL(`/a/message/new`, MessageNewHandler{Room: room}),
		web.URL(`/a/message/updates`, MessageUpdatesHandler{Room: room}),
	}, web.Settings{
		CookieSecret: "replace this by a long random text",
		LoginURL:     "/auth/login",
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
		XSRFCookies:  true,
		Autoescape:   "xhtml_escape",
	})
}

func main() {
	options.ParseCommandLine()
	app := newApp(NewRoom(), endpoint.Value())
	limits := httpserver.Options{MaxBodySize: 64 << 10} // a message is short
	if _, err := app.Listen(port.Value(), web.ListenOptions{Options: limits}); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
