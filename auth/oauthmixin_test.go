package auth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

type oauth1Login struct {
	web.RequestHandler
	auth.OAuthMixin
	Ask auth.OAuthOptions
}

func (h *oauth1Login) OAuthConsumerToken(auth.Handler) (auth.OAuthToken, error) {
	return auth.OAuthToken{Key: authtest.ClientID, Secret: authtest.ClientSecret}, nil
}

func (h *oauth1Login) OAuthGetUser(_ auth.Handler, token *auth.OAuthToken) (map[string]any, error) {
	if h.Request().Path == "/empty" {
		return nil, nil
	}
	var user map[string]any
	err := h.OAuthRequest(h, h.AccessTokenURL[:strings.Index(h.AccessTokenURL, "/oauth1")]+"/oauth1/account/verify_credentials.json",
		auth.OAuthRequestOptions{AccessToken: token, Args: url.Values{"a": {"x y", "é"}}}, &user)
	return user, err
}

func (h *oauth1Login) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, h.Ask)
	}
	user, err := h.GetAuthenticatedUser(h)
	return respondOAuth(&h.RequestHandler, user, err)
}

func respondOAuth(h *web.RequestHandler, user *auth.OAuthUser, err error) error {
	if err != nil {
		return err
	}
	secretsSeen.Store(user.Token.Key, true)
	secretsSeen.Store(user.Token.Secret, true)
	slog.Info(fmt.Sprintf("%v %+v %#v", user, *user, user.Token), "token", user.Token)
	return h.WriteString(user.Get("name") + "|" + user.Token.Extra["screen_name"] + "|" + user.Next)
}

func oauth1Mixin(issuer string) auth.OAuthMixin {
	return auth.OAuthMixin{RequestTokenURL: issuer + "/oauth1/request_token", AuthorizeURL: issuer + "/oauth1/authorize", AccessTokenURL: issuer + "/oauth1/access_token"}
}

func oauth1Routes(issuer string) []web.URLSpec {
	noCallbacks, version1 := oauth1Mixin(issuer), oauth1Mixin(issuer)
	noCallbacks.NoCallbacks, version1.Version = true, "1.0"
	return []web.URLSpec{
		web.URL("/login", oauth1Login{OAuthMixin: oauth1Mixin(issuer), Ask: auth.OAuthOptions{CallbackURI: "/login", ExtraParams: map[string]string{"scope": "a b"}}}),
		web.URL("/empty", oauth1Login{OAuthMixin: oauth1Mixin(issuer), Ask: auth.OAuthOptions{CallbackURI: "/empty", Next: "/inbox"}}),
		web.URL("/oob", oauth1Login{OAuthMixin: oauth1Mixin(issuer), Ask: auth.OAuthOptions{CallbackURI: "oob"}}),
		web.URL("/nocallbacks", oauth1Login{OAuthMixin: noCallbacks, Ask: auth.OAuthOptions{CallbackURI: "/login"}}),
		web.URL("/version1", oauth1Login{OAuthMixin: version1, Ask: auth.OAuthOptions{CallbackURI: "/version1", ExtraParams: map[string]string{"scope": "a"}}}),
	}
}

// headerOf serves a path and returns the parameters of its Authorization header.
func (s *site) headerOf(path, body string) chan string {
	headers := make(chan string, 1)
	s.provider.Replace(path, func(w http.ResponseWriter, r *http.Request) {
		headers <- r.URL.RawQuery + r.Header.Get("Authorization")
		w.Write([]byte(body))
	})
	return headers
}

