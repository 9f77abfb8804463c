package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

const (
	testSecret    = "the test's"
	testSaveEvery = 20 * time.Millisecond
	patience      = time.Minute // limit for steps that are fast on an idle machine
)

// A site is one of the two applications, with its data file.
type site struct {
	name, address, data string
}

// A guest is a client that stores cookies, as a browser does, and follows no redirects.
type guest struct {
	t      *testing.T
	client *http.Client
}

func newGuest(t *testing.T) *guest {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &guest{t, &http.Client{
		Jar: jar, Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// startBefore starts guestbook.py.
func startBefore(t *testing.T, data string, services ...string) site {
	t.Helper()
	python := peers.Python(t, "tornado.web")
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := probe.Addr().String()
	probe.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := peers.Command(python, "-B", "guestbook.py", "--port="+port, "--data="+data, "--secret="+testSecret,
		"--services="+strings.Join(services, ","), fmt.Sprintf("--save_every=%v", testSaveEvery.Seconds()), "--logging=none")
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("python said:\n%s", stderr)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cmd.Wait()
		t.Fatalf("guestbook.py: %v\n%s", err, stderr)
	}
	require.Equal(t, "listening\n", line)
	return site{"before", address, data}
}

// startAfter starts the application of this package.
func startAfter(t *testing.T, data string, services ...string) site {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	book, err := newBook(data)
	require.NoError(t, err)
	app, err := newApp(book, testSecret, services)
	require.NoError(t, err)
	loop, err := ioloop.New(ioloop.Options{Debug: true})
	require.NoError(t, err)
	addr, err := httpserver.New(app, httpserver.Options{Loop: loop}).Listen(0, "127.0.0.1")
	require.NoError(t, err)
	ioloop.NewPeriodicCallback(loop, testSaveEvery, func() { book.save(loop) }).Start()
	ended := make(chan struct{})
	go func() {
		loop.Start()
		close(ended)
	}()
	t.Cleanup(func() {
		loop.Close()
		<-ended
	})
	return site{"after", addr.String(), data}
}

// A visit is one request. A POST has form or body.
type visit struct {
	method, path string
	form         url.Values
	body         string
	header       string // a header line
	noToken      bool   // without an XSRF token
}

// pay makes a visit and returns the whole response as text: status, headers, body.
func (g *guest) pay(s site, v visit) string {
	g.t.Helper()
	token := g.cookie(s, "_xsrf")
	body := v.body
	if v.form != nil {
		form := url.Values{"_xsrf": {token}}
		for name, values := range v.form {
			form[name] = values
		}
		if v.noToken {
			form.Del("_xsrf")
		}
		body = form.Encode()
	}
	r, err := http.NewRequest(v.method, "http://"+s.address+v.path, strings.NewReader(body))
	require.NoError(g.t, err)
	switch {
	case v.form != nil:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case v.method != "GET" && !v.noToken:
		r.Header.Set("X-XSRFToken", token)
	}
	if name, value, ok := strings.Cut(v.header, ": "); ok {
		r.Header.Set(name, value)
	}
	answer, err := g.client.Do(r)
	require.NoError(g.t, err, s.name)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(g.t, err, s.name)
	return describe(answer, string(text))
}

func (g *guest) cookie(s site, name string) string {
	for _, c := range g.client.Jar.Cookies(&url.URL{Scheme: "http", Host: s.address, Path: "/"}) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// changing matches the parts that differ between two responses of the same application.
var changing = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`2\|[0-9a-f]{8}\|[0-9a-f]{32}\|[0-9]{10}`), "XSRFTOKEN"},
	{regexp.MustCompile(`2\|1:0\|10:[0-9]{10}\|4:user\|([0-9]+:[^|]*)\|[0-9a-f]{64}`), "SIGNED($1)"},
	{regexp.MustCompile(`(?i)(expires=)\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`), "${1}DATE"},
}

// describe returns a response without its changing parts: the time, the server's name, tokens,
// and the Etag of a page with tokens. Embedded files have no modification time.
func describe(answer *http.Response, body string) string {
	var b strings.Builder
	for name, values := range answer.Header {
		for _, value := range values {
			switch {
			case name == "Date", name == "Server", name == "Last-Modified":
			case name == "Etag" && strings.Contains(body, `name="_xsrf"`):
			default:
				fmt.Fprintf(&b, "%s: %s\n", name, value)
			}
		}
	}
	head := strings.Split(b.String(), "\n")
	slices.Sort(head)
	text := answer.Status + strings.Join(head, "\n") + "\n\n" + body // head begins with an empty line
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.name)
	}
	return text
}

