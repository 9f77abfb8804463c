// Command guestbook is a small application that was ported from Tornado: see docs/guide.md. The
// original, guestbook.py, is in the same directory; both use the same templates, static files
// and data file.
package main

import (
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

//go:embed templates static
var files embed.FS

func newApp(book *Book, secret string) (*web.Application, error) {
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
	}, web.Settings{
		CookieSecret: secret,
		LoginURL:     "/login",
		XSRFCookies:  true,
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
	}), nil
}

func main() {
	port := flag.Int("port", 8888, "TCP port on this machine")
	data := flag.String("data", "guestbook.json", "file that stores the entries")
	secret := flag.String("secret", "to be replaced", "key that signs cookies")
	saveEvery := flag.Duration("save_every", 5*time.Second, "time between two saves of changes")
	flag.Parse()

	book, err := newBook(*data)
	if err != nil {
		log.Fatal(err)
	}
	app, err := newApp(book, *secret)
	if err != nil {
		log.Fatal(err)
	}
	loop := ioloop.Instance()
	options := web.ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{Loop: loop}}
	if _, err := app.Listen(*port, options); err != nil {
		log.Fatal(err)
	}
	ioloop.NewPeriodicCallback(loop, *saveEvery, func() { book.save(loop) }).Start()
	fmt.Println("listening")
	log.Fatal(loop.Start())
}
