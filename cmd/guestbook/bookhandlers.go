package main

import (
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

type baseHandler struct {
	web.RequestHandler
	Book *Book
}

func (h *baseHandler) GetCurrentUser() any { return string(h.GetSignedCookie("user")) }

func (h *baseHandler) user() string { return h.CurrentUser().(string) }

type loginHandler struct{ baseHandler }

func (h *loginHandler) Get(args ...string) error {
	return h.Render("login.html")
}

func (h *loginHandler) Post(args ...string) error {
	h.SetSignedCookie("user", h.GetArgument("name"), web.CookieOptions{HTTPOnly: true})
	return h.Redirect("/")
}

type logoutHandler struct{ baseHandler }

func (h *logoutHandler) Post(args ...string) error {
	h.ClearCookie("user")
	return h.Redirect("/login")
}

type bookHandler struct{ baseHandler }

func (h *bookHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	return h.Render("book.html", web.Namespace{"entries": h.Book.entries})
}

func (h *bookHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	if _, err := h.Book.add(h.user(), h.GetArgument("text")); err != nil {
		return err
	}
	return h.Redirect("/")
}

type entriesHandler struct{ baseHandler }

func (h *entriesHandler) Get(args ...string) error {
	return h.WriteJSON(struct {
		Entries []*Entry `json:"entries"`
	}{h.Book.entries})
}

func (h *entriesHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	var question struct{ Text *string }
	if err := h.ReadJSON(&question); err != nil {
		return err
	}
	if question.Text == nil {
		return web.NewHTTPError(400)
	}
	entry, err := h.Book.add(h.user(), *question.Text)
	if err != nil {
		return err
	}
	location, err := h.ReverseURL("entry", entry.ID)
	if err != nil {
		return err
	}
	h.SetStatus(201)
	h.SetHeader("Location", location)
	return h.WriteJSON(entry)
}

type entryHandler struct{ baseHandler }

// entry returns the entry that the path names.
func (h *entryHandler) entry() (*Entry, error) {
	number, err := strconv.Atoi(h.PathArgs()[0])
	if err != nil {
		return nil, err
	}
	return h.Book.find(number)
}

func (h *entryHandler) Get(args ...string) error {
	entry, err := h.entry()
	if err != nil {
		return err
	}
	return h.WriteJSON(entry)
}

func (h *entryHandler) Delete(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	entry, err := h.entry()
	if err != nil {
		return err
	}
	if entry.Author != h.user() {
		return web.HTTPErrorf(403, "%d is not by %s", entry.ID, h.user())
	}
	h.Book.remove(entry)
	h.SetStatus(204)
	return nil
}

type liveHandler struct {
	websocket.WebSocketHandler
	Book *Book
}

var _ websocket.Handler = (*liveHandler)(nil)

func (h *liveHandler) Open(args ...string) error {
	h.Book.watchers.Add(h)
	return h.WriteMessage(websocket.Text(fmt.Sprintf("%d entries", len(h.Book.entries))))
}

func (h *liveHandler) OnMessage(m websocket.Message) error {
	return h.WriteMessage(websocket.Text("You said: " + m.String()))
}