var visits = []struct {
	visit
	want string // in both responses
}{
	{visit{method: "GET", path: "/"}, "302 Found"},
	{visit{method: "GET", path: "/login"}, `<input type="hidden" name="_xsrf" value="XSRFTOKEN"/>`},
	{visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}, noToken: true}, "403 Forbidden"},
	{visit{method: "POST", path: "/", form: url.Values{"text": {"x"}}}, "403 Forbidden"},
	{visit{method: "POST", path: "/login", form: url.Values{}}, "400 Bad Request"},
	{visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}}, `user=SIGNED(4:QW5u); expires=DATE; HttpOnly; Path=/`},
	{visit{method: "GET", path: "/"}, "<h1>0 entries</h1>"},
	{visit{method: "POST", path: "/", form: url.Values{"text": {" <b>Hello</b> & good-bye "}}}, "Location: /"},
	{visit{method: "GET", path: "/"}, "&lt;b&gt;Hello&lt;/b&gt; &amp; good-bye"},
	{visit{method: "POST", path: "/", form: url.Values{}}, "400 Bad Request"},
	{visit{method: "POST", path: "/", form: url.Values{"text": {"x"}}, noToken: true}, "403 Forbidden"},
	{visit{method: "PUT", path: "/"}, "405 Method Not Allowed"},
	{visit{method: "HEAD", path: "/"}, "405 Method Not Allowed"},
	{visit{method: "GET", path: "/api/entries"}, `{"entries": [{"id": 1, "author": "Ann", "text": "<b>Hello<\/b> & good-bye"}]}`},
	{visit{method: "POST", path: "/api/entries", body: `{"text": "caf\u00e9"}`}, "Location: /api/entries/2"},
	{visit{method: "POST", path: "/api/entries", body: `{"text": "x"}`, noToken: true}, "403 Forbidden"},
	{visit{method: "POST", path: "/api/entries", body: `{"text": `}, "400 Bad Request"},
	{visit{method: "POST", path: "/api/entries", body: `{}`}, "400 Bad Request"},
	{visit{method: "POST", path: "/api/entries", body: `[]`}, "400 Bad Request"},
	{visit{method: "GET", path: "/api/entries/2"}, `"text": "caf`},
	{visit{method: "GET", path: "/api/entries/3"}, "404 Not Found"},
	{visit{method: "GET", path: "/api/entries/two"}, "404 Not Found"},
	{visit{method: "GET", path: "/"}, "<h1>2 entries</h1>"},
	{visit{method: "POST", path: "/login", form: url.Values{"name": {"Ben"}}}, "SIGNED(4:QmVu)"},
	{visit{method: "DELETE", path: "/api/entries/1"}, "403 Forbidden"},
	{visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}}, "SIGNED"},
	{visit{method: "DELETE", path: "/api/entries/1"}, "204 No Content"},
	{visit{method: "DELETE", path: "/api/entries/1"}, "404 Not Found"},
	{visit{method: "GET", path: "/"}, "<h1>1 entry</h1>"},
	{visit{method: "GET", path: "/static/style.css"}, "Content-Type: text/css"},
	{visit{method: "GET", path: "/static/style.css", header: "Range: bytes=0-3"}, "206 Partial Content"},
	{visit{method: "GET", path: "/static/nothing.css"}, "404 Not Found"},
	{visit{method: "GET", path: "/static/../guestbook.py"}, "40"},
	{visit{method: "GET", path: "/nothing"}, "404 Not Found"},
	{visit{method: "GET", path: "/live"}, "400 Bad Request"},
	{visit{method: "POST", path: "/logout", form: url.Values{}}, `user=""; expires=DATE; Path=/`},
	{visit{method: "GET", path: "/"}, "302 Found"},
	{visit{method: "DELETE", path: "/api/entries/2"}, "403 Forbidden"},
}

func TestBothAnswerAlike(t *testing.T) {
	before, after := startBefore(t, tempFile(t)), startAfter(t, tempFile(t))
	first, second := newGuest(t), newGuest(t)
	for _, v := range visits {
		want, got := first.pay(before, v.visit), second.pay(after, v.visit)
		if got != want {
			t.Errorf("%s %s: got\n%s\n\nwant\n%s", v.method, v.path, got, want)
		}
		if !strings.Contains(want, v.want) {
			t.Errorf("%s %s: no %q in\n%s", v.method, v.path, v.want, want)
		}
	}
	if got, want := saved(t, after), saved(t, before); fmt.Sprint(got) != fmt.Sprint(want) || len(got) != 1 {
		t.Errorf("saved %v, want %v", got, want)
	}
}

