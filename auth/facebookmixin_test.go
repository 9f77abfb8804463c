package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

type facebookLogin struct {
	web.RequestHandler
	auth.FacebookGraphMixin
}

func (h *facebookLogin) Get(...string) error {
	if h.Request().Path == "/post" {
		var v map[string]any
		if err := h.FacebookRequest(h, "/me/feed", auth.RequestOptions{AccessToken: "AT", PostArgs: url.Values{"message": {"hi"}}}, &v); err != nil {
			return err
		}
		return h.WriteJSON(v)
	}
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err == nil {
		if _, ok := user.Claims["link"]; !ok || user.Claims["link"] != nil || user.Get("email") == "" {
			return web.HTTPErrorf(500, "claims %v", user.Claims)
		}
	}
	return respond(&h.RequestHandler, user, err)
}

func facebookRoutes(issuer string) []web.URLSpec {
	client := auth.OAuth2Mixin{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret}
	local := client
	local.AuthorizeURL, local.AccessTokenURL = issuer+"/authorize", issuer+"/token"
	return []web.URLSpec{
		web.URL("/real", facebookLogin{FacebookGraphMixin: auth.FacebookGraphMixin{OAuth2Mixin: client}}),
		web.URL("/login|/post", facebookLogin{FacebookGraphMixin: auth.FacebookGraphMixin{OAuth2Mixin: local, BaseURL: issuer, ExtraFields: []string{"email"}}}),
	}
}

// auth-19.
func TestFacebookRedirect(t *testing.T) {
	s := serveSite(t, facebookRoutes)
	target := s.start("/real")
	require.True(t, strings.HasPrefix(target, "https://www.facebook.com/dialog/oauth?response_type=code&redirect_uri="), target)
}

// auth-20: each field is there, null if missing. Unlike in Tornado, neither the client's
// secret nor the access token is in a URL. The provider checks the proof of auth-21.
func TestFacebookLogin(t *testing.T) {
	s := serveSite(t, facebookRoutes)
	require.Equal(t, "u-1|Ann Example|/", s.logIn("/login").Body)
	last := s.provider.URLs()[len(s.provider.URLs())-1]
	require.Equal(t, "id,name,first_name,last_name,locale,picture,link,email", queryOf(t, last).Get("fields"))
	s.requireNoSecrets()
}

// Facebook's errors have a form of their own.
func TestFacebookError(t *testing.T) {
	s := serveSite(t, facebookRoutes)
	s.provider.Replace("/token", serveError(400, "application/json", `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100}}`))
	require.Equal(t, 400, s.logIn("/login").StatusCode)
	require.Contains(t, s.logs.String(), "OAuthException: This authorization code has been used.")
	s.provider.Replace("/token", nil)
	s.provider.Replace("/me", serveError(200, "application/json", `{"name":"no id"}`))
	require.Equal(t, 502, s.logIn("/login").StatusCode)
}

// auth-22.
func TestFacebookRequest(t *testing.T) {
	s := serveSite(t, facebookRoutes)
	s.provider.Replace("/me/feed", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`{"got":"` + r.PostFormValue("message") + " " + r.Header.Get("Authorization") + `"}`))
	})
	require.Equal(t, `{"got": "hi Bearer AT"}`, s.get("/post").Body)
}
