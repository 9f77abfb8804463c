package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

// A visitor is a client that stores cookies and follows no redirects. It uses a new connection
// for each request: the server answers a rejected upload before the body is read and then
// closes the connection.
type visitor struct {
	t      *testing.T
	s      *testServer
	client http.Client
}

func visit(t *testing.T, s *testServer) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visitor{t, s, http.Client{Timeout: patience, Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	return v.read(v.client.Get(v.s.url(path)))
}

func (v *visitor) post(path string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	return v.read(v.client.PostForm(v.s.url(path), form))
}

func (v *visitor) read(answer *http.Response, err error) (*http.Response, string) {
	v.t.Helper()
	require.NoError(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	return answer, string(body)
}

var tokenField = regexp.MustCompile(`(?:name="_xsrf" value|data-token)="([^"]+)"`)

// token returns the XSRF token of a page.
func (v *visitor) token(path string) string {
	v.t.Helper()
	_, body := v.get(path)
	found := tokenField.FindStringSubmatch(body)
	require.NotNil(v.t, found, body)
	return found[1]
}

func TestLoginAndLogout(t *testing.T) {
	v := visit(t, serve(t, 1))
	answer, _ := v.get("/account")
	require.Equal(t, 302, answer.StatusCode)
	require.Equal(t, "/login?next=%2Faccount", answer.Header.Get("Location"))

	token := v.token("/login?next=%2Faccount")
	answer, body := v.post("/login", url.Values{"_xsrf": {token}, "name": {" "}})
	require.Equal(t, 400, answer.StatusCode)
	require.Contains(t, body, "Say who you are.")
	answer, _ = v.post("/login", url.Values{"_xsrf": {token}, "name": {"Ada <b>"}, "next": {"/account?a=1"}})
	require.Equal(t, 303, answer.StatusCode)
	require.Equal(t, "/account?a=1", answer.Header.Get("Location"))
	cookie := answer.Header.Get("Set-Cookie")
	require.Contains(t, cookie, `user="2|1:0|10:`)
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "SameSite=Lax")

	answer, body = v.get("/account")
	require.Equal(t, 200, answer.StatusCode)
	require.Contains(t, body, "Hello, <bdi>Ada &lt;b&gt;</bdi>")
	answer, _ = v.post("/logout", url.Values{"_xsrf": {token}})
	require.Equal(t, "/login", answer.Header.Get("Location"))
	answer, _ = v.get("/account")
	require.Equal(t, 302, answer.StatusCode)
}

func TestLoginNeedsTheTokenOfItsForm(t *testing.T) {
	s := serve(t, 1)
	v, other := visit(t, s), visit(t, s)
	good := v.token("/login")
	for _, tt := range []struct {
		path, token string
		status      int
	}{
		{"/login", "", 403},
		{"/login", other.token("/login"), 403},
		{"/logout", "", 403},
		{"/upload", "", 403},
		{"/login", good, 303},
	} {
		answer, _ := v.post(tt.path, url.Values{"_xsrf": {tt.token}, "name": {"Ada"}})
		if answer.StatusCode != tt.status {
			t.Errorf("POST %s with token %q: got %d, want %d", tt.path, tt.token, answer.StatusCode, tt.status)
		}
	}
}

func TestForgedCookieIsRejected(t *testing.T) {
	s := serve(t, 1)
	v := visit(t, s)
	v.post("/login", url.Values{"_xsrf": {v.token("/login")}, "name": {"Ada"}})
	where, err := url.Parse(s.url("/"))
	require.NoError(t, err)
	for _, c := range v.client.Jar.Cookies(where) {
		if c.Name == userCookie {
			c.Value = strings.Replace(c.Value, "QWRh", "QmRh", 1) // Ada, Bda
			v.client.Jar.SetCookies(where, []*http.Cookie{c})
		}
	}
	answer, _ := v.get("/account")
	require.Equal(t, 302, answer.StatusCode)
}

func TestLocalURL(t *testing.T) {
	for _, tt := range []struct{ next, want string }{
		{"", "/account"},
		{"/account", "/account"},
		{"/chat/tea?name=a#b", "/chat/tea?name=a#b"},
		{"//evil.example/", "/account"},
		{"///evil.example/", "/account"},
		{`/\evil.example/`, "/account"},
		{"https://evil.example/", "/account"},
		{"javascript:alert(1)", "/account"},
		{"account", "/account"},
		{"/\x00", "/account"},
	} {
		if got := localURL(tt.next); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.next, got, tt.want)
		}
	}
}

func TestBrowserLogin(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/account"))
	b.WaitFor(`location.pathname === "/login"`)
	b.Write("#name", "Ada")
	b.Click("main .primary")
	b.WaitFor(`location.pathname === "/account" && document.querySelector("h1").textContent === "Hello, Ada"`)
	b.Screenshot("account")
	b.Click("main .primary")
	b.WaitFor(`location.pathname === "/login" && document.querySelector(".pill").textContent === "Not logged in"`)
	b.RequireNoErrors()
}
