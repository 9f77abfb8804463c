package auth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/stretchr/testify/require"
)

type nextPage struct{ web.RequestHandler }

func (h *nextPage) Get(...string) error {
	return h.WriteString(auth.SafeNext(h) + " " + auth.SafeNext(h, "/home"))
}

// auth-b5: the page after the login is a page of this site.
func TestSafeNext(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", nextPage{})} })
	own := s.GetURL("")
	for _, tt := range []struct{ next, want string }{
		{"/a/b?c=d#e", "/a/b?c=d#e"}, {"/", "/"}, {own + "/a?b", "/a?b"},
		{"", ""}, {"a/b", ""}, {"https://evil.example/", ""}, {"//evil.example/", ""}, {"///evil.example/", ""}, {"/\\evil.example/", ""},
		{"\\\\evil.example", ""}, {"/\t/evil.example/", ""}, {"/\n/evil.example", ""}, {" //evil.example", ""}, {"javascript:alert(1)", ""},
		{own + ".evil.example/", ""}, {own + "@evil.example/", ""}, {own + "//evil.example/", ""}, {own, ""}, {"/%zz", ""},
		{strings.Replace(own, "http:", "HTTPS:", 1) + "/a", ""}, {"http:/evil.example", ""}, {"/a\x00b", ""},
	} {
		want := tt.want + " " + tt.want
		if tt.want == "" {
			want = "/ /home"
		}
		if got := s.get("/?next=" + url.QueryEscape(tt.next)).Body; got != want && !(strings.Contains(tt.next, "\x00") && strings.HasPrefix(got, "<html>")) {
			t.Errorf("%q: %q, want %q", tt.next, got, want)
		}
	}
	require.Equal(t, "/ /home", s.get("/").Body)
}

// serveWith serves the OAuth 2 routes with other settings and options of the server.
func serveWith(t *testing.T, settings web.Settings, options httpserver.Options) (*webtest.AppServer, *authtest.Provider, *logText) {
	t.Helper()
	logs := captureLog(t)
	provider := authtest.New()
	issuer := serveProvider(t, provider)
	server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication(plainRoutes(issuer), settings)
	}, options)
	server.KeepCookies()
	return server, provider, logs
}

var direct = webtest.FetchOptions{NoRedirects: true}

// On HTTPS the cookie is sent over HTTPS only, and other hosts of the domain cannot set it.
func TestLoginCookieOnHTTPS(t *testing.T) {
	server, provider, _ := serveWith(t, web.Settings{CookieSecret: "secret"}, httpserver.Options{Stream: iostream.Options{TLS: webtest.TestCertificate()}})
	r := server.Fetch("/login", direct)
	require.Equal(t, "__Host-_oauth2_login", r.Cookies[0].Name)
	require.True(t, r.Cookies[0].Secure)
	require.Equal(t, "/", r.Cookies[0].Path)
	callback, err := provider.Callback(r.Header.Get("Location"), true)
	require.NoError(t, err)
	r = server.Fetch(callback, direct)
	require.Equal(t, "u-1|Ann Example|/", r.Body)
	require.Equal(t, "__Host-_oauth2_login", r.Cookies[0].Name, "it is cleared")
	require.True(t, r.Cookies[0].Secure)
}

// A login that began with the last secret ends with the new one.
func TestLoginCookieAfterAChangeOfSecrets(t *testing.T) {
	secrets := map[int]string{1: "old", 2: "new"}
	server, provider, logs := serveWith(t, web.Settings{CookieSecrets: secrets, KeyVersion: 1}, httpserver.Options{})
	start := func() string {
		callback, err := provider.Callback(server.Fetch("/login", direct).Header.Get("Location"), true)
		require.NoError(t, err)
		return callback
	}
	change := func(fn func(s *web.Settings)) {
		_, err := webtest.Await(server, func() (any, error) { fn(server.Application().Settings()); return nil, nil })
		require.NoError(t, err)
	}
	callback := start()
	change(func(s *web.Settings) { s.KeyVersion = 2 })
	require.Equal(t, 200, server.Fetch(callback, direct).StatusCode)
	callback = start()
	change(func(s *web.Settings) { delete(s.CookieSecrets, 2) })
	require.Equal(t, 400, server.Fetch(callback, direct).StatusCode)
	require.Equal(t, 500, server.Fetch("/login", direct).StatusCode)
	require.Contains(t, logs.String(), "define Settings.CookieSecret")
}

// An error page shows no secret and nothing of the provider's page, even in debug mode.
func TestErrorPagesInDebugMode(t *testing.T) {
	server, provider, logs := serveWith(t, web.Settings{CookieSecret: "the secret of cookies", ServeTraceback: true}, httpserver.Options{})
	for _, body := range []string{`{"error":"invalid_grant","error_description":"no"}`, "<b>inside client-secret</b>"} {
		provider.Replace("/token", serveError(400, "text/html", body))
		callback, err := provider.Callback(server.Fetch("/login", direct).Header.Get("Location"), true)
		require.NoError(t, err)
		page := server.Fetch(callback, direct).Body
		for _, secret := range []string{"client-secret", "inside", "secret of cookies"} {
			require.NotContains(t, page, secret)
		}
		require.NotContains(t, logs.String(), "client-secret")
	}
}

