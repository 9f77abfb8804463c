package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A room is a running chat room, and its messages.
type room struct {
	t *testing.T
	*webtest.AppServer
	messages *MessageBuffer
}

func openRoom(t *testing.T) *room {
	r := &room{t: t}
	r.AppServer = webtest.Serve(t, func(loop *ioloop.IOLoop) *web.Application {
		r.messages = NewMessageBuffer(loop)
		return newApp(r.messages, false)
	})
	return r
}

// guest returns a client that has loaded the page, and so has an XSRF token.
func (r *room) guest() *demotest.Client {
	r.t.Helper()
	guest := demotest.NewClient(r.t, r.GetURL(""))
	require.Equal(r.t, 200, guest.Get("/").Status)
	return guest
}

// waitForPolls waits until n polls wait for a message.
func (r *room) waitForPolls(n int) {
	r.t.Helper()
	want := fmt.Sprintf("Condition[waiters:%d]", n)
	require.Eventually(r.t, func() bool {
		got, err := webtest.Await(r, func() (string, error) { return r.messages.added.String(), nil })
		return err == nil && got == want
	}, demotest.Timeout, 5*time.Millisecond, want)
}

// post posts a message and returns it.
func post(t *testing.T, guest *demotest.Client, body string) (m Message) {
	t.Helper()
	response := guest.Post("/a/message/new", url.Values{"body": {body}})
	require.Equal(t, 200, response.Status)
	require.NoError(t, json.Unmarshal([]byte(response.Body), &m))
	return m
}

// bodies returns the texts of the messages in a response to a poll.
func bodies(t *testing.T, poll demotest.Response) (found []string) {
	t.Helper()
	require.Equal(t, 200, poll.Status)
	var reply struct{ Messages []Message }
	require.NoError(t, json.Unmarshal([]byte(poll.Body), &reply), poll.Body)
	for _, m := range reply.Messages {
		found = append(found, m.Body)
	}
	return found
}

func TestAPollWaitsForTheNextMessage(t *testing.T) {
	r := openRoom(t)
	ann, ben := r.guest(), r.guest()
	first := ann.BeginPost("/a/message/updates", nil)
	r.waitForPolls(1)
	hello := post(t, ben, "hello")
	require.Equal(t, []string{"hello"}, bodies(t, first()))

	second, third := ann.BeginPost("/a/message/updates", url.Values{"cursor": {hello.ID}}), ben.BeginPost("/a/message/updates", url.Values{"cursor": {hello.ID}})
	r.waitForPolls(2)
	post(t, ben, "how are you?")
	require.Equal(t, []string{"how are you?"}, bodies(t, second()))
	require.Equal(t, []string{"how are you?"}, bodies(t, third()), "the sender's own poll")
	r.waitForPolls(0)
}

func TestAPollAsksForTheMessagesAfterItsCursor(t *testing.T) {
	r := openRoom(t)
	ann := r.guest()
	one := post(t, ann, "1")
	post(t, ann, "2")
	post(t, ann, "3")
	for _, tt := range []struct {
		cursor string
		want   []string
	}{
		{one.ID, []string{"2", "3"}},
		{"", []string{"1", "2", "3"}},
		{"unknown", []string{"1", "2", "3"}},
	} {
		require.Equal(t, tt.want, bodies(t, ann.Post("/a/message/updates", url.Values{"cursor": {tt.cursor}})), tt.cursor)
	}
}

func TestTheRoomRemembers200Messages(t *testing.T) {
	r := openRoom(t)
	ann := r.guest()
	for n := range 203 {
		post(t, ann, fmt.Sprint(n))
	}
	kept := bodies(t, ann.Post("/a/message/updates", nil))
	require.Len(t, kept, 200)
	require.Equal(t, []string{"3", "202"}, []string{kept[0], kept[199]})
	require.Equal(t, 200, strings.Count(ann.Get("/").Body, `class="message"`))
}

func TestAClientThatLeavesIsNoLongerWaitedFor(t *testing.T) {
	r := openRoom(t)
	token := r.guest().Cookie("_xsrf")
	connection := r.Dial()
	form := url.Values{"_xsrf": {token}}.Encode()
	fmt.Fprintf(connection, "POST /a/message/updates HTTP/1.1\r\nHost: x\r\nCookie: _xsrf=%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", token, len(form), form)
	r.waitForPolls(1)
	connection.Close()
	r.waitForPolls(0)
}

func TestPostsAreChecked(t *testing.T) {
	r := openRoom(t)
	ann := r.guest()
	for _, tt := range []struct {
		form     url.Values
		status   int
		location string
	}{
		{url.Values{"body": {"a"}, "_xsrf": {""}}, 403, ""},
		{url.Values{"body": {"a"}, "_xsrf": {"2|00000000|0000|1"}}, 403, ""},
		{url.Values{}, 400, ""},
		{url.Values{"body": {"a"}, "next": {"//evil.example"}}, 400, ""},
		{url.Values{"body": {"a"}, "next": {"https://evil.example"}}, 400, ""},
		{url.Values{"body": {"a"}, "next": {`/\evil.example`}}, 400, ""},
		{url.Values{"body": {"a"}, "next": {"/\t/evil.example"}}, 400, ""},
		{url.Values{"body": {"kept"}, "next": {"/?x=1"}}, 302, "/?x=1"},
	} {
		got := ann.Post("/a/message/new", tt.form)
		require.Equal(t, tt.status, got.Status, "%v", tt.form)
		require.Equal(t, tt.location, got.Location, "%v", tt.form)
	}
	require.Equal(t, []string{"kept"}, bodies(t, ann.Post("/a/message/updates", nil)), "a refused message is not added")
	require.Equal(t, 403, ann.Post("/a/message/updates", url.Values{"_xsrf": {""}}).Status)
}

