package main

import (
	"embed"
	"fmt"
	"strings"
)

// sources are the demos as they were compiled: what the index shows is what runs.
//
//go:embed hello.go echo.go chat.go live.go upload.go api.go login.go stream.go errors.go blog.go sleep.go stats.go song.go
var sources embed.FS

// A demoCard is what the index says about one demo.
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
			Text: "Each message comes straight back. The page measures how long that takes."},
		{Title: "Chat", File: "chat.go", Links: []string{"/chat", "/chat/tea"},
			Text: "Open it in two tabs and talk to yourself. Any word is a room; the last 200 messages are kept."},
		{Title: "A live chart", File: "live.go", Links: []string{"/live"},
			Text: "What the server does, drawn as it does it. One message a second goes to all who watch, on whichever loop they are."},
		{Title: "Upload", File: "upload.go", Links: []string{"/upload"},
			Text: "Files of any size, read part by part while they come, in constant memory, with a progress bar."},
		{Title: "JSON API", File: "api.go", Links: []string{"/api", "/api/notes"},
			Text: "Notes to list, make, read and delete: path arguments, a JSON body, errors that are JSON too."},
		{Title: "Login", File: "login.go", Links: []string{"/account", "/login"},
			Text: "A signed cookie says who you are, and a token in the form that it was you who sent it."},
		{Title: "A blog", File: "blog.go", Links: []string{"/blog", "/blog?lang=de", "/blog/feed.xml"},
			Text: "Tornado's templates: inheritance, modules that ask the database themselves, two languages, a feed. SQLite, off the loop."},
		{Title: "Streaming", File: "stream.go", Links: []string{"/stream"},
			Text: "Answers that are sent while they are made, no faster than the client takes them."},
		{Title: "Errors", File: "errors.go", Links: []string{"/errors"},
			Text: "Every way to fail, and the page that comes of it. With -debug it shows the cause and the stack."},
		{Title: "Waiting", File: "sleep.go", Links: []string{"/sleep/1", "/sleep/0.25"},
			Text: "A handler that waits parks only itself; the one loop serves everybody else meanwhile."},
		{Title: "Seeking in a file", File: "song.go", Links: []string{"/song"},
			Text: "A player jumps, and fetches only the part it needs. The hooks of StaticFileHandler can serve what is no file."},
		{Title: "Statistics", File: "stats.go", Links: []string{"/stats"},
			Text: "What the loops have done and hold, as JSON. Each loop is asked on its own goroutine."},
	}
	for i := range cards {
		cards[i].Code = snippet(cards[i].File)
	}
	return cards
}

// snippet is the part of a source file between its two marks.
func snippet(file string) string {
	source, err := sources.ReadFile(file)
	if err != nil {
		panic(err) // not embedded above
	}
	_, after, begun := strings.Cut(string(source), "\n// snippet\n")
	code, _, ended := strings.Cut(after, "\n// end snippet\n")
	if !begun || !ended {
		panic(fmt.Sprintf("demo-server: %s lacks the comments that enclose what the index shows", file))
	}
	return strings.TrimSpace(code)
}

type indexHandler struct {
	page
	Demos []demoCard
}

func (h *indexHandler) Get(args ...string) error { return h.render("index.html", h.Demos) }
