package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A site is the running demo, and the provider that stands in for Facebook.
type site struct {
	t *testing.T
	*webtest.AppServer
	provider *authtest.Provider
}

func serve(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, provider: authtest.New()}
	facebook := httptest.NewServer(s.provider)
	t.Cleanup(facebook.Close)
	s.AppServer = webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return newApp(authtest.ClientID, authtest.ClientSecret, facebook.URL)
	})
	return s
}

// logIn returns a client that has logged in.
func (s *site) logIn() *demotest.Client {
	s.t.Helper()
	client := demotest.NewClient(s.t, s.GetURL(""))
	login := client.Get("/")
	require.Equal(s.t, "/auth/login?next=%2F", login.Location)
	target := client.Get(login.Location).Location
	require.Contains(s.t, target, "/authorize?")
	require.Contains(s.t, target, "scope=user_posts")
	callback, err := s.provider.Callback(target, true)
	require.NoError(s.t, err)
	require.Equal(s.t, "/", client.Get(callback).Location)
	return client
}

// serveText makes the provider respond to a path with a status and a text.
func (s *site) serveText(path string, status int, text string) {
	s.provider.Replace(path, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(text))
	})
}

func TestTheUserSeesTheStream(t *testing.T) {
	s := serve(t)
	page := s.logIn().Get("/")
	require.Equal(t, 200, page.Status)
	require.Contains(t, page.Body, "<b>Ann Example</b>")
	require.Equal(t, 3, strings.Count(page.Body, `<article class="post">`))
	require.NotContains(t, page.Body, "There are no posts.")
	require.Contains(t, page.Body, `/u-2/picture?type=square"`)
	require.Contains(t, page.Body, "Tea &amp; &lt;b&gt;biscuits&lt;/b&gt; at five?")
	require.Regexp(t, `>\d+ minutes? ago</a>`, page.Body)
}

func TestLogOut(t *testing.T) {
	client := serve(t).logIn()
	require.Equal(t, "/", client.Get("/auth/logout").Location)
	require.Equal(t, "/auth/login?next=%2F", client.Get("/").Location)
}

func TestASessionThatHasExpiredLeadsToTheLogin(t *testing.T) {
	s := serve(t)
	client := s.logIn()
	s.serveText("/me/feed", 400, `{"error": {"message": "expired", "type": "OAuthException", "code": 190}}`)
	require.Equal(t, "/auth/login", client.Get("/").Location)
	require.Empty(t, client.Cookie(userCookie))

	// Other faults are not mended by a login.
	for _, tt := range []struct {
		status int
		text   string
	}{{400, `{"error": {"type": "OAuthException", "code": 200}}`}, {500, "<html>"}, {200, "<html>"}, {200, "[]"}} {
		s.provider.Replace("/me/feed", nil)
		client := s.logIn()
		s.serveText("/me/feed", tt.status, tt.text)
		require.Equal(t, 502, client.Get("/").Status, tt.text)
	}
}

func TestPostsWithMissingParts(t *testing.T) {
	s := serve(t)
	client := s.logIn()
	s.serveText("/me/feed", 200, `{"data": []}`)
	require.Contains(t, client.Get("/").Body, "There are no posts.")
	s.serveText("/me/feed", 200, `{"data": [{"id": "1", "from": {"id": "a/b\"", "name": "<i>"}, "created_time": "2026-12-01T12:00:00+0000"}]}`)
	page := client.Get("/").Body
	require.Contains(t, page, "&lt;i&gt;")
	require.Contains(t, page, "/a%2Fb%22/picture")
	require.NotContains(t, page, "permalink")
}

// Neither the cookie nor an address shows the access token, and a changed cookie is none.
func TestTheCookieIsEncrypted(t *testing.T) {
	s := serve(t)
	client := s.logIn()
	value := client.Cookie(userCookie)
	require.NotEmpty(t, value)
	fields := strings.Split(value, "|") // format 2 of signed values: the value is the fifth field
	_, encoded, _ := strings.Cut(fields[4], ":")
	sealed, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "access_token")
	require.NotContains(t, string(sealed), "at-", "the provider's tokens begin so")
	for _, path := range s.provider.URLs() {
		require.NotContains(t, path, "at-")
	}

	other := demotest.NewClient(t, s.GetURL(""))
	for _, forged := range []string{value + "x", "x", "eyJuYW1lIjogIkV2ZSJ9"} {
		request := other.Request("GET", "/", "")
		request.AddCookie(&http.Cookie{Name: userCookie, Value: forged})
		require.Equal(t, 302, other.Do(request).Status, forged)
	}
}

func TestTheProgramNeedsItsKeys(t *testing.T) {
	output, status := demotest.Run(t)
	require.Equal(t, 1, status)
	require.Contains(t, output, "set --facebook_api_key and --facebook_secret")
	program := demotest.Start(t, "--facebook_api_key=the-key", "--facebook_secret=the-secret")
	target := demotest.NewClient(t, program.URL("")).Get("/auth/login").Location
	require.Contains(t, target, "https://www.facebook.com/dialog/oauth?")
	require.Contains(t, target, "client_id=the-key")
}

func TestChromiumReadsTheStream(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(800, 600)
	b.Open(s.GetURL("/"))
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="yes"]`)
	b.WaitFor(`document.querySelectorAll(".post").length === 3`)
	b.WaitFor(`[...document.images].every(image => image.complete && image.naturalWidth > 0)`)
	b.Screenshot("demo-facebook")
	b.Click(`a[href="/auth/logout"]`)
	b.WaitFor(`document.title === "Example provider"`)
}
