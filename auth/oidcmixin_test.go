package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

type oidcLogin struct {
	web.RequestHandler
	auth.OIDCMixin
}

func (h *oidcLogin) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	return respond(&h.RequestHandler, user, err)
}

type googleLogin struct {
	web.RequestHandler
	auth.GoogleOAuth2Mixin
}

func (h *googleLogin) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"profile", "email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	return respond(&h.RequestHandler, user, err)
}

func oidcRoutes(issuer string) []web.URLSpec {
	client := auth.OAuth2Mixin{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret}
	google := auth.OIDCMixin{Issuer: issuer}
	return []web.URLSpec{
		web.URL("/login", oidcLogin{OIDCMixin: auth.OIDCMixin{OAuth2Mixin: client, Issuer: issuer}}),
		web.URL("/info", oidcLogin{OIDCMixin: auth.OIDCMixin{OAuth2Mixin: client, Issuer: issuer, WithUserInfo: true}}),
		web.URL("/other", oidcLogin{OIDCMixin: auth.OIDCMixin{OAuth2Mixin: client, Issuer: issuer + "/other"}}),
		web.URL("/google", googleLogin{GoogleOAuth2Mixin: auth.GoogleOAuth2Mixin{OIDCMixin: google}}),
		web.URL("/realgoogle", googleLogin{}),
	}
}

// countURLs returns how often a path was requested from the provider.
func (s *site) countURLs(path string) (n int) {
	for _, url := range s.provider.URLs() {
		if url == path {
			n++
		}
	}
	return n
}

// auth-b2: one mixin serves every provider by discovery. Configuration and keys are read once.
func TestOIDCLogin(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	target := s.start("/login")
	q := queryOf(t, target)
	require.Equal(t, "openid email", q.Get("scope"))
	require.GreaterOrEqual(t, len(q.Get("nonce")), 22)
	require.NotEqual(t, q.Get("nonce"), queryOf(t, s.start("/login")).Get("nonce"))
	for _, path := range []string{"/login", "/info", "/google"} {
		require.Equal(t, "u-1|Ann Example|/", s.logIn(path).Body, path)
	}
	require.Equal(t, 1, s.countURLs("/.well-known/openid-configuration"))
	require.Equal(t, 1, s.countURLs("/keys"))
	require.Equal(t, 1, s.countURLs("/userinfo"))
	s.requireNoSecrets()
}

// A key that the loop does not know is fetched. A key that was withdrawn is refused.
func TestOIDCKeyRotation(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	require.Equal(t, 200, s.logIn("/login").StatusCode)
	old, err := s.provider.SignIDToken(map[string]any{"iss": s.issuer})
	require.NoError(t, err)
	s.provider.RotateKeys()

	r := s.logIn("/login")
	require.Equal(t, 400, r.StatusCode, "keys were fetched less than ten seconds before")
	s.clock.Advance(11 * time.Second)
	require.Equal(t, 200, s.logIn("/login").StatusCode)
	require.Equal(t, 2, s.countURLs("/keys"))

	s.provider.Replace("/token", serveError(200, "application/json", `{"access_token":"AT","id_token":"`+old+`"}`))
	s.clock.Advance(11 * time.Second)
	require.Equal(t, 400, s.logIn("/login").StatusCode)
	require.Contains(t, s.logs.String(), "no key of the provider fits the signature")
}

// A token that names a key must be signed with that key.
func TestOIDCKeyOfAnotherName(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	keys := httptest.NewRecorder()
	s.provider.ServeHTTP(keys, httptest.NewRequest("GET", "/keys", nil))
	s.provider.Replace("/keys", serveError(200, "application/json", strings.ReplaceAll(keys.Body.String(), "key-1", "key-2")))
	require.Equal(t, 400, s.logIn("/login").StatusCode)
}

// A key that the provider has withdrawn is forgotten within the hour, even if no unknown key
// occurs in between.
func TestOIDCKeysGrowOld(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	s.provider.SetTokenAge(3 * time.Hour) // by the system's clock
	require.Equal(t, 200, s.logIn("/login").StatusCode)
	s.clock.Advance(59 * time.Minute)
	require.Equal(t, 200, s.logIn("/login").StatusCode)
	require.Equal(t, 1, s.countURLs("/keys"))
	s.clock.Advance(time.Minute)
	s.provider.Replace("/keys", serveError(503, "text/plain", "down"))
	require.Equal(t, 502, s.logIn("/login").StatusCode)
	s.provider.Replace("/keys", nil)
	require.Equal(t, 200, s.logIn("/login").StatusCode)
}

// changed returns an id_token with another header, but the old signature.
func changed(token, header string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
}

