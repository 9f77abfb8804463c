// Command blog22 is the blog of Tornado 2.2: with its class for databases, templates without
// automatic escaping, and a login with OpenID 2.0. Start a provider first:
//
//	(cd .. && go run ./cmd/login-provider -port=9000)
package main

import (
	"embed"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
)

var (
	port     = options.Define("port", 8888, "run on the given port")
	database = options.Define("database", "blog22.db", "file of the SQLite database")
	endpoint = options.Define("openid_endpoint", "http://127.0.0.1:9000/openid", "URL of the OpenID 2.0 provider")
)

//go:embed templates static
var files embed.FS

func newApp(db *Connection, endpoint string) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	base := BaseHandler{DB: db}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, HomeHandler{base}),
		web.URL(`/archive`, ArchiveHandler{base}),
		web.URL(`/feed`, FeedHandler{base}),
		web.URL(`/entry/([^/]+)`, EntryHandler{base}),
		web.URL(`/compose`, ComposeHandler{base}),
		web.URL(`/auth/login`, AuthLoginHandler{base, auth.OpenIDMixin{Endpoint: endpoint}}),
		web.URL(`/auth/logout`, AuthLogoutHandler{base}),
	}, web.Settings{
		Extra:        map[string]any{"blog_title": "Tornado Blog"},
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
		UIModules:    map[string]web.UIModuleClass{"Entry": web.UIModuleOf(EntryModule{})},
		XSRFCookies:  true,
		CookieSecret: "replace this by a long random text",
		LoginURL:     "/auth/login",
		Autoescape:   template.NoAutoescape, // so the templates call escape()
	})
}

func main() {
	options.ParseCommandLine()
	db, err := Connect(database.Value())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := newApp(db, endpoint.Value()).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