func TestMessagesAreEscapedAndLinked(t *testing.T) {
	m := post(t, openRoom(t).guest(), "<b>see</b> http://example.com/")
	require.Contains(t, m.HTML, `id="m`+m.ID+`">&lt;b&gt;see&lt;/b&gt; <a href="http://example.com/">http://example.com/</a>`)
}

func TestALongBodyIsRefused(t *testing.T) {
	program := demotest.Start(t, "--debug=false")
	ann := demotest.NewClient(t, program.URL(""))
	ann.Get("/")
	require.Equal(t, 400, ann.Post("/a/message/new", url.Values{"body": {strings.Repeat("a", 65<<10)}}).Status)
	require.Equal(t, 200, ann.Post("/a/message/new", url.Values{"body": {"short"}}).Status)
}

// Two tabs of Chromium see each other's messages, each message once.
func TestChromiumChats(t *testing.T) {
	b, r := webdriver.OpenBrowser(t), openRoom(t)
	b.SetSize(800, 600)
	b.Open(r.GetURL("/"))
	first := b.Tab()
	r.waitForPolls(1)
	second := b.NewTab()
	b.Open(r.GetURL("/"))
	r.waitForPolls(2)
	send := func(tab, text string) {
		b.Show(tab)
		b.Write("#message", text)
		b.Click("button")
	}
	send(second, "Hello from the second tab: <b>no markup</b>")
	send(first, "Hello from the first tab, see https://www.tornadoweb.org/ for more")
	r.waitForPolls(2)
	const both = `[...document.querySelectorAll(".message")].map(m => m.innerText).join() ===
		"Hello from the second tab: <b>no markup</b>,Hello from the first tab, see https://www.tornadoweb.org/ for more"`
	for _, tab := range []string{first, second} {
		b.Show(tab)
		b.WaitFor(both)
		b.WaitFor(`document.getElementById("message").value === ""`)
	}
	b.Screenshot("demo-chat")
	b.Open(r.GetURL("/"))
	b.WaitFor(both)
	b.SetDark(true)
	b.Screenshot("demo-chat-dark")
	b.RequireNoErrors()
}

// exchange makes the same requests to any of the two chat rooms, and returns the responses. IDs
// are replaced by their order, and the tags of the page, which differ, are left out.
// checksNext is false if the original has the open redirect of early releases.
func exchange(t *testing.T, base string, checksNext bool) string {
	var log strings.Builder
	ids := map[string]string{}
	note := func(title string, response demotest.Response) {
		body := response.Body
		if response.Header.Get("Content-Type") != "application/json; charset=UTF-8" {
			body = regexp.MustCompile(`<title>.*</title>`).FindString(body)
		}
		for _, m := range regexp.MustCompile(`"id": "([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if ids[m[1]] == "" {
				ids[m[1]] = fmt.Sprintf("ID%d", len(ids))
			}
			body = strings.ReplaceAll(body, m[1], ids[m[1]])
		}
		body = regexp.MustCompile(`<(div|p) class=\\"message\\" id=\\"m(ID\d+)\\">(.*?)<\\/(div|p)>`).ReplaceAllString(body, "message $2: $3")
		fmt.Fprintf(&log, "%s: %d %s %q %s\n", title, response.Status, response.Header.Get("Content-Type"), response.Location, body)
	}
	ann, ben := demotest.NewClient(t, base), demotest.NewClient(t, base)
	require.Equal(t, 200, ann.Get("/").Status)
	require.Equal(t, 200, ben.Get("/").Status)
	poll := ben.BeginPost("/a/message/updates", nil)
	first := ann.Post("/a/message/new", url.Values{"body": {"1 < 2 & http://example.com/?a=1&b=2 caf\u00e9"}})
	note("new", first)
	note("poll", poll())
	var message Message
	require.NoError(t, json.Unmarshal([]byte(first.Body), &message))
	poll = ben.BeginPost("/a/message/updates", url.Values{"cursor": {message.ID}})
	note("new", ann.Post("/a/message/new", url.Values{"body": {" second \t"}}))
	note("poll", poll())
	note("old cursor", ben.Post("/a/message/updates", url.Values{"cursor": {message.ID}}))
	note("unknown cursor", ben.Post("/a/message/updates", url.Values{"cursor": {"x"}}))
	note("empty", ann.Post("/a/message/new", url.Values{"body": {""}}))
	note("no body", ann.Post("/a/message/new", nil))
	note("no token", ann.Post("/a/message/new", url.Values{"body": {"a"}, "_xsrf": {""}}))
	note("redirect", ann.Post("/a/message/new", url.Values{"body": {"a"}, "next": {"/"}}))
	if checksNext {
		note("open redirect", ann.Post("/a/message/new", url.Values{"body": {"a"}, "next": {"//evil.example/"}}))
		note("open redirect", ann.Post("/a/message/new", url.Values{"body": {"a"}, "next": {"http://evil.example/"}}))
	}
	note("wrong verb", ann.Get("/a/message/new"))
	note("all", ben.Post("/a/message/updates", nil))
	return log.String()
}

func TestBothChatRoomsRespondAlike(t *testing.T) {
	original := demotest.StartOriginal(t, "chat/chatdemo.py", "--debug=false")
	source, err := os.ReadFile(filepath.Join(os.Getenv("TORNADO_DEMOS"), "chat", "chatdemo.py"))
	require.NoError(t, err)
	checksNext := strings.Contains(string(source), `next.startswith("//")`)
	require.Equal(t, exchange(t, original.URL(""), checksNext), exchange(t, openRoom(t).GetURL(""), checksNext))
}
