package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A site is the running demo, with its room and its provider.
type site struct {
	t *testing.T
	*webtest.AppServer
	room     *Room
	provider *authtest.Provider
}

func serve(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, room: NewRoom(), provider: authtest.New()}
	server := httptest.NewServer(s.provider)
	t.Cleanup(server.Close)
	s.AppServer = webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp(s.room, server.URL+"/openid") })
	return s
}

// logIn returns a client that has logged in and loaded the page.
func (s *site) logIn() *demotest.Client {
	s.t.Helper()
	client := demotest.NewClient(s.t, s.GetURL(""))
	login := client.Get("/")
	require.Equal(s.t, "/auth/login?next=%2F", login.Location)
	callback, err := s.provider.Callback(client.Get(login.Location).Location, true)
	require.NoError(s.t, err)
	require.Equal(s.t, "/", client.Get(callback).Location)
	page := client.Get("/")
	require.Contains(s.t, page.Body, "<b>Ann</b>")
	return client
}

// waitForPolls waits until n polls wait for a message.
func (s *site) waitForPolls(n int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		got, err := webtest.Await(s, func() (int, error) { return len(s.room.waiters), nil })
		return err == nil && got == n
	}, demotest.Timeout, 5*time.Millisecond, "%d polls", n)
}

// post posts a message and returns it.
func post(t *testing.T, client *demotest.Client, body string) (m Message) {
	t.Helper()
	response := client.Post("/a/message/new", url.Values{"body": {body}})
	require.Equal(t, 200, response.Status)
	require.NoError(t, json.Unmarshal([]byte(response.Body), &m))
	return m
}

// messages returns the messages in a response to a poll.
func messages(t *testing.T, poll demotest.Response) []Message {
	t.Helper()
	require.Equal(t, 200, poll.Status)
	var reply struct{ Messages []Message }
	require.NoError(t, json.Unmarshal([]byte(poll.Body), &reply), poll.Body)
	return reply.Messages
}

func TestMessagesHaveTheFirstNameOfTheirSender(t *testing.T) {
	s := serve(t)
	ann, other := s.logIn(), s.logIn()
	poll := other.BeginPost("/a/message/updates", nil)
	s.waitForPolls(1)
	m := post(t, ann, "<i>hello</i>")
	require.Equal(t, "Ann", m["from"])
	require.Contains(t, m["html"], "<b>Ann:</b> &lt;i&gt;hello&lt;/i&gt;")
	require.Equal(t, []Message{m}, messages(t, poll()))
	s.waitForPolls(0)
	require.Contains(t, ann.Get("/").Body, m["html"][:20])
}

func TestAPollAsksForTheMessagesAfterItsCursor(t *testing.T) {
	s := serve(t)
	ann := s.logIn()
	one, two := post(t, ann, "1"), post(t, ann, "2")
	for _, tt := range []struct {
		cursor string
		want   []Message
	}{
		{one["id"], []Message{two}},
		{"", []Message{one, two}},
		{"unknown", []Message{one, two}},
	} {
		require.Equal(t, tt.want, messages(t, ann.Post("/a/message/updates", url.Values{"cursor": {tt.cursor}})))
	}
	for n := range 202 {
		post(t, ann, fmt.Sprint(n))
	}
	require.Len(t, messages(t, ann.Post("/a/message/updates", nil)), 200)
}

func TestAClientThatLeavesIsNoLongerWaitedFor(t *testing.T) {
	s := serve(t)
	ann := s.logIn()
	connection := s.Dial()
	form := url.Values{"_xsrf": {ann.Cookie("_xsrf")}}.Encode()
	fmt.Fprintf(connection, "POST /a/message/updates HTTP/1.1\r\nHost: x\r\nCookie: _xsrf=%s; user=\"%s\"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		ann.Cookie("_xsrf"), ann.Cookie("user"), len(form), form)
	s.waitForPolls(1)
	connection.Close()
	s.waitForPolls(0)
	post(t, ann, "anybody there?")
}

func TestStrangersAreRefused(t *testing.T) {
	s := serve(t)
	ann := s.logIn()
	require.Equal(t, 400, ann.Post("/a/message/new", url.Values{"body": {"a"}, "next": {"//evil.example"}}).Status)
	require.Equal(t, "/", ann.Post("/a/message/new", url.Values{"body": {"a"}, "next": {"/"}}).Location)
	require.Equal(t, 403, ann.Post("/a/message/new", url.Values{"body": {"a"}, "_xsrf": {""}}).Status)
	require.Contains(t, ann.Get("/auth/logout").Body, "You are logged out")
	for _, path := range []string{"/a/message/new", "/a/message/updates"} {
		require.Equal(t, 403, ann.Post(path, url.Values{"body": {"a"}}).Status, path)
	}
	require.Equal(t, 302, ann.Get("/").Status)
}

func TestTheProgramNamesItsProvider(t *testing.T) {
	program := demotest.Start(t)
	target := demotest.NewClient(t, program.URL("")).Get("/auth/login").Location
	require.True(t, strings.HasPrefix(target, "http://127.0.0.1:9000/openid?openid.ns="), target)
}

func TestChromiumChats(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(800, 600)
	b.Open(s.GetURL("/"))
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="yes"]`)
	b.WaitFor(`document.querySelector("nav b").innerText === "Ann"`)
	first := b.Tab()
	s.waitForPolls(1)
	second := b.NewTab()
	b.Open(s.GetURL("/"))
	s.waitForPolls(2)
	b.Write("#message", "Hello from the second tab")
	b.Click("button")
	b.Show(first)
	b.WaitFor(`document.querySelector(".message").innerText === "Ann: Hello from the second tab"`)
	b.Write("#message", "Hello from the first tab")
	b.Click("button")
	b.Show(second)
	b.WaitFor(`document.querySelectorAll(".message").length === 2`)
	b.Screenshot("demo-chat22")
	b.Click("nav a")
	b.WaitFor(`document.body.innerText.includes("You are logged out")`)
}
