// Command poll is the program that docs/tutorial.md builds: a page with a question, whose
// votes every open browser sees at once.
package main

import (
	"embed"
	"flag"
	"fmt"
	"log"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

//go:embed templates
var files embed.FS

func newApp(poll *Poll, path string) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, pageHandler{Poll: poll}),
		web.URL(`/vote`, voteHandler{Poll: poll}),
		web.URL(`/result`, resultHandler{Poll: poll}),
		web.URL(`/save`, saveHandler{Poll: poll, Path: path}),
		web.URL(`/live`, pollSocket{Poll: poll}),
	}, web.Settings{
		TemplateFS:   files,
		TemplatePath: "templates",
	})
}

func main() {
	port := flag.Int("port", 8888, "TCP port on this machine")
	path := flag.String("file", "poll.json", "file that /save writes")
	flag.Parse()

	poll := newPoll("Which loop?", "for", "event", "fruit")
	app := newApp(poll, *path)
	if _, err := app.Listen(*port, web.ListenOptions{Address: "127.0.0.1"}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("open http://127.0.0.1:%d/\n", *port)
	log.Fatal(ioloop.Instance().Start())
}
