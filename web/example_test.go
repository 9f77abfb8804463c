package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// MainHandler responds to GET requests.
type MainHandler struct{ web.RequestHandler }

func (h *MainHandler) Get(args ...string) error {
	return h.WriteString("Hello, " + h.GetArgument("name", "world"))
}

// The smallest application.
func Example() {
	app := web.NewApplication([]web.URLSpec{
		web.URL("/", MainHandler{}),
	}, web.Settings{Debug: true})
	if _, err := app.Listen(8888); err != nil {
		panic(err)
	}
	ioloop.Instance().Start()
}

// StoryHandler gets its stories from the prototype.
type StoryHandler struct {
	web.RequestHandler
	Stories map[string]string
}

func (h *StoryHandler) Get(args ...string) error {
	// A database query looks like this: the handler waits while the loop serves other requests.
	text, err := ioloop.RunInExecutor(h.Loop(), func() (string, error) { return h.Stories[args[0]], nil }).Await()
	if err != nil {
		return err
	}
	if text == "" {
		return web.HTTPErrorf(404, "no story %s", args[0])
	}
	return h.WriteJSON(map[string]string{"story": text})
}

// WriteError writes error pages in the format of the other pages.
func (h *StoryHandler) WriteError(status int, cause error) {
	h.WriteJSON(map[string]any{"status": status, "reason": h.GetReason()})
}

// A handler with its own state, arguments and error pages.
func Example_stories() {
	app := web.NewApplication([]web.URLSpec{
		web.URL("/story/([0-9]+)", StoryHandler{Stories: map[string]string{"1": "Once upon a time"}}, web.Name("story")),
	}, web.Settings{LogFunction: func(h *web.RequestHandler) {
		fmt.Println(h.GetStatus(), h.Request().URI)
	}})
	slog.SetDefault(slog.New(slog.DiscardHandler))

	base, stop := serve(app)
	defer stop()
	for _, id := range []int{1, 2} {
		path, _ := app.ReverseURL("story", id)
		response, err := http.Get(base + path)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(response.Body)
		fmt.Println(string(body))
	}
	// Output:
	// 200 /story/1
	// {"story": "Once upon a time"}
	// 404 /story/2
	// {"reason": "Not Found", "status": 404}
}

// serve serves app on a free port.
func serve(app *web.Application) (base string, stop func()) {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	addr, err := httpserver.New(app, httpserver.Options{Loop: loop}).Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	go loop.Start()
	return "http://" + addr.String(), loop.Stop
}

// LaterHandler shows how a handler waits for a callback.
type LaterHandler struct{ web.RequestHandler }

func (h *LaterHandler) Get(args ...string) error {
	h.Asynchronous()
	h.Loop().AddCallback(func() { h.Finish("later") })
	return nil
}

func ExampleRequestHandler_Asynchronous() {
	base, stop := serve(web.NewApplication([]web.URLSpec{web.URL("/", LaterHandler{})}, web.Settings{}))
	defer stop()
	response, err := http.Get(base)
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(response.Body)
	fmt.Println(string(body))
	// Output: later
}
