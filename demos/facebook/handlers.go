package main

import (
	"encoding/json"
	"errors"
	"net/url"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web"
)

// MainHandler shows the user's posts.
type MainHandler struct{ BaseHandler }

func (h *MainHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	user := h.CurrentUser().(*User)
	var stream struct{ Data []map[string]any } // posts, as Facebook's manual describes them
	err := h.FacebookRequest(h, "/me/feed", auth.RequestOptions{
		AccessToken: user.AccessToken,
		Args:        url.Values{"fields": {"from,message,created_time,permalink_url"}},
	}, &stream)
	switch {
	case isExpired(err):
		h.ClearCookie(userCookie)
		return h.Redirect("/auth/login")
	case err != nil:
		return err
	}
	return h.Render("stream.html", web.Namespace{"stream": stream})
}

// isExpired reports whether Facebook has refused a request because the access token has expired
// or was withdrawn: error 190.
func isExpired(err error) bool {
	var failed *httpclient.HTTPClientError
	if !errors.As(err, &failed) || failed.Response == nil {
		return false
	}
	var reply struct{ Error struct{ Code int } }
	return json.Unmarshal(failed.Response.Body, &reply) == nil && reply.Error.Code == 190
}

// AuthLoginHandler sends the browser to Facebook, and serves the page to which it comes back.
type AuthLoginHandler struct{ BaseHandler }

func (h *AuthLoginHandler) Get(args ...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"user_posts"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	err = h.setUser(User{Name: user.Get("name"), AccessToken: user.Token.AccessToken})
	if err != nil {
		return err
	}
	return h.Redirect("/")
}

// AuthLogoutHandler forgets the user.
type AuthLogoutHandler struct{ BaseHandler }

func (h *AuthLogoutHandler) Get(args ...string) error {
	h.ClearCookie(userCookie)
	return h.Redirect("/")
}

// PostModule shows a post: {{ modules.Post(post) }}.
type PostModule struct{ web.UIModule }

func (m *PostModule) Render(post map[string]any) ([]byte, error) {
	return m.RenderString("modules/post.html", web.Namespace{"post": post})
}
