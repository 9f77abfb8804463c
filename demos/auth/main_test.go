package main

import (
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

// A site is the running demo, and its provider.
type site struct {
	t *testing.T
	*webtest.AppServer
	provider *authtest.Provider
}

func serve(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, provider: authtest.New()}
	server := httptest.NewServer(s.provider)
	t.Cleanup(server.Close)
	s.AppServer = webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp(server.URL + "/openid") })
	return s
}

// callback begins a login and returns the URL to which the provider sends the browser back.
func (s *site) callback(client *demotest.Client, allow bool) string {
	s.t.Helper()
	login := client.Get("/")
	require.Equal(s.t, "/auth/login?next=%2F", login.Location)
	callback, err := s.provider.Callback(client.Get(login.Location).Location, allow)
	require.NoError(s.t, err)
	return callback
}

func TestLogInAndOut(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.GetURL(""))
	require.Equal(t, "/", client.Get(s.callback(client, true)).Location)
	require.Contains(t, client.Get("/").Body, "<h1>Hello, Ann</h1>")
	require.Equal(t, "/", client.Get("/auth/logout").Location)
	require.Equal(t, 302, client.Get("/").Status)
}

func TestNamesAreEscaped(t *testing.T) {
	s := serve(t)
	value, err := web.CreateSignedValue(s.Application().Settings().CookieSecret, "user", `{"name": "<script>"}`)
	require.NoError(t, err)
	client := demotest.NewClient(t, s.GetURL(""))
	request := client.Request("GET", "/", "")
	request.Header.Set("Cookie", "user="+value)
	require.Contains(t, client.Do(request).Body, "Hello, &lt;script&gt;")
}

func TestForeignCallbacksAreRefused(t *testing.T) {
	s := serve(t)
	client, thief := demotest.NewClient(t, s.GetURL("")), demotest.NewClient(t, s.GetURL(""))
	require.Equal(t, 403, client.Get(s.callback(client, false)).Status, "the user refuses")

	foreign := s.callback(thief, true)
	s.callback(client, true)
	require.Equal(t, 400, client.Get(foreign).Status, "the login of another browser")

	mine := s.callback(client, true)
	require.Equal(t, 400, client.Get(mine+"&openid.sig=x").Status, "another signature")
	require.Equal(t, 302, client.Get("/").Status, "no user is logged in")

	mine = s.callback(client, true)
	require.Equal(t, 302, client.Get(mine).Status)
	require.Equal(t, 400, client.Get(mine).Status, "a login works once")
}

func TestTheProgramNamesItsProvider(t *testing.T) {
	program := demotest.Start(t)
	target := demotest.NewClient(t, program.URL("")).Get("/auth/login").Location
	require.True(t, strings.HasPrefix(target, "http://127.0.0.1:9000/openid?openid.ns="), target)
}

func TestChromiumLogsIn(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(700, 300)
	b.Open(s.GetURL("/"))
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="yes"]`)
	b.WaitFor(`document.querySelector("h1").innerText === "Hello, Ann"`)
	b.Screenshot("demo-auth")
	b.Click("a")
	b.WaitFor(`document.title === "Example provider"`)
}
