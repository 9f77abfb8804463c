package main

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/web"
)

const (
	userCookie = "user"
	afterLogin = "/account" // the default page after the login
)

// snippet

// An accountHandler knows the current user. "" means none; Authenticated rejects it.
type accountHandler struct{ page }

func (h *accountHandler) GetCurrentUser() any { return string(h.GetSignedCookie(userCookie)) }

// accountPage needs a user. Requests without a user are redirected to Settings.LoginURL before
// Get or another method runs.
type accountPage struct{ accountHandler }

func (h *accountPage) Prepare() error { return h.Authenticated() }

func (h *accountPage) Get(args ...string) error { return h.renderForm("account.html", "") }

type loginPage struct{ accountHandler }

func (h *loginPage) Get(args ...string) error { return h.renderForm("login.html", "") }

func (h *loginPage) Post(args ...string) error {
	name := cleanName(h.GetBodyArgument("name", ""))
	if name == "" { // a real site checks a password here, in RunInExecutor, because hashing takes long
		h.SetStatus(400)
		return h.renderForm("login.html", "Say who you are.")
	}
	h.SetSignedCookie(userCookie, name, web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect(localURL(h.GetArgument("next", "")), 303)
}

// end snippet

// renderForm renders a page with a form. With Settings.XSRFCookies, a POST must contain the
// form's token, which pages of other sites do not know.
func (h *accountHandler) renderForm(name, complaint string) error {
	h.SetHeader("Cache-Control", "no-store") // after the logout, the browser's back button must not show the page
	return h.render(name, map[string]any{
		"User": h.CurrentUser(), "Next": h.GetArgument("next", ""), "Error": complaint,
		"MaxName": maxName, "XSRF": template.HTML(h.XSRFFormHTML()),
	})
}

// localURL returns next if it is a path of this server. So a link to the login page cannot
// redirect users to another site.
func localURL(next string) string {
	u, err := url.Parse(next)
	// Browsers read \ as /, and //host is another host.
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return afterLogin
	}
	return next
}

// logoutPage accepts only POST: a link or an image must not log users out.
type logoutPage struct{ accountHandler }

func (h *logoutPage) Post(args ...string) error {
	h.ClearCookie(userCookie)
	return h.Redirect("/login", 303)
}