// auth-1, auth-2: the parameters and their order are Tornado's, but they are in a header.
func TestOAuth1RequestToken(t *testing.T) {
	s := serveSite(t, oauth1Routes)
	for _, tt := range []struct{ path, names string }{
		{"/login", "oauth_consumer_key oauth_signature_method oauth_timestamp oauth_nonce oauth_version oauth_callback scope oauth_signature"},
		{"/version1", "oauth_consumer_key oauth_signature_method oauth_timestamp oauth_nonce oauth_version oauth_signature"},
		{"/oob", "oauth_consumer_key oauth_signature_method oauth_timestamp oauth_nonce oauth_version oauth_callback oauth_signature"},
	} {
		headers := s.headerOf("/oauth1/request_token", "oauth_token=k&oauth_token_secret=s")
		s.get(tt.path)
		header, ok := strings.CutPrefix(<-headers, "OAuth ")
		require.True(t, ok, header)
		var names []string
		for part := range strings.SplitSeq(header, ", ") {
			name, _, _ := strings.Cut(part, "=")
			names = append(names, name)
		}
		require.Equal(t, tt.names, strings.Join(names, " "))
		require.Contains(t, header, `oauth_signature_method="HMAC-SHA1"`)
		require.Contains(t, header, `oauth_version="1.0"`)
		require.Contains(t, header, fmt.Sprintf(`oauth_timestamp="%d"`, s.clock.Now().Unix()))
	}
}

// auth-3: the browser is sent on with the request token. Unlike in Tornado, the cookie does
// not show the secret.
func TestOAuth1Redirect(t *testing.T) {
	s := serveSite(t, oauth1Routes)
	s.headerOf("/oauth1/request_token", "oauth_token=zxcv&oauth_token_secret=1234567890")
	r := s.get("/login")
	require.Equal(t, s.issuer+"/oauth1/authorize?oauth_token=zxcv&oauth_callback="+url.QueryEscape(s.GetURL("/login")), r.Header.Get("Location"))
	require.Len(t, r.Cookies, 1)
	require.Equal(t, "_oauth_request_token", r.Cookies[0].Name)
	require.True(t, r.Cookies[0].HttpOnly)
	require.NotContains(t, r.Cookies[0].Value, "1234567890")
	require.NotContains(t, r.Cookies[0].Value, "MTIzNDU2Nzg5MA")
}

// auth-4: without a callback, the response is the URL that the user must open.
func TestOAuth1OutOfBand(t *testing.T) {
	s := serveSite(t, oauth1Routes)
	s.headerOf("/oauth1/request_token", "oauth_token=zxcv&oauth_token_secret=1")
	r := s.get("/oob")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, s.issuer+"/oauth1/authorize?oauth_token=zxcv", r.Body)
}

// auth-5.
func TestOAuth1WithoutCallbacks(t *testing.T) {
	s := serveSite(t, oauth1Routes)
	require.Equal(t, 500, s.get("/nocallbacks").StatusCode)
	require.Contains(t, s.logs.String(), "this service does not support oauth_callback")
}

// auth-6: a failed request for a token is an error page, not a redirect.
func TestOAuth1RequestTokenFails(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
	}{{500, "down"}, {401, "no"}, {200, "<html>"}, {200, "oauth_token=k"}} {
		s := serveSite(t, oauth1Routes)
		s.provider.Replace("/oauth1/request_token", serveError(tt.status, "text/plain", tt.body))
		r := s.get("/login")
		require.Equal(t, 502, r.StatusCode, tt.body)
		require.Empty(t, r.Cookies)
	}
}

func TestOAuth1Login(t *testing.T) {
	s := serveSite(t, oauth1Routes)
	require.Equal(t, "Ann Example|ann|/", s.logIn("/login").Body)
	require.Equal(t, "Ann Example|ann|/me", s.logIn("/login?next=/me").Body)
	s.requireNoSecrets()
}