type misconfigured struct {
	web.RequestHandler
	auth.OAuth2Mixin
	auth.OIDCMixin
	auth.OpenIDMixin
	auth.TwitterMixin
}

func (h *misconfigured) Get(...string) error {
	var err error
	switch h.GetArgument("what") {
	case "authorize":
		err = h.OAuth2Mixin.AuthorizeRedirect(h, auth.AuthorizeOptions{ClientID: "x"})
	case "client":
		h.OAuth2Mixin.AuthorizeURL = "https://example.com/"
		err = h.OAuth2Mixin.AuthorizeRedirect(h, auth.AuthorizeOptions{})
	case "issuer":
		err = h.OIDCMixin.AuthorizeRedirect(h, auth.AuthorizeOptions{ClientID: "x"})
	case "endpoint":
		err = h.OpenIDMixin.AuthenticateRedirect(h, auth.OpenIDOptions{})
	case "refresh":
		_, err = h.OAuth2Mixin.RefreshToken(h, &auth.Token{AccessToken: "AT"})
	case "token":
		_, err = h.OAuth2Mixin.RefreshToken(h, &auth.Token{RefreshToken: "RT"})
	}
	return h.WriteString(err.Error())
}

// An error about the configuration says what to do.
func TestMistakesInTheConfiguration(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", misconfigured{})} })
	for _, tt := range []struct{ what, want string }{
		{"authorize", "needs AuthorizeURL"}, {"client", "a ClientID"}, {"issuer", "needs an Issuer"}, {"endpoint", "needs an Endpoint"},
		{"refresh", "access_type=offline"}, {"token", "needs AccessTokenURL"},
	} {
		if got := s.get("/?what=" + tt.what).Body; !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s", tt.what, got)
		}
	}
}

type withOptions struct {
	web.RequestHandler
	auth.OAuth2Mixin
	Back auth.UserOptions
}

func (h *withOptions) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{ClientID: authtest.ClientID, RedirectURI: "/login"})
	}
	user, err := h.GetAuthenticatedUser(h, h.Back)
	return respond(&h.RequestHandler, user, err)
}

// The arguments of Tornado's get_authenticated_user may be given as options.
func TestUserOptions(t *testing.T) {
	for _, tt := range []struct {
		back auth.UserOptions
		want int
	}{
		{auth.UserOptions{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, RedirectURI: "/login"}, 200},
		{auth.UserOptions{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, RedirectURI: "/other"}, 400},
		{auth.UserOptions{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret, Code: "another"}, 400},
		{auth.UserOptions{ClientID: authtest.ClientID}, 502},
	} {
		s := serveSite(t, func(issuer string) []web.URLSpec {
			m := plainMixin(issuer)
			m.ClientID, m.ClientSecret = "", ""
			return []web.URLSpec{web.URL("/login", withOptions{OAuth2Mixin: m, Back: tt.back})}
		})
		require.Equal(t, tt.want, s.logIn("/login").StatusCode, "%+v", tt.back)
	}
}

// The ID of a user may be a number that no float64 can hold.
func TestUserIDThatIsANumber(t *testing.T) {
	s := serveSite(t, plainRoutes)
	s.provider.Replace("/userinfo", serveError(200, "application/json", `{"id":12345678901234567890,"name":"Ann"}`))
	require.Equal(t, "12345678901234567890|Ann|/", s.logIn("/login").Body)
}

// auth-b1: a login that was started with one mixin cannot be ended with another.
func TestCallbackOfAnotherProvider(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		other := plainMixin(issuer)
		other.AuthorizeURL = issuer + "/authorize?x=2"
		return append(plainRoutes(issuer), web.URL("/other", plainLogin{OAuth2Mixin: other, Ask: auth.AuthorizeOptions{RedirectURI: "/login"}}))
	})
	require.Equal(t, 400, s.logIn("/other").StatusCode)
	require.Contains(t, s.logs.String(), "started with another provider")
}

// A refusal is a callback too.
func TestIsCallback(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", callbackPage{})} })
	for query, want := range map[string]string{"": "false", "?next=/": "false", "?code=": "true", "?error=x": "true", "?oauth_token=x": "true", "?denied=x": "true", "?openid.mode=cancel": "true"} {
		require.Equal(t, want, s.get("/"+query).Body, query)
	}
}

type callbackPage struct{ web.RequestHandler }

func (h *callbackPage) Get(...string) error {
	if auth.IsCallback(h) {
		return h.WriteString("true")
	}
	return h.WriteString("false")
}
