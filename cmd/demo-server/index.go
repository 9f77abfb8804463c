package main

import (
	"embed"
	"fmt"
	"strings"
)

// sources are the compiled source files, so that the index shows the code that runs.
//
//go:embed hello.go echo.go chat.go live.go upload.go api.go login.go stream.go errors.go blog.go sleep.go gather.go stats.go song.go
var sources embed.FS

// A demoCard describes one demo on the index page.
type demoCard struct {
	Title, Text string
	Links       []string // paths
	File, Code  string
}

func demos() []demoCard {
	cards := []demoCard{
		{Title: "Hello, world", File: "hello.go", Links: []string{"/hello"},
			Text: "The smallest handler: embed RequestHandler, override the verb."},
		{Title: "Echo over a WebSocket", File: "echo.go", Links: []string{"/echo"},
			Text: "Each message comes straight back. The page measures the time this takes."},
		{Title: "Chat", File: "chat.go", Links: []string{"/chat", "/chat/tea"},
			Text: "Open it in two tabs and talk to yourself. Any word is a room. The last 200 messages are kept."},
		{Title: "A live chart", File: "live.go", Links: []string{"/live"},
			Text: "The activity of the server, as it happens. One message a second goes to all viewers, on whichever loop they are."},
		{Title: "Upload", File: "upload.go", Links: []string{"/upload"},
			Text: "Files of any size, read part by part as they arrive, in constant memory, with a progress bar."},
		{Title: "JSON API", File: "api.go", Links: []string{"/api", "/api/notes"},
			Text: "Notes to list, create, read and delete: path arguments, a JSON body, and errors as JSON."},
		{Title: "Login", File: "login.go", Links: []string{"/account", "/login"},
			Text: "A signed cookie says who you are. A token in the form proves that the request comes from this site."},
		{Title: "A blog", File: "blog.go", Links: []string{"/blog", "/blog?lang=de", "/blog/feed.xml"},
			Text: "Tornado's templates: inheritance, modules with their own queries, two languages, a feed. SQLite, off the loop."},
		{Title: "Streaming", File: "stream.go", Links: []string{"/stream"},
			Text: "Responses that are sent while they are made, no faster than the client reads."},
		{Title: "Errors", File: "errors.go", Links: []string{"/errors"},
			Text: "Every way to fail, and the resulting page. With -debug it shows the cause and the stack."},
		{Title: "Waiting", File: "sleep.go", Links: []string{"/sleep/1", "/sleep/0.25"},
			Text: "A handler that waits parks only itself; meanwhile the loop serves all other requests."},
		{Title: "Gathering", File: "gather.go", Links: []string{"/gather"},
			Text: "A handler that calls other pages at the same time, with the HTTP client of its loop, and a timeline of the phases of each call."},
		{Title: "Seeking in a file", File: "song.go", Links: []string{"/song"},
			Text: "A player jumps, and fetches only the part that it needs. The hooks of StaticFileHandler can serve computed content."},
		{Title: "Statistics", File: "stats.go", Links: []string{"/stats"},
			Text: "Counters of the loops, as JSON. Each loop is asked on its own goroutine."},
	}
	for i := range cards {
		cards[i].Code = snippet(cards[i].File)
	}
	return cards
}

// snippet returns the part of a source file between its two marks.
func snippet(file string) string {
	source, err := sources.ReadFile(file)
	if err != nil {
		panic(err) // the file is not embedded above
	}
	_, after, begun := strings.Cut(string(source), "\n// snippet\n")
	code, _, ended := strings.Cut(after, "\n// end snippet\n")
	if !begun || !ended {
		panic(fmt.Sprintf("demo-server: %s needs the comments \"// snippet\" and \"// end snippet\" around the code for the index", file))
	}
	return strings.TrimSpace(code)
}

type indexHandler struct {
	page
	Demos []demoCard
}

func (h *indexHandler) Get(args ...string) error { return h.render("index.html", h.Demos) }
