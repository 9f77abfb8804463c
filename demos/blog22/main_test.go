package main

import (
	"encoding/xml"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
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

// A site is a running blog with an empty database, and its provider.
type site struct {
	t *testing.T
	*webtest.AppServer
	db       *Connection
	provider *authtest.Provider
}

func serve(t *testing.T) *site {
	t.Helper()
	db, err := Connect(filepath.Join(t.TempDir(), "blog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	s := &site{t: t, db: db, provider: authtest.New()}
	server := httptest.NewServer(s.provider)
	t.Cleanup(server.Close)
	s.AppServer = webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp(db, server.URL+"/openid") })
	return s
}

// signIn goes through the login that a page leads to, and returns the page after it.
func (s *site) signIn(client *demotest.Client, login string) string {
	s.t.Helper()
	callback, err := s.provider.Callback(client.Get(login).Location, true)
	require.NoError(s.t, err)
	return client.Get(callback).Location
}

// author returns a client that has signed in and has an XSRF token.
func (s *site) author() *demotest.Client {
	s.t.Helper()
	client := demotest.NewClient(s.t, s.GetURL(""))
	require.Equal(s.t, "/compose", s.signIn(client, client.Get("/compose").Location))
	require.Contains(s.t, client.Get("/compose").Body, "Publish post")
	return client
}

// publish posts an entry and returns its path.
func publish(t *testing.T, client *demotest.Client, title, markdown string) string {
	t.Helper()
	got := client.Post("/compose", url.Values{"title": {title}, "markdown": {markdown}})
	require.Equal(t, 302, got.Status, got.Body)
	return got.Location
}

func TestTheFirstUserBecomesTheAuthor(t *testing.T) {
	s := serve(t)
	require.Equal(t, "/compose", demotest.NewClient(t, s.GetURL("")).Get("/").Location)
	s.author()
	s.author() // again
	authors, err := s.db.Query("SELECT * FROM authors")
	require.NoError(t, err)
	require.Equal(t, []Row{{"id": int64(1), "email": "ann@example.com", "name": "Ann"}}, authors)
}

func TestOtherUsersAreNotSignedIn(t *testing.T) {
	s := serve(t)
	_, err := s.db.Execute("INSERT INTO authors (email, name) VALUES (?, ?)", "ben@example.com", "Ben")
	require.NoError(t, err)
	client := demotest.NewClient(t, s.GetURL(""))
	require.Equal(t, "/", s.signIn(client, "/auth/login?next=/compose"))
	require.Empty(t, client.Cookie("user"))
	require.Equal(t, 302, client.Get("/compose").Status)
}

func TestNoRedirectLeavesTheSite(t *testing.T) {
	s := serve(t)
	for _, next := range []string{"//evil.example", "https://evil.example/", `/\evil.example`} {
		client := demotest.NewClient(t, s.GetURL(""))
		require.Equal(t, "/", s.signIn(client, "/auth/login?next="+url.QueryEscape(next)), next)
		require.Equal(t, "/", client.Get("/auth/logout?next="+url.QueryEscape(next)).Location, next)
		require.Empty(t, client.Cookie("user"))
	}
	require.Equal(t, "/archive", demotest.NewClient(t, s.GetURL("")).Get("/auth/logout?next=/archive").Location)
}

// Values are escaped by the templates, because the application does not do it.
func TestComposeAndEdit(t *testing.T) {
	author := serve(t).author()
	path := publish(t, author, `Caf`+"\u00e9"+` <b>&"`, "*text* <script>")
	require.Equal(t, "/entry/cafe-b", path)
	page := author.Get(path).Body
	require.Equal(t, 2, strings.Count(page, "Caf\u00e9 &lt;b&gt;&amp;&quot;"), "title and heading: %s", page)
	require.Contains(t, page, "<p><em>text</em>")
	require.NotContains(t, page, "<b>")
	require.NotContains(t, page, "<script>")
	form := author.Get("/compose?id=1").Body
	require.Contains(t, form, `value="Caf`+"\u00e9"+` &lt;b&gt;&amp;&quot;"`)
	require.Contains(t, form, "*text* &lt;script&gt;</textarea>")
	require.Equal(t, path, author.Post("/compose", url.Values{"id": {"1"}, "title": {"New"}, "markdown": {"changed"}}).Location)
	require.Contains(t, author.Get("/").Body, "<p>changed</p>")

	require.Equal(t, "/entry/new", publish(t, author, "New", "text"))
	require.Equal(t, "/entry/new-2", publish(t, author, "New", "text"))
	require.Equal(t, "/entry/new-2-2", publish(t, author, "New", "text"))
	require.Equal(t, 4, strings.Count(author.Get("/archive").Body, `<a href="/entry/`))

	for _, tt := range []struct {
		id     string
		status int
	}{{"999", 404}, {"x", 400}} {
		require.Equal(t, tt.status, author.Get("/compose?id="+tt.id).Status)
		require.Equal(t, tt.status, author.Post("/compose", url.Values{"id": {tt.id}, "title": {"a"}, "markdown": {"b"}}).Status)
	}
	require.Equal(t, 404, author.Get("/entry/unknown").Status)
	require.Equal(t, 403, author.Post("/compose", url.Values{"_xsrf": {""}}).Status)
}

func TestTheFeedIsAtom(t *testing.T) {
	s := serve(t)
	author := s.author()
	for range 11 {
		publish(t, author, "<Fish> & chips", "a & b\n\n---")
	}
	got := author.Get("/feed")
	require.Equal(t, "application/atom+xml", got.Header.Get("Content-Type"))
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []struct {
			Title     string `xml:"title"`
			Published string `xml:"published"`
		} `xml:"entry"`
	}
	require.NoError(t, xml.Unmarshal([]byte(got.Body), &feed), got.Body)
	require.Equal(t, s.GetURL("/"), feed.ID)
	require.Len(t, feed.Entries, 10)
	require.Equal(t, "<Fish> & chips", feed.Entries[0].Title)
	published, err := time.Parse(time.RFC3339, feed.Entries[0].Published)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), published, time.Hour, "in UTC")
}