// auth-7, auth-8: callbacks that are refused, each with a 400 or a reason of its own.
func TestOAuth1CallbacksThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, start string
		change      func(s *site, callback string) string
		status      int
		log         string
	}{
		{"another token", "/login", func(s *site, u string) string { return with(s.t, u, "oauth_token", "x") }, 400, "oauth_token is missing or belongs to another login"},
		{"another verifier", "/login", func(s *site, u string) string { return with(s.t, u, "oauth_verifier", "x") }, 400, "refuses the request token"},
		{"no verifier", "/login", func(s *site, u string) string { return with(s.t, u, "oauth_verifier", "") }, 400, "refuses the request token"},
		{"refused", "/login", func(s *site, u string) string {
			return with(s.t, u, "oauth_verifier", "", "denied", queryOf(s.t, u).Get("oauth_token"), "oauth_token", "")
		}, 403, "access_denied"},
		{"without the cookie", "/login", func(s *site, u string) string { s.Client().Jar = nil; return u }, 400, "cookie _oauth_request_token is missing"},
		{"the second time", "/login", func(s *site, u string) string { require.Equal(s.t, 200, s.get(u).StatusCode); return u }, 400, "was used already"},
		{"no such user", "/empty", func(s *site, u string) string { return u }, 502, "does not know the user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serveSite(t, oauth1Routes)
			callback := s.callback(s.start(tt.start), true)
			require.Equal(t, tt.status, s.get(tt.change(s, callback)).StatusCode)
			require.Contains(t, s.logs.String(), tt.log)
			require.NotEqual(t, 200, s.get(callback).StatusCode, "the login cannot be tried again")
		})
	}
}

type forgotten struct {
	web.RequestHandler
	auth.OAuthMixin
}

func (h *forgotten) Get(...string) error { return h.AuthorizeRedirect(h, auth.OAuthOptions{}) }

// A handler without the hooks gets an error that names them.
func TestOAuth1HooksThatAreMissing(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		return []web.URLSpec{web.URL("/login", forgotten{OAuthMixin: oauth1Mixin(issuer)})}
	})
	require.Equal(t, 500, s.get("/login").StatusCode)
	require.Contains(t, s.logs.String(), "override OAuthConsumerToken")
}

type parametersPage struct {
	web.RequestHandler
	auth.OAuthMixin
}

func (h *parametersPage) OAuthConsumerToken(auth.Handler) (auth.OAuthToken, error) {
	return auth.OAuthToken{Key: "asdf", Secret: "qwer"}, nil
}

func (h *parametersPage) Get(...string) error {
	p, err := h.OAuthRequestParameters(h, "http://www.example.com/api/asdf", &auth.OAuthToken{Key: "uiop", Secret: "5678"}, url.Values{"foo": {"bar"}}, "GET")
	if err != nil {
		return err
	}
	return h.WriteJSON(p)
}

// auth-12.
func TestOAuth1RequestParameters(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", parametersPage{})} })
	body := s.get("/").Body
	for _, part := range []string{`"oauth_consumer_key": "asdf"`, `"oauth_token": "uiop"`, `"oauth_nonce": "`, `"oauth_signature": "`} {
		require.Contains(t, body, part)
	}
	require.NotContains(t, body, "foo")
}

type twitterLogin struct {
	web.RequestHandler
	auth.TwitterMixin
}

