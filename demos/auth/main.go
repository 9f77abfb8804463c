// Command auth logs users in with OpenID 2.0 and greets them. It is a demo of Tornado 2.2, which
// used Google for that. Google has ended OpenID 2.0, so start a provider first:
//
//	(cd .. && go run ./cmd/login-provider -port=9000)
package main

import (
	"encoding/json"
	"log"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port     = options.Define("port", 8888, "run on the given port")
	endpoint = options.Define("openid_endpoint", "http://127.0.0.1:9000/openid", "URL of the OpenID 2.0 provider")
)

func newApp(endpoint string) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{}),
		web.URL(`/auth/login`, AuthHandler{OpenIDMixin: auth.OpenIDMixin{Endpoint: endpoint}}),
		web.URL(`/auth/logout`, LogoutHandler{}),
	}, web.Settings{
		CookieSecret: "replace this by a long random text",
		LoginURL:     "/auth/login",
	})
}

// A User is the content of the cookie.
type User struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// BaseHandler is the base of all handlers.
type BaseHandler struct{ web.RequestHandler }

// GetCurrentUser returns the *User of the cookie, or nil.
func (h *BaseHandler) GetCurrentUser() any {
	user := new(User)
	if json.Unmarshal(h.GetSignedCookie("user"), user) != nil {
		return nil // there is no cookie
	}
	return user
}

const style = `<style>
:root { color-scheme: light dark }
body { max-width: 30rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
</style>`

// MainHandler greets the user.
type MainHandler struct{ BaseHandler }

func (h *MainHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	name := h.CurrentUser().(*User).Name
	return h.WriteString("<!DOCTYPE html><title>Login</title>" + style +
		"<h1>Hello, " + escape.XHTMLEscape(name) + `</h1><p><a href="/auth/logout">Log out</a></p>`)
}

// AuthHandler sends the browser to the provider, and serves the page to which it comes back.
type AuthHandler struct {
	BaseHandler
	auth.OpenIDMixin
}

func (h *AuthHandler) Get(args ...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, auth.OpenIDOptions{})
	}
	user, err := h.GetAuthenticatedUser(h) // waits for the provider
	if err != nil {
		return err
	}
	cookie, err := json.Marshal(User{Name: user.Get("name"), Email: user.Get("email")})
	if err != nil {
		return err
	}
	h.SetSignedCookie("user", string(cookie), web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect("/")
}

// LogoutHandler forgets the user.
type LogoutHandler struct{ BaseHandler }

func (h *LogoutHandler) Get(args ...string) error {
	h.ClearCookie("user")
	return h.Redirect("/")
}

func main() {
	options.ParseCommandLine()
	if _, err := newApp(endpoint.Value()).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
