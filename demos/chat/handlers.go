package main

import (
	"crypto/rand"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// MainHandler serves the page, with the messages so far.
type MainHandler struct {
	web.RequestHandler
	Messages *MessageBuffer
}

func (h *MainHandler) Get(args ...string) error {
	return h.Render("index.html", web.Namespace{"messages": h.Messages.cache})
}

// MessageNewHandler adds a message to the room.
type MessageNewHandler struct {
	web.RequestHandler
	Messages *MessageBuffer
}

// Post responds to the page's script with the message. The form of a page without scripts has
// the argument "next", and is redirected there.
func (h *MessageNewHandler) Post(args ...string) error {
	message := Message{ID: rand.Text(), Body: h.GetArgument("body")}
	html, err := h.RenderString("message.html", web.Namespace{"message": message})
	if err != nil {
		return err
	}
	message.HTML = string(html)

	next := h.GetArgument("next", "")
	switch {
	case next == "":
		err = h.WriteJSON(message)
	case isLocal(next):
		err = h.Redirect(next)
	default:
		return web.HTTPErrorf(400, "%q is not a page of this site", next)
	}
	h.Messages.Add(message)
	return err
}

// isLocal reports whether a URL is a path of this site. Browsers read a backslash as a slash and
// ignore tabs and line ends, so "/\example.com" leads to another host as "//example.com" does.
func isLocal(url string) bool {
	return strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") && !strings.ContainsAny(url, "\\\t\r\n")
}

// MessageUpdatesHandler responds with the messages after the argument "cursor". If there are
// none, it waits for the next one.
type MessageUpdatesHandler struct {
	web.RequestHandler
	Messages *MessageBuffer
	waiting  *ioloop.Future[bool] // nil until the handler has waited
}

func (h *MessageUpdatesHandler) Post(args ...string) error {
	cursor := h.GetArgument("cursor", "")
	messages := h.Messages.Since(cursor)
	for len(messages) == 0 {
		h.waiting = h.Messages.added.Wait()
		if _, err := h.waiting.Await(); err != nil {
			return nil // OnConnectionClose has cancelled the wait
		}
		messages = h.Messages.Since(cursor)
	}
	return h.WriteJSON(map[string][]Message{"messages": messages})
}

// OnConnectionClose ends the wait of a client that has left.
func (h *MessageUpdatesHandler) OnConnectionClose() {
	if h.waiting != nil {
		h.waiting.Cancel()
	}
}
