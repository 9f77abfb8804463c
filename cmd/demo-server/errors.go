package main

import (
	"errors"
	"fmt"

	"github.com/gotornado/tornado/web"
)

// snippet

// failHandler shows all the ways in which a handler can fail.
type failHandler struct{ page }

func (h *failHandler) Get(args ...string) error {
	switch args[0] {
	case "missing":
		return web.NewHTTPError(404)
	case "reason":
		return &web.HTTPError{StatusCode: 418, Reason: "I am a teapot"}
	case "argument":
		h.GetArgument("name") // if the argument is missing, GetArgument ends the request with 400
	case "logged":
		return web.HTTPErrorf(503, "the log says why: %w", errors.New("out of tea"))
	case "error":
		return fmt.Errorf("brewing: %w", errors.New("no water")) // any other error gives a 500
	case "panic":
		panic("the kettle exploded") // a panic makes the response a 500 too; its stack is in the log
	}
	return h.WriteString("Nothing failed.")
}

// end snippet

// errorsPage serves a page with links to all these failures.
type errorsPage struct{ page }

func (h *errorsPage) Get(args ...string) error {
	return h.render("errors.html", map[string]any{
		"Debug": h.Settings().ServeTraceback,
		"Kinds": []struct{ Path, Text string }{
			{"/fail/missing", "A status: 404"},
			{"/fail/reason", "A status with words of its own: 418"},
			{"/fail/argument", "An argument that is missing: 400"},
			{"/fail/argument?name=Ada", "The same, with the argument"},
			{"/fail/logged", "A status to see, a cause for the log: 503"},
			{"/fail/error", "Any other error: 500"},
			{"/fail/panic", "A panic: 500, and the server goes on"},
			{"/no/such/page", "A path that no route has: 404"},
		},
	})
}