func (h *twitterLogin) Get(...string) error {
	switch {
	case h.Request().Path == "/post":
		var v map[string]any
		err := h.TwitterRequest(h, "/statuses/update", auth.OAuthRequestOptions{AccessToken: &auth.OAuthToken{Key: "k", Secret: "s"}, PostArgs: url.Values{"status": {"Testing"}}}, &v)
		if err != nil {
			return err
		}
		return h.WriteJSON(v)
	case !auth.IsCallback(h):
		return h.AuthenticateRedirect(h, auth.OAuthOptions{CallbackURI: "/login"})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err == nil && user.Get("username") != "ann" {
		return web.HTTPErrorf(500, "username is %q", user.Get("username"))
	}
	return respondOAuth(&h.RequestHandler, user, err)
}

func twitterRoutes(issuer string) []web.URLSpec {
	local := twitterLogin{TwitterMixin: auth.TwitterMixin{OAuthMixin: oauth1Mixin(issuer), AuthenticateURL: issuer + "/oauth1/authenticate", BaseURL: issuer + "/oauth1"}}
	return []web.URLSpec{web.URL("/login|/post", local)}
}

// auth-24, auth-26: the URL of Twitter's page that does not ask again has no callback, and the
// user has a username.
func TestTwitterLogin(t *testing.T) {
	s := serveSite(t, twitterRoutes)
	target := s.start("/login")
	require.True(t, strings.HasPrefix(target, s.issuer+"/oauth1/authenticate?oauth_token="), target)
	require.NotContains(t, target, "callback")
	require.Equal(t, "Ann Example|ann|/", s.get(s.callback(target, true)).Body)
	s.requireNoSecrets()
}

type realTwitter struct {
	web.RequestHandler
	auth.TwitterMixin
}

func (h *realTwitter) GetAuthHTTPClient(auth.Handler) httpclient.AsyncHTTPClient {
	return httpclient.NewNetHTTPClient(h.Loop(), echoURL{}, httpclient.Options{})
}

func (h *realTwitter) Get(...string) error {
	var urls []string
	for _, path := range []string{"/statuses/home", "https://upload.example.com/1.1/x"} {
		var url string
		if err := h.TwitterRequest(h, path, auth.OAuthRequestOptions{}, &url); err != nil {
			return err
		}
		urls = append(urls, url)
	}
	return h.WriteString(strings.Join(urls, " "))
}

// An echoURL responds with the URL of the request, in place of the network.
type echoURL struct{}

func (echoURL) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	fmt.Fprintf(w, "%q", r.URL)
	response := w.Result()
	response.Request = r
	return response, nil
}

// auth-23: paths are those of Twitter's API, and whole URLs stay as they are.
func TestTwitterURLs(t *testing.T) {
	s := serveSite(t, func(string) []web.URLSpec { return []web.URLSpec{web.URL("/", realTwitter{})} })
	require.Equal(t, "https://api.twitter.com/1.1/statuses/home.json https://upload.example.com/1.1/x", s.get("/").Body)
}

// auth-23: a missing setting is named.
func TestTwitterSettings(t *testing.T) {
	s := serveSite(t, twitterRoutes)
	s.removeSetting("twitter_consumer_key")
	require.Equal(t, 500, s.get("/login").StatusCode)
	require.Contains(t, s.logs.String(), "twitter_consumer_key")
}

// auth-25: a call has the form in its body, and everything about OAuth in a header.
func TestTwitterRequest(t *testing.T) {
	s := serveSite(t, twitterRoutes)
	requests := make(chan string, 1)
	s.provider.Replace("/oauth1/statuses/update.json", func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Method + " " + r.URL.RawQuery + " " + r.PostFormValue("status") + " " + r.Header.Get("Authorization")
		w.Write([]byte(`{"ok":true}`))
	})
	require.Equal(t, `{"ok": true}`, s.get("/post").Body)
	require.True(t, strings.HasPrefix(<-requests, `POST  Testing OAuth oauth_consumer_key="client", oauth_token="k", `))
	s.provider.Replace("/oauth1/statuses/update.json", serveError(404, "application/json", `{}`))
	require.Equal(t, 502, s.get("/post").StatusCode)
}

type ownClient struct{ oauth1Login }

func (h *ownClient) GetAuthHTTPClient(auth.Handler) httpclient.AsyncHTTPClient {
	return httpclient.New(h.Loop(), httpclient.Options{Defaults: httpclient.HTTPRequest{UserAgent: "own client"}})
}

// auth-13: a handler chooses the client for calls to the provider.
func TestOwnHTTPClient(t *testing.T) {
	s := serveSite(t, func(issuer string) []web.URLSpec {
		return []web.URLSpec{web.URL("/login", ownClient{oauth1Login: oauth1Login{OAuthMixin: oauth1Mixin(issuer)}})}
	})
	agents := make(chan string, 1)
	s.provider.Replace("/oauth1/request_token", func(w http.ResponseWriter, r *http.Request) { agents <- r.UserAgent() })
	s.get("/login")
	require.Equal(t, "own client", <-agents)
}
