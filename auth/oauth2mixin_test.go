package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/stretchr/testify/require"
)

// auth-14: the redirect keeps the query of the authorize URL, and has Tornado's arguments
// in Tornado's order.
func TestOAuth2Redirect(t *testing.T) {
	s := serveSite(t, plainRoutes)
	login := url.QueryEscape(s.GetURL("/login"))
	target := s.start("/login")
	require.True(t, strings.HasPrefix(target, s.issuer+"/authorize?x=1&response_type=code&redirect_uri="+login+"&client_id=client&scope=a+b&state="), target)

	target = s.start("/own")
	require.True(t, strings.HasPrefix(target, s.issuer+"/authorize?x=1&response_type=code&redirect_uri="+login+"&client_id=client&access_type=offline&prompt=login&state=mine&"), target)
}

// auth-15: unlike in Tornado, every login has a state and a PKCE challenge of its own, and
// the cookie shows neither.
func TestOAuth2LoginHasStateAndChallenge(t *testing.T) {
	s := serveSite(t, plainRoutes)
	r := s.get("/login")
	first, second := queryOf(t, r.Header.Get("Location")), queryOf(t, s.start("/login"))
	for _, name := range []string{"state", "code_challenge"} {
		require.GreaterOrEqual(t, len(first.Get(name)), 22, name)
		require.NotEqual(t, first.Get(name), second.Get(name), name)
	}
	require.Equal(t, "S256", first.Get("code_challenge_method"))
	require.Empty(t, queryOf(t, s.start("/nopkce")).Get("code_challenge"))

	require.Len(t, r.Cookies, 1)
	cookie := r.Cookies[0]
	require.Equal(t, "_oauth2_login", cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	require.Equal(t, 600, cookie.MaxAge)
	require.NotContains(t, cookie.Value, first.Get("state"))
}

func TestOAuth2Login(t *testing.T) {
	s := serveSite(t, plainRoutes)
	for _, tt := range []struct{ path, want string }{
		{"/login", "u-1|Ann Example|/"},
		{"/login?next=/members%3Fa%3Db", "u-1|Ann Example|/members?a=b"},
		{"/login?next=//evil.example/", "u-1|Ann Example|/"},
		{"/nopkce", "u-1|Ann Example|/"},
		{"/own", "u-1|Ann Example|/inbox?x=1"},
	} {
		if r := s.logIn(tt.path); r.StatusCode != 200 || r.Body != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.path, r.StatusCode, r.Body, tt.want)
		}
	}
	s.requireNoSecrets()
}

// A callback that does not belong to a login of this browser is refused, and the login
// cannot be tried again.
func TestOAuth2CallbacksThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, start string
		change      func(s *site, callback string) string
		status      int
		log         string
	}{
		{"no state", "/login", func(s *site, u string) string { return with(s.t, u, "state", "") }, 400, "argument state"},
		{"another state", "/login", func(s *site, u string) string { return with(s.t, u, "state", "x") }, 400, "argument state"},
		{"no code", "/login", func(s *site, u string) string { return with(s.t, u, "code", "", "error", "") + "&openid.mode=x" }, 400, "argument code is missing"},
		{"another code", "/login", func(s *site, u string) string { return with(s.t, u, "code", "x") }, 400, "invalid_grant: the code is unknown"},
		{"another login's code", "/login", func(s *site, u string) string {
			return with(s.t, u, "code", queryOf(s.t, s.callback(with(s.t, s.issuer+"/authorize", "client_id", "client", "response_type", "code",
				"redirect_uri", s.GetURL("/login"), "code_challenge", "other", "code_challenge_method", "S256"), true)).Get("code"))
		}, 400, "invalid_grant: the verifier is not that of the code"},
		{"the user refuses", "/login", func(s *site, u string) string {
			return with(s.t, u, "code", "", "error", "access_denied", "error_description", "The user refused")
		}, 403, "access_denied: The user refused"},
		{"a refusal of another login", "/login", func(s *site, u string) string {
			return with(s.t, u, "code", "", "error", "access_denied", "state", "x")
		}, 400, "argument state"},
		{"a code with control characters", "/login", func(s *site, u string) string {
			return with(s.t, u, "code", "", "error", "bad\r\n<script>", "error_description", strings.Repeat("é<", 5000))
		}, 400, "bad<script>"},
		{"too late", "/login", func(s *site, u string) string { s.clock.Advance(10 * time.Minute); return u }, 400, "took longer than"},
		{"without the cookie", "/login", func(s *site, u string) string { s.Client().Jar = nil; return u }, 400, "cookie _oauth2_login is missing"},
		{"the second time", "/login", func(s *site, u string) string { require.Equal(s.t, 200, s.get(u).StatusCode); return u }, 400, "was used already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, plainRoutes)
			callback := s.callback(s.start(tt.start), true)
			r := s.get(tt.change(s, callback))
			require.Equal(t, tt.status, r.StatusCode, r.Body)
			require.Contains(t, r.Body, "Please start the login again")
			require.NotContains(t, r.Body, "<script>")
			require.Contains(t, s.logs.String(), tt.log)
			require.Equal(t, 400, s.get(callback).StatusCode, "the login cannot be tried again")
		})
	}
}

