// Command blog is a blog with one author: accounts with hashed passwords, entries in Markdown, an
// archive and an Atom feed. Its data is in a SQLite database.
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
	port     = options.Define("port", 8888, "run on the given port")
	database = options.Define("db_database", "blog.db", "file of the SQLite database")
)

//go:embed templates static
var files embed.FS

func newApp(store *Store) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	base := BaseHandler{Store: store}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, HomeHandler{base}),
		web.URL(`/archive`, ArchiveHandler{base}),
		web.URL(`/feed`, FeedHandler{base}),
		web.URL(`/entry/([^/]+)`, EntryHandler{base}),
		web.URL(`/compose`, ComposeHandler{base}),
		web.URL(`/auth/create`, AuthCreateHandler{base}),
		web.URL(`/auth/login`, AuthLoginHandler{base}),
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
		Debug:        true,
	})
}

func main() {
	options.ParseCommandLine()
	store, err := OpenStore(database.Value())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := newApp(store).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
