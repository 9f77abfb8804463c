package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

type openIDLogin struct {
	web.RequestHandler
	auth.OpenIDMixin
	Ask auth.OpenIDOptions
}

func (h *openIDLogin) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, h.Ask)
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteJSON(user.Claims)
}

func openIDRoutes(issuer string) []web.URLSpec {
	mixin := auth.OpenIDMixin{Endpoint: issuer + "/openid"}
	return []web.URLSpec{
		web.URL("/login", openIDLogin{OpenIDMixin: mixin}),
		web.URL("/email", openIDLogin{OpenIDMixin: mixin, Ask: auth.OpenIDOptions{CallbackURI: "/login", AXAttrs: []string{"email"}}}),
		web.URL("/none", openIDLogin{OpenIDMixin: mixin, Ask: auth.OpenIDOptions{AXAttrs: []string{}}}),
		web.URL("/wrong", openIDLogin{OpenIDMixin: mixin, Ask: auth.OpenIDOptions{AXAttrs: []string{"email", "age"}}}),
	}
}

// auth-27.
func TestOpenIDRedirect(t *testing.T) {
	s := serveSite(t, openIDRoutes)
	target := s.start("/login")
	q := queryOf(t, target)
	require.True(t, strings.HasPrefix(target, s.issuer+"/openid?openid.ns=http"), target)
	require.Equal(t, "http://specs.openid.net/auth/2.0/identifier_select", q.Get("openid.claimed_id"))
	require.Equal(t, s.GetURL("/"), q.Get("openid.realm"))
	require.True(t, strings.HasPrefix(q.Get("openid.return_to"), s.GetURL("/login?openid_login=")))
	require.Equal(t, "firstname,fullname,lastname,email,language,username", q.Get("openid.ax.required"))
	require.Equal(t, "http://axschema.org/namePerson", q.Get("openid.ax.type.fullname"))
	require.Equal(t, "email", queryOf(t, s.start("/email")).Get("openid.ax.required"))
	require.Empty(t, queryOf(t, s.start("/none")).Get("openid.ns.ax"))
	require.Equal(t, 500, s.get("/wrong").StatusCode)
	require.Contains(t, s.logs.String(), "is not an attribute")
}

// auth-28, auth-29.
func TestOpenIDLogin(t *testing.T) {
	s := serveSite(t, openIDRoutes)
	require.Equal(t, `{"claimed_id": "http://example.com/ann", "email": "ann@example.com", "first_name": "Ann", "locale": "en-us", "name": "Ann"}`, s.logIn("/login").Body)
}

// auth-28: the provider must confirm the login with exactly this line.
func TestOpenIDConfirmation(t *testing.T) {
	for _, tt := range []struct {
		body string
		want int
	}{
		{"is_valid:true", 200}, {"ns:x\nis_valid:true\n", 200}, {"is_valid:true\r\n", 400}, {"is_valid:false", 400},
		{"error:is_valid:true", 400}, {"is_valid:trueish", 400}, {"", 400},
	} {
		s := serveSite(t, openIDRoutes)
		callback := s.callback(s.start("/login"), true)
		forms := make(chan url.Values, 1)
		s.provider.Replace("/openid", func(w http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			forms <- r.PostForm
			w.Write([]byte(tt.body))
		})
		require.Equal(t, tt.want, s.get(callback).StatusCode, tt.body)
		form := <-forms
		require.Equal(t, "check_authentication", form.Get("openid.mode"))
		require.NotEmpty(t, form.Get("openid.sig"))
	}
}

// auth-30: unlike in Tornado, the response must belong to this login and this provider, and
// attributes that are not signed are ignored.
func TestOpenIDCallbacksThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(s *site, u string) string
		status int
		log    string
	}{
		{"another login", func(s *site, u string) string { return with(s.t, u, "openid_login", "x") }, 400, "another login"},
		{"another provider", func(s *site, u string) string { return with(s.t, u, "openid.op_endpoint", "https://evil.example/") }, 400, "another provider"},
		{"another page", func(s *site, u string) string { return with(s.t, u, "openid.return_to", "https://evil.example/") }, 400, "another page"},
		{"nothing signed", func(s *site, u string) string { return with(s.t, u, "openid.signed", "mode") }, 400, "another page"},
		{"user not signed", func(s *site, u string) string {
			return with(s.t, u, "openid.signed", "return_to,op_endpoint,response_nonce")
		}, 400, "does not sign who the user is"},
		{"another signature", func(s *site, u string) string { return with(s.t, u, "openid.sig", "x") }, 400, "does not confirm"},
		{"an error", func(s *site, u string) string { return with(s.t, u, "openid.mode", "error", "openid.error", "broken") }, 400, "broken"},
		{"the user refuses", func(s *site, u string) string { return with(s.t, u, "openid.mode", "cancel") }, 403, "access_denied"},
		{"without the cookie", func(s *site, u string) string { s.Client().Jar = nil; return u }, 400, "cookie _openid_login is missing"},
		{"the second time", func(s *site, u string) string { require.Equal(s.t, 200, s.get(u).StatusCode); return u }, 400, "was used already"},
		{"the provider is down", func(s *site, u string) string {
			s.provider.Replace("/openid", serveError(503, "text/html", "down"))
			return u
		}, 502, "status 503"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, openIDRoutes)
			require.Equal(t, tt.status, s.get(tt.change(s, s.callback(s.start("/login"), true))).StatusCode)
			require.Contains(t, s.logs.String(), tt.log)
		})
	}
	s := serveSite(t, openIDRoutes)
	callback := s.callback(s.start("/login"), true)
	signed := queryOf(t, callback).Get("openid.signed")
	body := s.get(with(t, callback, "openid.signed", strings.ReplaceAll(signed, ",ext1.value.email", ""))).Body
	require.NotContains(t, body, "ann@example.com")
	require.Contains(t, body, `"first_name": "Ann"`)
}
