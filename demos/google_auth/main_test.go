package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/webdriver"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A site is the running demo, and the provider that it logs in with.
type site struct {
	t        *testing.T
	base     string // URL of the demo
	provider *authtest.Provider
}

func serve(t *testing.T) *site {
	t.Helper()
	provider := authtest.New()
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	program := demotest.Start(t, "--provider="+server.URL,
		"--google_oauth_key="+authtest.ClientID, "--google_oauth_secret="+authtest.ClientSecret)
	return &site{t, fmt.Sprintf("http://localhost:%d", program.Port()), provider}
}

// start begins a login and returns the URL of the provider.
func (s *site) start(client *demotest.Client) string {
	s.t.Helper()
	login := client.Get("/")
	require.Equal(s.t, "/auth/google?next=%2F", login.Location)
	return client.Get(login.Location).Location
}

// callback returns the URL to which the provider sends the browser back.
func (s *site) callback(authorizeURL string, allow bool) string {
	s.t.Helper()
	callback, err := s.provider.Callback(authorizeURL, allow)
	require.NoError(s.t, err)
	return callback
}

func TestTheFirstVisitLogsIn(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	target, err := url.Parse(s.start(client))
	require.NoError(t, err)
	query := target.Query()
	require.Equal(t, s.base+"/auth/google", query.Get("redirect_uri"))
	require.Equal(t, "openid profile email", query.Get("scope"))
	require.Equal(t, "auto", query.Get("approval_prompt"))
	require.Equal(t, "S256", query.Get("code_challenge_method"))
	require.NotEmpty(t, query.Get("state"))

	back := client.Get(s.callback(target.String(), true))
	require.Equal(t, "/", back.Location)
	require.Contains(t, back.Header.Get("Set-Cookie"), "HttpOnly")
	require.Contains(t, client.Get("/").Body, "<h1>Hello Ann Example</h1>")

	before := len(s.provider.URLs())
	require.Contains(t, client.Get("/").Body, "Hello Ann Example")
	require.Equal(t, []string{"/userinfo"}, s.provider.URLs()[before:], "the second visit needs no login")
}

func TestLogOut(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	client.Get(s.callback(s.start(client), true))
	require.Equal(t, "/", client.Get("/logout").Location)
	require.Empty(t, client.Cookie(userCookie))
	require.Equal(t, 302, client.Get("/").Status, "a login is needed again")
}

func TestForeignCallbacksAreRefused(t *testing.T) {
	s := serve(t)
	for _, tt := range []struct {
		name   string
		change func(mine, foreign url.Values) url.Values
		status int
	}{
		{"foreign state", func(mine, foreign url.Values) url.Values { mine["state"] = foreign["state"]; return mine }, 400},
		{"foreign code", func(mine, foreign url.Values) url.Values { mine["code"] = foreign["code"]; return mine }, 400},
		{"foreign login", func(mine, foreign url.Values) url.Values { return foreign }, 400},
		{"no state", func(mine, foreign url.Values) url.Values { mine.Del("state"); return mine }, 400},
	} {
		client, thief := demotest.NewClient(t, s.base), demotest.NewClient(t, s.base)
		mine, err := url.Parse(s.callback(s.start(client), true))
		require.NoError(t, err)
		foreign, err := url.Parse(s.callback(s.start(thief), true))
		require.NoError(t, err)
		mine.RawQuery = tt.change(mine.Query(), foreign.Query()).Encode()
		require.Equal(t, tt.status, client.Get(mine.String()).Status, tt.name)
		require.Empty(t, client.Cookie(userCookie), tt.name)
	}
}

func TestACallbackWorksOnce(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	callback := s.callback(s.start(client), true)
	require.Equal(t, 302, client.Get(callback).Status)
	require.Equal(t, 400, client.Get(callback).Status)
}

func TestAUserMayRefuse(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	require.Equal(t, 403, client.Get(s.callback(s.start(client), false)).Status)
	require.Empty(t, client.Cookie(userCookie))
}

func TestAnExpiredTokenLeadsToTheLogin(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	client.Get(s.callback(s.start(client), true))
	s.provider.Replace("/userinfo", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "{}", http.StatusUnauthorized) })
	require.Equal(t, "/auth/google", client.Get("/").Location)
	require.Empty(t, client.Cookie(userCookie))

	s.provider.Replace("/userinfo", nil)
	client.Get(s.callback(s.start(client), true))
	s.provider.Replace("/userinfo", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>", http.StatusInternalServerError) })
	require.Equal(t, 502, client.Get("/").Status, "another fault of the provider")
}

func TestNamesAreEscaped(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.base)
	client.Get(s.callback(s.start(client), true))
	s.provider.Replace("/userinfo", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(`{"name": "<script>"}`)) })
	require.Contains(t, client.Get("/").Body, "Hello &lt;script&gt;")
}

func TestTheProgramReadsItsConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.cfg")
	require.NoError(t, os.WriteFile(file, []byte("google_oauth_key = 'the-key'\ngoogle_oauth_secret = 'the-secret'\n"), 0o600))
	issuer := httptest.NewServer(authtest.New())
	defer issuer.Close()
	program := demotest.Start(t, "--config_file="+file, "--provider="+issuer.URL)
	target := demotest.NewClient(t, program.URL("")).Get("/auth/google").Location
	require.Contains(t, target, "client_id=the-key")
	require.NotContains(t, target, "the-secret")
	require.Contains(t, target, url.QueryEscape(fmt.Sprintf("http://localhost:%d/auth/google", program.Port())))

	output, status := demotest.Run(t)
	require.Equal(t, 1, status)
	require.Contains(t, output, "set --google_oauth_key and --google_oauth_secret")
	output, status = demotest.Run(t, "--config_file=/no/such/file")
	require.NotEqual(t, 0, status)
	require.Contains(t, output, "/no/such/file")
}

func TestChromiumLogsIn(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(800, 500)
	b.Open(s.base + "/")
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="yes"]`)
	b.WaitFor(`document.querySelector("h1").innerText === "Hello Ann Example"`)
	b.Screenshot("demo-google-auth")
	b.Click("a.button")
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="no"]`)
	b.WaitFor(`document.body.innerText.includes("refused")`)
	b.Screenshot("demo-google-auth-refused")
}
