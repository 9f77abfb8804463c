package main

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/web"
)

const (
	userCookie = "user"
	afterLogin = "/account" // for who comes to the login page unasked
)

// snippet

// An accountHandler knows who is logged in. A nobody is "", which Authenticated refuses.
type accountHandler struct{ page }

func (h *accountHandler) GetCurrentUser() any { return string(h.GetSignedCookie(userCookie)) }

// accountPage is for members: before any verb, others are sent to Settings.LoginURL.
type accountPage struct{ accountHandler }

func (h *accountPage) Prepare() error { return h.Authenticated() }

func (h *accountPage) Get(args ...string) error { return h.renderForm("account.html", "") }

type loginPage struct{ accountHandler }

func (h *loginPage) Get(args ...string) error { return h.renderForm("login.html", "") }

func (h *loginPage) Post(args ...string) error {
	name := cleanName(h.GetBodyArgument("name", ""))
	if name == "" { // here a real site compares a password, in RunInExecutor: hashing takes long
		h.SetStatus(400)
		return h.renderForm("login.html", "Say who you are.")
	}
	h.SetSignedCookie(userCookie, name, web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect(localURL(h.GetArgument("next", "")), 303)
}

// end snippet

// renderForm shows a page with a form. The token in it is what the server looks for
// in a POST, by Settings.XSRFCookies: a page of another site cannot know it.
func (h *accountHandler) renderForm(name, complaint string) error {
	h.SetHeader("Cache-Control", "no-store") // not for whoever presses "back" after the logout
	return h.render(name, map[string]any{
		"User": h.CurrentUser(), "Next": h.GetArgument("next", ""), "Error": complaint,
		"MaxName": maxName, "XSRF": template.HTML(h.XSRFFormHTML()),
	})
}

// localURL is next if that is a path of this server, so that no link to the login page
// can send somebody who trusts it elsewhere.
func localURL(next string) string {
	u, err := url.Parse(next)
	// Browsers read \ as /, and //host is another host.
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return afterLogin
	}
	return next
}

// logoutHandler takes a POST only: a mere link or image must not log anybody out.
type logoutHandler struct{ accountHandler }

func (h *logoutHandler) Post(args ...string) error {
	h.ClearCookie(userCookie)
	return h.Redirect("/login", 303)
}
