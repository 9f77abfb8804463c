// Command guestbook is a small application that was ported from Tornado: see docs/guide.md. The
// original, guestbook.py, is in the same directory; both use the same templates, static files
// and data file.
package main

import (
	"embed"
	"fmt"
	"io/fs"
	"log"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

//go:embed templates static
var files embed.FS

func newApp(book *Book, secret string, services []string) (*web.Application, error) {
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, err
	}
	base := baseHandler{Book: book}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, bookHandler{base}),
		web.URL(`/login`, loginHandler{base}),
		web.URL(`/logout`, logoutHandler{base}),
		web.URL(`/api/entries`, entriesHandler{base}),
		web.URL(`/api/entries/([0-9]{1,9})`, entryHandler{base}, web.Name("entry")),
		web.URL(`/live`, liveHandler{Book: book}),
		web.URL(`/sidebar`, sidebarHandler{Services: services}),
	}, web.Settings{
		CookieSecret: secret,
		LoginURL:     "/login",
		XSRFCookies:  true,
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
	}), nil
}

var (
	port      = options.Define("port", 8888, "TCP port on this machine")
	data      = options.Define("data", "guestbook.json", "file that stores the entries")
	secret    = options.Define("secret", "to be replaced", "key that signs cookies")
	services  = options.Define("services", []string(nil), "URLs that the sidebar shows")
	saveEvery = options.Define("save_every", 5*time.Second, "time between two saves of changes")
)

func main() {
	options.ParseCommandLine()

	book, err := newBook(data.Value())
	if err != nil {
		log.Fatal(err)
	}
	app, err := newApp(book, secret.Value(), services.Value())
	if err != nil {
		log.Fatal(err)
	}
	loop := ioloop.Instance()
	address := web.ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{Loop: loop}}
	if _, err := app.Listen(port.Value(), address); err != nil {
		log.Fatal(err)
	}
	ioloop.NewPeriodicCallback(loop, saveEvery.Value(), func() { book.save(loop) }).Start()
	fmt.Println("listening")
	log.Fatal(loop.Start())
}