// Every claim of the id_token is checked (OpenID Connect Core, section 3.1.3.7).
func TestIDTokensThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(claims map[string]any, token func() string) string // nil: the token itself
		status int
		log    string
	}{
		{"as it should be", func(c map[string]any, token func() string) string { return token() }, 200, ""},
		{"expired", func(c map[string]any, token func() string) string { c["exp"] = 1000; return token() }, 400, "token is expired"},
		{"of another issuer", func(c map[string]any, token func() string) string { c["iss"] = "https://evil.example"; return token() }, 400, "issued by a different provider"},
		{"for another client", func(c map[string]any, token func() string) string { c["aud"] = "other"; return token() }, 400, "expected audience"},
		{"for two clients", func(c map[string]any, token func() string) string {
			c["aud"] = []string{"client", "other"}
			return token()
		}, 400, "made for another client"},
		{"for two clients, authorized this one", func(c map[string]any, token func() string) string {
			c["aud"], c["azp"] = []string{"client", "other"}, "client"
			return token()
		}, 200, ""},
		{"authorized party is another", func(c map[string]any, token func() string) string { c["azp"] = "other"; return token() }, 400, "made for another client"},
		{"another nonce", func(c map[string]any, token func() string) string { c["nonce"] = "x"; return token() }, 400, "nonce"},
		{"no nonce", func(c map[string]any, token func() string) string { delete(c, "nonce"); return token() }, 400, "nonce"},
		{"no subject", func(c map[string]any, token func() string) string { delete(c, "sub"); return token() }, 400, "names no user"},
		{"of another access token", func(c map[string]any, token func() string) string {
			c["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ"
			return token()
		}, 400, "another access token"},
		{"not yet valid", func(c map[string]any, token func() string) string { c["nbf"] = 99999999999; return token() }, 400, "not before"},
		{"unsigned", func(c map[string]any, token func() string) string { return changed(token(), `{"alg":"none"}`) }, 400, "malformed jwt"},
		{"signed with the public key", func(c map[string]any, token func() string) string { return changed(token(), `{"alg":"HS256"}`) }, 400, "malformed jwt"},
		{"wrongly signed", func(c map[string]any, token func() string) string {
			return changed(token(), `{"alg":"ES256","x":1,"kid":"key-1"}`)
		}, 400, "no key of the provider fits"},
		{"not a token", func(c map[string]any, token func() string) string { return "a.b" }, 400, "malformed jwt"},
		{"missing", func(c map[string]any, token func() string) string { return "" }, 502, "no id_token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, oidcRoutes)
			target := s.start("/login")
			claims := map[string]any{"iss": s.issuer, "aud": "client", "sub": "u-1", "name": "Ann Example", "nonce": queryOf(t, target).Get("nonce"),
				"exp": s.clock.Now().Add(time.Minute).Unix(), "iat": s.clock.Now().Unix()}
			idToken := tt.change(claims, func() string {
				token, err := s.provider.SignIDToken(claims)
				require.NoError(t, err)
				return token
			})
			body, err := json.Marshal(map[string]string{"access_token": "AT", "id_token": idToken})
			require.NoError(t, err)
			s.provider.Replace("/token", serveError(200, "application/json", string(body)))
			r := s.get(s.callback(target, true))
			require.Equal(t, tt.status, r.StatusCode, r.Body)
			require.Contains(t, s.logs.String(), tt.log)
			if idToken != "" {
				require.NotContains(t, s.logs.String()+r.Body, idToken)
			}
		})
	}
}

// A login fails if the user refuses, and if the tokens have expired when they arrive.
func TestOIDCRefusalAndExpiredToken(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	r := s.get(s.callback(s.start("/login"), false))
	require.Equal(t, 403, r.StatusCode)
	require.Contains(t, r.Body, "Login refused")
	s.provider.SetTokenAge(-time.Minute)
	r = s.logIn("/login")
	require.Equal(t, 400, r.StatusCode)
	require.Contains(t, s.logs.String(), "expired")
	s.provider.SetTokenAge(time.Hour)
	s.provider.OmitNonce()
	require.Equal(t, 400, s.logIn("/login").StatusCode)
}

// A provider whose configuration cannot be used is not asked anything else.
func TestOIDCConfigurationsThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, body, log string }{
		{"HTML", "<html>Hotel WLAN</html>", "not JSON"},
		{"another issuer", `{"issuer":"https://evil.example","authorization_endpoint":"https://a/","token_endpoint":"https://a/","jwks_uri":"https://a/"}`, "another issuer"},
		{"no URLs", `{"issuer":"ISSUER"}`, "lacks a URL"},
		{"a script", `{"issuer":"ISSUER","authorization_endpoint":"javascript:alert(1)","token_endpoint":"https://a/","jwks_uri":"https://a/"}`, "lacks a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, oidcRoutes)
			s.provider.Replace("/.well-known/openid-configuration", serveError(200, "application/json", strings.ReplaceAll(tt.body, "ISSUER", s.issuer)))
			r := s.get("/login")
			require.Equal(t, 502, r.StatusCode)
			require.Empty(t, r.Cookies)
			require.Contains(t, s.logs.String(), tt.log)
		})
	}
	s := serveSite(t, oidcRoutes)
	require.Equal(t, 502, s.get("/other").StatusCode, "a provider that has no configuration there")
}