// auth-b4: a cookie that this application has not made is a 400, whatever its form.
func TestMalformedLoginCookies(t *testing.T) {
	s := serveSite(t, plainRoutes)
	good := s.get("/login").Cookies[0].Value
	s.Client().Jar = nil
	flipped := []byte(good)
	flipped[len(flipped)-5] ^= 1
	for _, value := range []string{"x", ".", "0.", "0.AAAA", "1." + good[2:], string(flipped), good[:len(good)-4], "99999999999999999999." + good[2:], `cnQ=|cnM=`} {
		r := s.Fetch("/login?code=x&state=y", webtest.FetchOptions{Header: http.Header{"Cookie": {"_oauth2_login=" + value}}})
		require.Equal(t, 400, r.StatusCode, value)
	}
}

// A provider that fails makes an error page that says what to do. Its own text reaches the
// log only.
func TestOAuth2ProviderThatFails(t *testing.T) {
	const page = "<html>Internal details client-secret</html>"
	for _, tt := range []struct {
		name, path string
		serve      http.HandlerFunc
		status     int
		log        string
	}{
		{"down", "/token", serveError(503, "text/html", page), 502, "Internal details [secret]"},
		{"HTML with 200", "/token", serveError(200, "text/html", page), 502, "not JSON"},
		{"no token", "/token", serveError(200, "application/json", `{"token_type":"Bearer"}`), 502, "no access_token"},
		{"two values", "/token", serveError(200, "application/json", `{"access_token":"a"} {}`), 502, "more than one JSON value"},
		{"null", "/token", serveError(200, "application/json", `null`), 502, "null"},
		{"error with 200", "/token", serveError(200, "application/json", `{"error":"bad_verification_code","error_description":"expired"}`), 400, "bad_verification_code: expired"},
		{"error with 200 as a form", "/token", serveError(200, "application/x-www-form-urlencoded", `error=bad_verification_code`), 400, "bad_verification_code"},
		{"a redirect", "/token", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/stolen", http.StatusTemporaryRedirect)
		}, 502, "status 307"},
		{"too large", "/token", serveError(200, "application/json", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`), 502, "more than 1048576 bytes"},
		{"wrong client", "/token", serveError(401, "application/json", `{"error":"invalid_client"}`), 502, "invalid_client"},
		{"breaks off", "/token", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, "provider_unavailable"},
		{"no user", "/userinfo", serveError(200, "application/json", `{}`), 502, "says nothing about the user"},
		{"refuses the token", "/userinfo", serveError(401, "application/json", `{"error":"invalid_token"}`), 502, "refuses the request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, plainRoutes)
			s.provider.Replace(tt.path, tt.serve)
			r := s.logIn("/login")
			require.Equal(t, tt.status, r.StatusCode, r.Body)
			require.Contains(t, r.Body, "lease")
			require.NotContains(t, r.Body, "details")
			require.Contains(t, s.logs.String(), tt.log)
			require.NotContains(t, s.logs.String(), authtest.ClientSecret)
			require.Zero(t, s.countURLs("/stolen"))
		})
	}
}

// A response that cannot be used may still have a token, so it is not logged.
func TestBrokenTokenResponseIsNotLogged(t *testing.T) {
	s := serveSite(t, plainRoutes)
	s.provider.Replace("/token", serveError(200, "application/json", `{"access_token":"leaked",`))
	require.Equal(t, 502, s.logIn("/login").StatusCode)
	require.Contains(t, s.logs.String(), "not JSON")
	require.NotContains(t, s.logs.String(), "leaked")
}

// auth-b6: a provider that does not respond is given up after 20 seconds.
func TestOAuth2SlowProvider(t *testing.T) {
	s := serveSite(t, plainRoutes)
	arrived, release := make(chan bool), make(chan bool)
	s.provider.Replace("/token", func(http.ResponseWriter, *http.Request) { close(arrived); <-release })
	defer close(release)
	callback := s.callback(s.start("/login"), true)
	go func() {
		<-arrived
		s.clock.Advance(21 * time.Second)
	}()
	r := s.get(callback)
	require.Equal(t, 502, r.StatusCode)
	require.Contains(t, s.logs.String(), "provider_unavailable")
}

// The secret of the client goes into the body, or into Basic credentials.
func TestOAuth2ClientAuthentication(t *testing.T) {
	for _, basic := range []bool{false, true} {
		s := serveSite(t, func(issuer string) []web.URLSpec {
			m := plainMixin(issuer)
			m.BasicAuth = basic
			return []web.URLSpec{web.URL("/login", plainLogin{OAuth2Mixin: m})}
		})
		require.Equal(t, 200, s.logIn("/login").StatusCode)
		s.requireNoSecrets()
	}
}

// 2.2: token responses are forms (auth-31).
func TestTokenResponseAsForm(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		m := plainMixin(issuer)
		m.UserInfoURL = ""
		return []web.URLSpec{web.URL("/login", plainLogin{OAuth2Mixin: m})}
	})
	s.provider.Replace("/token", serveError(200, "text/plain; charset=UTF-8", "access_token=AT&expires=5108"))
	require.Equal(t, "||/", s.logIn("/login").Body)
}

type refresher struct {
	web.RequestHandler
	auth.OAuth2Mixin
	Used bool
}

func (h *refresher) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	fresh, err := h.RefreshToken(h, user.Token)
	if err != nil {
		return err
	}
	var info map[string]any
	if err := h.OAuth2Request(h, h.UserInfoURL, auth.RequestOptions{AccessToken: fresh.AccessToken}, &info); err != nil {
		return err
	}
	expired := user.Token.Expired(h.Loop().Now()) || !user.Token.Expired(h.Loop().Now().Add(time.Hour))
	if _, err := h.RefreshToken(h, user.Token); err == nil || expired {
		return web.HTTPErrorf(500, "the refresh token can be used twice, or the expiry is wrong")
	}
	return h.WriteString(info["email"].(string) + " " + fresh.OAuth2().Extra("scope").(string))
}

func TestRefreshToken(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		return []web.URLSpec{web.URL("/login", refresher{OAuth2Mixin: plainMixin(issuer)})}
	})
	r := s.logIn("/login")
	require.Equal(t, "ann@example.com ", r.Body)
}

type oldRefresher struct {
	web.RequestHandler
	auth.OAuth2Mixin
}

func (h *oldRefresher) Get(...string) error {
	fresh, err := h.RefreshToken(h, &auth.Token{RefreshToken: "kept"})
	if err != nil {
		return err
	}
	return h.WriteString(fresh.AccessToken + " " + fresh.RefreshToken)
}

// A provider may send no new refresh token, and it may refuse the old one.
func TestRefreshTokenThatStays(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		return []web.URLSpec{web.URL("/", oldRefresher{OAuth2Mixin: plainMixin(issuer)})}
	})
	s.provider.Replace("/token", serveError(200, "application/json", `{"access_token":"AT"}`))
	require.Equal(t, "AT kept", s.get("/").Body)
	s.provider.Replace("/token", nil)
	require.Equal(t, 400, s.get("/").StatusCode)
	require.Contains(t, s.logs.String(), "invalid_grant")
}

type caller struct {
	web.RequestHandler
	auth.OAuth2Mixin
	URL  string
	Args auth.RequestOptions
}

func (h *caller) Get(...string) error {
	var v any
	if err := h.OAuth2Request(h, h.URL, h.Args, &v); err != nil {
		return err
	}
	return h.WriteJSON(map[string]any{"v": v})
}

// auth-16: arguments are sent without an access token too, a query is kept, and the token is
// a header.
func TestOAuth2Request(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		return []web.URLSpec{
			web.URL("/args", caller{URL: issuer + "/api?a=b", Args: auth.RequestOptions{Args: url.Values{"fields": {"x y"}}}}),
			web.URL("/token", caller{URL: issuer + "/api", Args: auth.RequestOptions{AccessToken: "AT", Args: url.Values{"fields": {"x"}}}}),
			web.URL("/post", caller{URL: issuer + "/api", Args: auth.RequestOptions{AccessToken: "AT", PostArgs: url.Values{"m": {"hi"}}}}),
			web.URL("/error", caller{URL: issuer + "/nothing"}),
			web.URL("/none", caller{}),
		}
	})
	s.provider.Replace("/api", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		w.Write([]byte(`["` + r.Method + " " + r.URL.RawQuery + " " + r.Header.Get("Authorization") + " " + r.PostForm.Encode() + `"]`))
	})
	for _, tt := range []struct{ path, want string }{
		{"/args", `{"v": ["GET a=b&fields=x+y  "]}`},
		{"/token", `{"v": ["GET fields=x Bearer AT "]}`},
		{"/post", `{"v": ["POST  Bearer AT m=hi"]}`},
	} {
		if got := s.get(tt.path).Body; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
	}
	require.Equal(t, 502, s.get("/error").StatusCode)
	require.Equal(t, 500, s.get("/none").StatusCode)
}
