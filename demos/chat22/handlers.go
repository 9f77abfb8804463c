package main

import (
	"crypto/rand"
	"encoding/json"
	"strings"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/web"
)

// BaseHandler is the base of all handlers.
type BaseHandler struct{ web.RequestHandler }

// GetCurrentUser returns the user of the cookie, a map[string]string, or nil.
func (h *BaseHandler) GetCurrentUser() any {
	var user map[string]string
	if json.Unmarshal(h.GetSecureCookie("user"), &user) != nil {
		return nil // there is no cookie
	}
	return user
}

// MainHandler serves the page, with the messages so far.
type MainHandler struct {
	BaseHandler
	Room *Room
}

func (h *MainHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	return h.Render("index.html", web.Namespace{"messages": h.Room.cache})
}

// MessageNewHandler adds a message to the room.
type MessageNewHandler struct {
	BaseHandler
	Room *Room
}

func (h *MessageNewHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	user := h.CurrentUser().(map[string]string)
	message := Message{"id": rand.Text(), "from": user["first_name"], "body": h.GetArgument("body")}
	html, err := h.RenderString("message.html", web.Namespace{"message": message})
	if err != nil {
		return err
	}
	message["html"] = string(html)

	next := h.GetArgument("next", "")
	switch {
	case next == "":
		err = h.WriteJSON(message)
	case isLocal(next):
		err = h.Redirect(next)
	default:
		return web.HTTPErrorf(400, "%q is not a page of this site", next)
	}
	h.Room.NewMessages(message)
	return err
}

// isLocal reports whether a URL is a path of this site. Browsers read a backslash as a slash and
// ignore tabs and line ends, so "/\example.com" leads to another host as "//example.com" does.
func isLocal(url string) bool {
	return strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") && !strings.ContainsAny(url, "\\\t\r\n")
}

// MessageUpdatesHandler responds with the messages after the argument "cursor", as soon as there
// are some.
type MessageUpdatesHandler struct {
	BaseHandler
	Room *Room
}

// Post returns without a response. OnNewMessages writes it.
func (h *MessageUpdatesHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	h.Asynchronous()
	h.Room.WaitForMessages(h, h.GetArgument("cursor", ""), h.OnNewMessages)
	return nil
}

// OnNewMessages ends the request with messages.
func (h *MessageUpdatesHandler) OnNewMessages(messages []Message) {
	h.AsyncCallback(func() error {
		if err := h.WriteJSON(map[string]any{"messages": messages}); err != nil {
			return err
		}
		return h.Finish()
	})()
}

// OnConnectionClose ends the wait of a client that has left.
func (h *MessageUpdatesHandler) OnConnectionClose() { h.Room.CancelWait(h) }

// AuthLoginHandler sends the browser to the provider, and serves the page to which it comes back.
type AuthLoginHandler struct {
	BaseHandler
	auth.OpenIDMixin
}

func (h *AuthLoginHandler) Get(args ...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, auth.OpenIDOptions{AXAttrs: []string{"name"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	cookie, err := json.Marshal(map[string]string{"name": user.Get("name"), "first_name": user.Get("first_name")})
	if err != nil {
		return err
	}
	h.SetSecureCookie("user", string(cookie), web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect("/")
}

// AuthLogoutHandler forgets the user.
type AuthLogoutHandler struct{ BaseHandler }

func (h *AuthLogoutHandler) Get(args ...string) error {
	h.ClearCookie("user")
	return h.WriteString(`<!DOCTYPE html><title>Tornado chat</title><p>You are logged out. <a href="/">Log in</a></p>`)
}