func TestConnection(t *testing.T) {
	db := serve(t).db
	row, err := db.Get("SELECT * FROM authors")
	require.NoError(t, err)
	require.Nil(t, row)
	for n, email := range []string{"a", "b"} {
		id, err := db.Execute("INSERT INTO authors (email, name) VALUES (?, ?)", email, "x")
		require.NoError(t, err)
		require.Equal(t, int64(n+1), id)
	}
	row, err = db.Get("SELECT id FROM authors WHERE email = ?", "b")
	require.NoError(t, err)
	require.Equal(t, Row{"id": int64(2)}, row)
	_, err = db.Get("SELECT * FROM authors")
	require.ErrorIs(t, err, ErrMultipleRows)
	_, err = db.Query("SELECT * FROM nothing")
	require.ErrorContains(t, err, "nothing")
	_, err = db.Execute("INSERT INTO authors (email, name) VALUES ('a', 'x')")
	require.ErrorContains(t, err, "UNIQUE")
}

func TestTheProgramKeepsItsDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blog.db")
	program := demotest.Start(t, "--database="+file)
	require.Equal(t, "/compose", demotest.NewClient(t, program.URL("")).Get("/").Location)
	require.FileExists(t, file)
	output, status := demotest.Run(t, "--database="+t.TempDir())
	require.Equal(t, 1, status)
	require.Contains(t, output, "unable to open database file")
}

func TestChromiumWritesAPost(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(900, 600)
	b.Open(s.GetURL("/"))
	b.WaitFor(`document.title === "Example provider"`)
	b.Click(`button[value="yes"]`)
	b.WaitFor(`location.pathname === "/compose"`)
	b.Write(`[name="title"]`, "Tea & biscuits")
	b.Write(`[name="markdown"]`, "At *five*.")
	b.Click("button")
	b.WaitFor(`location.pathname === "/entry/tea-biscuits"`)
	b.WaitFor(`document.querySelector("h2").innerText === "Tea & biscuits" && document.querySelector("article em").innerText === "five"`)
	b.Screenshot("demo-blog22")
	require.Regexp(t, regexp.MustCompile(`/entry/tea-biscuits$`), b.URL())
	b.Click(`a[href^="/auth/logout"]`)
	b.WaitFor(`document.querySelector("nav").innerText.includes("Sign in")`)
}
