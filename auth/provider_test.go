package auth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/stretchr/testify/require"
)

// A site is an application under test, with its provider and everything that it has logged.
type site struct {
	*webtest.AppServer
	t        *testing.T
	provider *authtest.Provider
	issuer   string // URL of the provider
	clock    *webtest.FakeClock
	logs     *logText
}

// serveSite serves the routes that specs makes for the provider's URL.
func serveSite(t *testing.T, specs func(issuer string) []web.URLSpec) *site {
	t.Helper()
	clock := webtest.NewFakeClock()
	s := serveSiteBy(t, clock, specs)
	s.clock = clock
	return s
}

// serveSiteBy is serveSite with another clock for the application.
func serveSiteBy(t *testing.T, clock ioloop.Clock, specs func(issuer string) []web.URLSpec) *site {
	t.Helper()
	secretsSeen.Clear()
	s := &site{t: t, provider: authtest.New(), logs: captureLog(t)}
	s.issuer = serveProvider(t, s.provider)
	loop, err := ioloop.New(ioloop.Options{Clock: clock})
	require.NoError(t, err)
	s.AppServer = webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication(specs(s.issuer), web.Settings{
			CookieSecret: "a secret of this test", Extra: map[string]any{
				"google_oauth":         auth.GoogleOAuthSettings{Key: authtest.ClientID, Secret: authtest.ClientSecret},
				"twitter_consumer_key": authtest.ClientID, "twitter_consumer_secret": authtest.ClientSecret,
			},
		})
	}, httpserver.Options{Loop: loop})
	s.KeepCookies()
	return s
}

// serveProvider serves a provider until the end of the test and returns its URL.
func serveProvider(t *testing.T, provider *authtest.Provider) string {
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	return server.URL
}

// get fetches a page, without following its redirect.
func (s *site) get(path string) *webtest.Response {
	s.t.Helper()
	return s.Fetch(path, webtest.FetchOptions{NoRedirects: true})
}

// start fetches a login page and returns the URL of the provider to which it redirects.
func (s *site) start(path string) string {
	s.t.Helper()
	r := s.get(path)
	require.Equal(s.t, 302, r.StatusCode, r.Body)
	return r.Header.Get("Location")
}

// callback returns the URL to which the provider sends the browser back.
func (s *site) callback(authorizeURL string, allow bool) string {
	s.t.Helper()
	back, err := s.provider.Callback(authorizeURL, allow)
	require.NoError(s.t, err)
	return back
}

// logIn logs in at a path, and returns the response of the callback.
func (s *site) logIn(path string) *webtest.Response {
	s.t.Helper()
	return s.get(s.callback(s.start(path), true))
}

// with returns a URL with arguments replaced; an argument with the value "" is removed.
func with(t *testing.T, rawURL string, args ...string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	require.NoError(t, err)
	q := u.Query()
	for i := 0; i < len(args); i += 2 {
		if q.Set(args[i], args[i+1]); args[i+1] == "" {
			q.Del(args[i])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func queryOf(t *testing.T, rawURL string) url.Values {
	t.Helper()
	u, err := url.Parse(rawURL)
	require.NoError(t, err)
	return u.Query()
}

// A logText holds everything that was logged.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// captureLog replaces the default logger until the end of the test.
func captureLog(t *testing.T) *logText {
	l, before := new(logText), slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(l, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return l
}

// secretsSeen records what a user got, so that tests can look for it in logs and pages.
var secretsSeen sync.Map

// respond writes the result of a login as a page for tests. An error ends the request.
func respond(h *web.RequestHandler, user *auth.User, err error) error {
	if err != nil {
		return err
	}
	for _, secret := range []string{user.Token.AccessToken, user.Token.RefreshToken, user.Token.IDToken} {
		secretsSeen.Store(secret, true)
	}
	slog.Info(fmt.Sprintf("%v %+v %#v %s", user, *user, *user.Token, user.Token), "token", user.Token, "user", *user.Token)
	return h.WriteString(user.ID + "|" + user.Get("name") + "|" + user.Next)
}

// requireNoSecrets checks that no token is in the log, in a URL of the provider or in text.
func (s *site) requireNoSecrets(text ...string) {
	s.t.Helper()
	all := s.logs.String() + strings.Join(s.provider.URLs(), "\n") + strings.Join(text, "\n")
	require.NotContains(s.t, all, authtest.ClientSecret)
	count := 0
	secretsSeen.Range(func(secret, _ any) bool {
		if count++; secret != "" {
			require.NotContains(s.t, all, secret)
		}
		return true
	})
	require.NotZero(s.t, count, "a login has succeeded")
}

type plainLogin struct {
	web.RequestHandler
	auth.OAuth2Mixin
	Ask auth.AuthorizeOptions
}

func (h *plainLogin) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, h.Ask)
	}
	user, err := h.GetAuthenticatedUser(h)
	return respond(&h.RequestHandler, user, err)
}

func plainMixin(issuer string) auth.OAuth2Mixin {
	return auth.OAuth2Mixin{AuthorizeURL: issuer + "/authorize?x=1", AccessTokenURL: issuer + "/token", UserInfoURL: issuer + "/userinfo",
		ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret}
}

func plainRoutes(issuer string) []web.URLSpec {
	return []web.URLSpec{
		web.URL("/login", plainLogin{OAuth2Mixin: plainMixin(issuer), Ask: auth.AuthorizeOptions{Scope: []string{"a", "b"}}}),
		web.URL("/nopkce", plainLogin{OAuth2Mixin: plainMixin(issuer), Ask: auth.AuthorizeOptions{NoPKCE: true}}),
		web.URL("/own", plainLogin{OAuth2Mixin: plainMixin(issuer), Ask: auth.AuthorizeOptions{
			RedirectURI: "/login", ExtraParams: map[string]string{"state": "mine", "prompt": "login", "access_type": "offline"}, Next: "/inbox?x=1"}}),
	}
}

func serveError(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// removeSetting removes an application's own setting, on the loop.
func (s *site) removeSetting(name string) {
	s.t.Helper()
	_, err := webtest.Await(s, func() (any, error) {
		delete(s.Application().Settings().Extra, name)
		return nil, nil
	})
	require.NoError(s.t, err)
}