// Both applications fetch three services at the same time. No service responds before all of them
// were asked.
func TestBothFetchTheirServicesAtTheSameTime(t *testing.T) {
	var asked sync.WaitGroup
	services := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Done()
		asked.Wait()
		if r.URL.Path == "/news" {
			http.Error(w, "none today", 404)
			return
		}
		io.WriteString(w, "the "+r.URL.Path[1:])
	}))
	defer services.Close()
	urls := []string{services.URL + "/news", services.URL + "/quote", services.URL + "/weather"}
	before, after := startBefore(t, tempFile(t), urls...), startAfter(t, tempFile(t), urls...)
	for _, s := range []site{before, after} {
		asked.Add(len(urls))
		got := newGuest(t).pay(s, visit{method: "GET", path: "/sidebar"})
		require.Contains(t, got, `{"news": "Not Found", "quote": "the quote", "weather": "the weather"}`, s.name)
	}
}

func tempFile(t *testing.T) string { return filepath.Join(t.TempDir(), "guestbook.json") }

// saved waits for the background job to write the last change, which leaves one entry, and
// returns the entries of the file.
func saved(t *testing.T, s site) (entries []Entry) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(s.data)
		entries = nil
		return err == nil && json.Unmarshal(text, &entries) == nil && len(entries) == 1
	}, patience, 5*time.Millisecond, "%s did not save", s.name)
	return entries
}

// A user who is logged in at one site is logged in at the other, and forms of one site work at
// the other. So both can run behind a proxy while the application is ported.
func TestSessionsCross(t *testing.T) {
	before, after := startBefore(t, tempFile(t)), startAfter(t, tempFile(t))
	for _, tt := range []struct{ from, to site }{{before, after}, {after, before}} {
		g := newGuest(t) // a cookie jar stores cookies by host, so both sites get them
		g.pay(tt.from, visit{method: "GET", path: "/login"})
		g.pay(tt.from, visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}})
		for _, step := range []struct {
			visit
			want string
		}{
			{visit{method: "GET", path: "/"}, "Ann <button>Log out"},
			{visit{method: "POST", path: "/", form: url.Values{"text": {"from " + tt.from.name}}}, "302 Found"},
			{visit{method: "GET", path: "/"}, "from " + tt.from.name},
		} {
			if got := g.pay(tt.to, step.visit); !strings.Contains(got, step.want) {
				t.Errorf("from %s to %s: %s %s: no %q in\n%s", tt.from.name, tt.to.name, step.method, step.path, step.want, got)
			}
		}
	}
}

// The data file of one site works at the other.
func TestDataFileWorksInBoth(t *testing.T) {
	data := tempFile(t)
	before, g := startBefore(t, data), newGuest(t)
	g.pay(before, visit{method: "GET", path: "/login"})
	g.pay(before, visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}})
	g.pay(before, visit{method: "POST", path: "/", form: url.Values{"text": {"caf\u00e9"}}})
	saved(t, before)
	after := startAfter(t, data)
	v := visit{method: "GET", path: "/api/entries"}
	if got, want := g.pay(after, v), g.pay(before, v); got != want {
		t.Errorf("got\n%s\n\nwant\n%s", got, want)
	}
}

func TestBothNotifyWatchersAlike(t *testing.T) {
	before, after := startBefore(t, tempFile(t)), startAfter(t, tempFile(t))
	want, got := watch(t, before), watch(t, after)
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(want) != 4 {
		t.Errorf("got %q, want %q", got, want)
	}
}

// watch opens a WebSocket, sends a message, adds two entries, and returns what it received.
func watch(t *testing.T, s site) (messages []string) {
	t.Helper()
	g := newGuest(t)
	g.pay(s, visit{method: "GET", path: "/login"})
	g.pay(s, visit{method: "POST", path: "/login", form: url.Values{"name": {"Ann"}}})
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	defer loop.Close()
	_, err = ioloop.RunSync(loop, patience, func() (struct{}, error) {
		c, err := websocket.Connect(loop, "ws://"+s.address+"/live", websocket.ConnectOptions{}).Await()
		if err != nil {
			return struct{}{}, err
		}
		read := func() {
			m, failed := c.ReadMessage().Await()
			if failed != nil {
				err = failed
				return
			}
			messages = append(messages, m.String())
		}
		read()
		c.WriteMessage(websocket.Text("hi"))
		read()
		for _, text := range []string{"one", "</script>\u00e9"} {
			g.pay(s, visit{method: "POST", path: "/", form: url.Values{"text": {text}}})
			read()
		}
		c.Close(1000, "")
		return struct{}{}, err
	})
	require.NoError(t, err, s.name)
	return messages
}
