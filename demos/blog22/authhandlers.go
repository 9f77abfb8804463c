package main

import (
	"strconv"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/web"
)

// AuthLoginHandler sends the browser to the provider, and serves the page to which it comes back.
type AuthLoginHandler struct {
	BaseHandler
	auth.OpenIDMixin
}

// Get signs the author in. The first user becomes the author; other users are not signed in.
func (h *AuthLoginHandler) Get(args ...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, auth.OpenIDOptions{AXAttrs: []string{"name", "email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	if user.Get("email") == "" {
		return web.HTTPErrorf(403, "the provider does not say the user's email address")
	}
	_, err = h.execute("INSERT INTO authors (email, name) SELECT ?, ? WHERE NOT EXISTS (SELECT * FROM authors)",
		user.Get("email"), user.Get("name"))
	if err != nil {
		return err
	}
	author, err := h.get("SELECT * FROM authors WHERE email = ?", user.Get("email"))
	if err != nil {
		return err
	}
	if author == nil {
		return h.Redirect("/")
	}
	h.SetSecureCookie("user", strconv.FormatInt(author["id"].(int64), 10), web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect(user.Next)
}

// AuthLogoutHandler signs the author out.
type AuthLogoutHandler struct{ BaseHandler }

func (h *AuthLogoutHandler) Get(args ...string) error {
	h.ClearCookie("user")
	return h.Redirect(auth.SafeNext(h)) // the argument "next", if it is a page of this site
}
