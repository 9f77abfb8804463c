package main

import (
	"encoding/json"
	"errors"
	"net/url"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web"
)

// userCookie holds the user who is logged in.
const userCookie = "googledemo_user"

// A User is the content of the cookie.
type User struct {
	ID          string `json:"id"`
	AccessToken string `json:"access_token"`
}

// BaseHandler is the base of all handlers.
type BaseHandler struct {
	web.RequestHandler
	auth.GoogleOAuth2Mixin
	UserInfo string // URL of the page about the user
}

// GetCurrentUser returns the *User of the cookie, or nil.
func (h *BaseHandler) GetCurrentUser() any {
	user := new(User)
	if json.Unmarshal(h.GetSignedCookie(userCookie), user) != nil {
		return nil // there is no cookie
	}
	return user
}

// IndexHandler greets the user.
type IndexHandler struct{ BaseHandler }

// Get asks Google for the name, to show how an API is called after the login. The id_token of
// the login has it already.
func (h *IndexHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	user := h.CurrentUser().(*User)
	var info struct{ Name string }
	err := h.OAuth2Request(h, h.UserInfo, auth.RequestOptions{AccessToken: user.AccessToken}, &info)
	var failed *httpclient.HTTPClientError
	if errors.As(err, &failed) && failed.Code == 401 { // the token has expired
		h.ClearCookie(userCookie)
		return h.Redirect(h.GetLoginURL())
	}
	if err != nil {
		return err
	}
	return h.Render("index.html", web.Namespace{"name": info.Name})
}

// LoginHandler sends the browser to Google, and serves the page to which it comes back.
type LoginHandler struct{ BaseHandler }

func (h *LoginHandler) Get(args ...string) error {
	if !auth.IsCallback(h) {
		redirectURI, err := h.redirectURI()
		if err != nil {
			return err
		}
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{
			RedirectURI: redirectURI,
			Scope:       []string{"profile", "email"},
			ExtraParams: map[string]string{"approval_prompt": "auto"},
		})
	}
	user, err := h.GetAuthenticatedUser(h) // checks state, PKCE, nonce and signature
	if err != nil {
		return err
	}
	cookie, err := json.Marshal(User{ID: user.ID, AccessToken: user.Token.AccessToken})
	if err != nil {
		return err
	}
	h.SetSignedCookie(userCookie, string(cookie), web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect(user.Next)
}

// redirectURI returns the absolute URL of this handler, as it is registered at Google.
func (h *LoginHandler) redirectURI() (string, error) {
	base, err := url.Parse(h.Settings().Extra["redirect_base_uri"].(string))
	if err != nil {
		return "", err
	}
	path, err := h.ReverseURL("google_oauth")
	if err != nil {
		return "", err
	}
	return base.JoinPath(path).String(), nil
}

// LogoutHandler forgets the user.
type LogoutHandler struct{ BaseHandler }

func (h *LogoutHandler) Get(args ...string) error {
	h.ClearCookie(userCookie)
	return h.Redirect("/")
}