// A configuration that was read before is used while the provider is down.
func TestOIDCConfigurationIsKept(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	s.start("/login")
	s.clock.Advance(25 * time.Hour)
	s.provider.Replace("/.well-known/openid-configuration", serveError(503, "text/plain", "down"))
	s.start("/login")
	s.start("/login")
	require.Equal(t, 2, s.countURLs("/.well-known/openid-configuration"), "it is tried again after a minute only")
	s.clock.Advance(2 * time.Minute)
	s.start("/login")
	require.Equal(t, 3, s.countURLs("/.well-known/openid-configuration"))
}

// auth-17: Google's URLs need no discovery, and the client is the setting google_oauth.
func TestGoogleRedirect(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	target := s.start("/realgoogle")
	require.True(t, strings.HasPrefix(target, "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&redirect_uri="), target)
	q := queryOf(t, target)
	require.Equal(t, "client", q.Get("client_id"))
	require.Equal(t, "openid profile email", q.Get("scope"))
}

// auth-18: the code is exchanged with Tornado's form, and a code that Google refuses fails.
func TestGoogleLogin(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	require.Equal(t, "u-1|Ann Example|/", s.logIn("/google").Body)
	forms := make(chan string, 1)
	s.provider.Replace("/token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		r.PostForm.Del("code_verifier")
		r.PostForm.Del("code")
		forms <- r.PostForm.Encode()
		serveError(400, "application/json", `{"error":"invalid_grant","error_description":"Malformed auth code."}`)(w, r)
	})
	r := s.logIn("/google")
	require.Equal(t, 400, r.StatusCode)
	require.Equal(t, "client_id=client&client_secret=client-secret&grant_type=authorization_code&redirect_uri="+strings.ReplaceAll(strings.ReplaceAll(s.GetURL("/google"), ":", "%3A"), "/", "%2F"), <-forms)
	require.Contains(t, s.logs.String(), "invalid_grant: Malformed auth code.")
}

type unset struct {
	web.RequestHandler
	auth.GoogleOAuth2Mixin
}

func (h *unset) GetGoogleOAuthSettings(auth.Handler) (auth.GoogleOAuthSettings, error) {
	return auth.GoogleOAuthSettings{Key: "chosen"}, nil
}

func (h *unset) Get(...string) error {
	if h.Request().Query == "" {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{})
	}
	_, err := h.GoogleOAuth2Mixin.GetGoogleOAuthSettings(h)
	return h.WriteString(err.Error())
}

// auth-17: a handler chooses the client by an override, and a missing setting is named.
func TestGoogleSettings(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/login", unset{})} })
	require.Equal(t, "chosen", queryOf(t, s.start("/login")).Get("client_id"))
	s.removeSetting("google_oauth")
	require.Contains(t, s.get("/login?x").Body, `define the setting "google_oauth"`)
}

// The user information must be about the user of the id_token.
func TestOIDCUserInfoOfAnotherUser(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	s.provider.Replace("/userinfo", serveError(200, "application/json", `{"sub":"u-2","name":"Eve"}`))
	require.Equal(t, 502, s.logIn("/info").StatusCode)
	require.Contains(t, s.logs.String(), "about another user")
	s.provider.Replace("/userinfo", serveError(200, "application/json", `{"sub":"u-1","name":"Ann of the user information"}`))
	require.Equal(t, "u-1|Ann Example|/", s.logIn("/info").Body, "the claims of the id_token win")
}

type ownGoogle struct {
	web.RequestHandler
	auth.GoogleOAuth2Mixin
}

func (h *ownGoogle) Get(...string) error {
	return h.AuthorizeRedirect(h, auth.AuthorizeOptions{ClientID: "mine"})
}

// If the options name a client, the setting is not needed.
func TestGoogleClientInOptions(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", ownGoogle{})} })
	s.removeSetting("google_oauth")
	require.Equal(t, "mine", queryOf(t, s.start("/")).Get("client_id"))
}

// The provider is read on the loop without blocking it, and logins at the same time share a
// fetch of keys: the provider sends its keys only when it has sent all tokens.
func TestOIDCLoginsAtTheSameTime(t *testing.T) {
	s := serveSite(t, oidcRoutes)
	const logins = 8
	keys := httptest.NewRecorder()
	s.provider.ServeHTTP(keys, httptest.NewRequest("GET", "/keys", nil))
	s.provider.Replace("/keys", func(w http.ResponseWriter, r *http.Request) {
		for deadline := time.Now().Add(20 * time.Second); s.countURLs("/token") < logins && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		w.Write(keys.Body.Bytes())
	})
	results := make(chan int, logins)
	for range logins {
		r := s.get("/login")
		request, err := http.NewRequest("GET", s.callback(r.Header.Get("Location"), true), nil)
		require.NoError(t, err)
		request.AddCookie(&http.Cookie{Name: r.Cookies[0].Name, Value: r.Cookies[0].Value})
		go func() {
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				results <- 0
				return
			}
			response.Body.Close()
			results <- response.StatusCode
		}()
	}
	for range logins {
		require.Equal(t, 200, <-results)
	}
	require.Equal(t, 2, s.countURLs("/keys"), "one of them by this test")
}
