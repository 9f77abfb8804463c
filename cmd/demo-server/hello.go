package main

import "github.com/gotornado/tornado/web"

// snippet

type helloHandler struct{ web.RequestHandler }

func (h *helloHandler) Get(args ...string) error {
	return h.WriteString("Hello, world")
}

// end snippet
