package main

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A site is a running blog, and its database.
type site struct {
	*webtest.AppServer
	store *Store
}

// serve serves a blog with an empty database.
func serve(t *testing.T) site {
	t.Helper()
	store, err := OpenStore(filepath.Join(t.TempDir(), "blog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { store.Close() })
	return site{webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp(store) }), store}
}

var ann = url.Values{"email": {"ann@example.com"}, "name": {"Ann"}, "password": {"correct horse"}}

// signedIn adds the author to the database, with a password that is checked quickly, and returns
// a client that has signed in.
func signedIn(t *testing.T, s site) *demotest.Client {
	t.Helper()
	hashed, err := bcrypt.GenerateFromPassword([]byte(ann.Get("password")), bcrypt.MinCost)
	require.NoError(t, err)
	_, err = s.store.CreateFirstAuthor(ann.Get("email"), ann.Get("name"), string(hashed))
	require.NoError(t, err)
	client := demotest.NewClient(t, s.GetURL(""))
	client.Get("/auth/login")
	require.Equal(t, 302, client.Post("/auth/login", ann).Status)
	return client
}

// publish posts an entry and returns its path.
func publish(t *testing.T, client *demotest.Client, title, markdown string) string {
	t.Helper()
	got := client.Post("/compose", url.Values{"title": {title}, "markdown": {markdown}})
	require.Equal(t, 302, got.Status, got.Body)
	return got.Location
}

func TestAVisitorIsLedToTheFirstEntry(t *testing.T) {
	s := serve(t)
	client := demotest.NewClient(t, s.GetURL(""))
	for path := "/"; ; {
		got := client.Get(path)
		if got.Status == 200 {
			require.Equal(t, "/auth/create", path)
			break
		}
		path = got.Location
	}
	created := client.Post("/auth/create", url.Values{"email": ann["email"], "name": ann["name"], "password": ann["password"], "next": {"/compose"}})
	require.Equal(t, "/compose", created.Location)
	require.Contains(t, client.Get("/compose").Body, "Publish post")
	require.Equal(t, "/entry/hello", publish(t, client, "Hello", "*first* post"))
	require.Contains(t, client.Get("/").Body, "<p><em>first</em> post</p>")
}

func TestTheAuthorIsCreatedOnce(t *testing.T) {
	s := serve(t)
	first, second := demotest.NewClient(t, s.GetURL("")), demotest.NewClient(t, s.GetURL(""))
	first.Get("/auth/create")
	second.Get("/auth/create")
	a, b := first.BeginPost("/auth/create", ann), second.BeginPost("/auth/create", ann)
	require.ElementsMatch(t, []int{302, 400}, []int{a().Status, b().Status}, "two requests at once")
	require.Equal(t, 400, first.Post("/auth/create", ann).Status)
	long := url.Values{"email": {"a@example.com"}, "name": {"A"}, "password": {strings.Repeat("a", 73)}}
	require.Equal(t, 400, first.Post("/auth/create", long).Status)
	require.Equal(t, 400, first.Post("/auth/create", url.Values{"email": {"a@example.com"}}).Status, "a field is missing")
}

func TestSignInAndOut(t *testing.T) {
	s := serve(t)
	author := signedIn(t, s)
	publish(t, author, "Hello", "text")
	require.Contains(t, author.Get("/").Body, "Sign out")
	require.Equal(t, "/archive", author.Get("/auth/logout?next=/archive").Location)
	require.NotContains(t, author.Get("/").Body, "Sign out")
	require.Equal(t, "/auth/login?next=%2Fcompose", author.Get("/compose").Location)

	form := author.Get("/auth/login?next=%2Fcompose")
	require.Contains(t, form.Body, `name="next" value="/compose"`)
	for _, tt := range []struct{ email, password, next, message string }{
		{"ben@example.com", "correct horse", "", "No author has this email address."},
		{"ann@example.com", "wrong", "/compose", "This is not the password."},
		{"ann@example.com", strings.Repeat("correct horse", 10), "", "This is not the password."},
		{"' OR 1=1 --", "x", "", "No author has this email address."},
	} {
		got := author.Post("/auth/login", url.Values{"email": {tt.email}, "password": {tt.password}, "next": {tt.next}})
		require.Equal(t, 200, got.Status)
		require.Contains(t, got.Body, tt.message)
		require.Contains(t, got.Body, `name="next" value="`+tt.next+`"`, "the form keeps the page")
	}
	require.Equal(t, 403, author.Post("/auth/login", url.Values{"_xsrf": {""}}).Status)
	got := author.Post("/auth/login", url.Values{"email": ann["email"], "password": ann["password"], "next": {"/compose"}})
	require.Equal(t, 302, got.Status)
	require.Equal(t, "/compose", got.Location)
	require.Contains(t, author.Get("/compose").Body, "Publish post")
}

func TestNoRedirectLeavesTheSite(t *testing.T) {
	author := signedIn(t, serve(t))
	for _, next := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, "/\t/evil.example", "evil"} {
		require.Equal(t, 400, author.Get("/auth/logout?next="+url.QueryEscape(next)).Status, next)
		form := url.Values{"email": ann["email"], "password": ann["password"], "next": {next}}
		require.Equal(t, 400, author.Post("/auth/login", form).Status, next)
	}
}

func TestComposeAndEdit(t *testing.T) {
	author := signedIn(t, serve(t))
	path := publish(t, author, "Caf\u00e9 & na\u00efve <b>", "# Title\n\n- a\n- b\n\n<script>alert(1)</script>\n\n[link](http://example.com/?a=1&b=2)")
	require.Equal(t, "/entry/cafe-naive-b", path)
	page := author.Get(path).Body
	require.Contains(t, page, "Caf\u00e9 &amp; na\u00efve &lt;b&gt;</a></h2>")
	require.Contains(t, page, `<a href="http://example.com/?a=1&amp;b=2">link</a>`)
	require.NotContains(t, page, "<script>")

	link := regexp.MustCompile(`/compose\?id=\d+`).FindString(page)
	form := author.Get(link).Body
	require.Contains(t, form, "- a\n- b\n")
	require.Contains(t, form, "Save changes")
	id := strings.TrimPrefix(link, "/compose?id=")
	changed := author.Post("/compose", url.Values{"id": {id}, "title": {"Another title"}, "markdown": {"changed"}})
	require.Equal(t, path, changed.Location, "the address stays")
	require.Contains(t, author.Get(path).Body, "<p>changed</p>")

	for _, tt := range []struct {
		id     string
		status int
	}{{"999", 404}, {"x", 400}, {"99999999999999999999", 400}} {
		require.Equal(t, tt.status, author.Get("/compose?id="+tt.id).Status)
		require.Equal(t, tt.status, author.Post("/compose", url.Values{"id": {tt.id}, "title": {"a"}, "markdown": {"b"}}).Status)
	}
	require.Equal(t, 404, author.Get("/entry/unknown").Status)
	require.Equal(t, 400, author.Post("/compose", url.Values{"title": {"a"}}).Status)
}

func TestOnlyTheAuthorMayWrite(t *testing.T) {
	s := serve(t)
	path := publish(t, signedIn(t, s), "Hello", "text")
	visitor := demotest.NewClient(t, s.GetURL(""))
	page := visitor.Get(path)
	require.Equal(t, 200, page.Status)
	require.NotContains(t, page.Body, "Edit this post")
	visitor.Get("/auth/login")
	require.Equal(t, 403, visitor.Post("/compose", url.Values{"title": {"a"}, "markdown": {"b"}}).Status)
	require.Equal(t, "/auth/login?next=%2Fcompose%3Fid%3D1", visitor.Get("/compose?id=1").Location)
}

func TestRepeatedTitlesGetDifferentAddresses(t *testing.T) {
	author := signedIn(t, serve(t))
	for _, want := range []string{"/entry/hello", "/entry/hello-2", "/entry/hello-2-2"} {
		require.Equal(t, want, publish(t, author, "Hello", "text"))
	}
}

// Two authors' requests at once wait for each other in the database.
func TestEntriesAtTheSameTime(t *testing.T) {
	s := serve(t)
	author := signedIn(t, s)
	var wait []func() demotest.Response
	for range 10 {
		wait = append(wait, author.BeginPost("/compose", url.Values{"title": {"Same"}, "markdown": {"text"}}))
	}
	seen := map[string]bool{}
	for _, response := range wait {
		seen[response().Location] = true
	}
	require.Len(t, seen, 10)
}

func TestSlugOf(t *testing.T) {
	for _, tt := range []struct{ title, want string }{
		{"Hello, World!", "hello-world"},
		{"  snake_case  and\tspaces ", "snake_case-and-spaces"},
		{"Caf\u00e9 na\u00efve \u00c5ngstr\u00f6m", "cafe-naive-angstrom"},
		{"\ufb01ne \u2460", "fine-1"}, // compatibility characters
		{"\u65e5\u672c\u8a9e", "entry"},
		{"abc \u65e5\u672c\u8a9e", "abc"},
		{"!?", "entry"},
		{"", "entry"},
	} {
		if got := slugOf(tt.title); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.title, got, tt.want)
		}
	}
}

// A feed is the part of an Atom feed (RFC 4287) that must be there.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  []string `xml:"author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID        string `xml:"id"`
		Title     string `xml:"title"`
		Published string `xml:"published"`
		Updated   string `xml:"updated"`
		Content   struct {
			Type string `xml:"type,attr"`
			Div  struct {
				XMLName xml.Name `xml:"http://www.w3.org/1999/xhtml div"`
				Inner   string   `xml:",innerxml"`
			}
		} `xml:"content"`
	} `xml:"entry"`
}

// readFeed fetches the feed and checks what RFC 4287 demands.
func readFeed(t *testing.T, client *demotest.Client) (f feed) {
	t.Helper()
	got := client.Get("/feed")
	require.Equal(t, 200, got.Status)
	require.Equal(t, "application/atom+xml", got.Header.Get("Content-Type"))
	require.NoError(t, xml.Unmarshal([]byte(got.Body), &f), got.Body)
	instants := []string{f.Updated}
	ids := map[string]bool{f.ID: true}
	for _, e := range f.Entries {
		instants = append(instants, e.Published, e.Updated)
		require.False(t, ids[e.ID], "an ID occurs once")
		ids[e.ID] = true
		require.Equal(t, "xhtml", e.Content.Type)
	}
	for _, instant := range instants {
		at, err := time.Parse(time.RFC3339, instant)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), at, time.Hour)
	}
	require.Equal(t, []string{"Tornado Blog"}, f.Author)
	require.Equal(t, "self", f.Links[1].Rel)
	return f
}

func TestTheFeedIsAtom(t *testing.T) {
	s := serve(t)
	author := signedIn(t, s)
	require.Empty(t, readFeed(t, author).Entries)
	for range 11 {
		publish(t, author, "<Fish> & chips", "line one  \nline two\n\n***\n\n![picture](a.png) &nbsp; &lt; <br> <!-- x")
	}
	f := readFeed(t, author)
	require.Len(t, f.Entries, 10, "the ten newest")
	require.Equal(t, "<Fish> & chips", f.Entries[0].Title)
	require.Equal(t, s.GetURL("/entry/fish-chips"+strings.Repeat("-2", 10)), f.Entries[0].ID)
	require.Contains(t, f.Entries[0].Content.Div.Inner, "<br />")
	require.Equal(t, s.GetURL("/feed"), f.Links[1].Href)
	require.Equal(t, s.GetURL("/"), f.ID)
}

func TestTheArchiveHasAllEntries(t *testing.T) {
	author := signedIn(t, serve(t))
	for range 7 {
		publish(t, author, "Hello", "text")
	}
	require.Equal(t, 5, strings.Count(author.Get("/").Body, `<article class="entry">`))
	archive := author.Get("/archive").Body
	require.Equal(t, 7, strings.Count(archive, `<a href="/entry/`))
	require.Equal(t, 7, len(regexp.MustCompile(`<span class="date">\w+ \d+, \d{4}</span>`).FindAllString(archive, -1)), archive)
}

func TestTheProgramKeepsItsDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a blog?.db")
	program := demotest.Start(t, "--db_database="+file)
	author := demotest.NewClient(t, program.URL(""))
	author.Get("/auth/create")
	require.Equal(t, 302, author.Post("/auth/create", ann).Status)
	require.Equal(t, "/entry/hello", author.Post("/compose", url.Values{"title": {"Hello"}, "markdown": {"text"}}).Location)
	program.Stop()
	require.FileExists(t, file)
	again := demotest.Start(t, "--db-database="+file)
	require.Equal(t, 200, demotest.NewClient(t, again.URL("")).Get("/entry/hello").Status)

	output, status := demotest.Run(t, "--db_database="+t.TempDir())
	require.Equal(t, 1, status)
	require.Contains(t, output, "unable to open database file")
}

func TestChromiumWritesAPost(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t)
	b.SetSize(900, 800)
	b.Open(s.GetURL("/"))
	b.WaitFor(`location.pathname === "/auth/create"`)
	b.Write(`[name="email"]`, "ann@example.com")
	b.Write(`[name="name"]`, "Ann")
	b.Write(`[name="password"]`, "correct horse")
	b.Screenshot("demo-blog-create")
	b.Click("button")
	b.WaitFor(`location.pathname === "/compose"`) // by way of "/", which has no entries
	b.Write(`[name="title"]`, "Tornado in Go")
	b.Write(`[name="markdown"]`, "The *same* programming model, in another language:\n\n- handlers are structs\n- `Await` replaces `await`\n\n> One loop, no locks.\n\n    app.Listen(8888)\n")
	b.Screenshot("demo-blog-compose")
	b.Click("button")
	b.WaitFor(`location.pathname === "/entry/tornado-in-go"`)
	b.WaitFor(`document.querySelector("article em").innerText === "same"`)
	b.Screenshot("demo-blog-entry")
	b.Click(".edit")
	b.WaitFor(`document.querySelector("textarea").value.includes("One loop, no locks.")`)
	b.Write(`[name="title"]`, "Tornado, in Go")
	b.Click("button")
	b.WaitFor(`document.querySelector("h2").innerText === "Tornado, in Go"`)
	b.Click(`a[href="/archive"]`)
	b.WaitFor(`document.querySelector(".archive a").innerText === "Tornado, in Go"`)
	b.Screenshot("demo-blog-archive")
	b.Click(`a[href^="/auth/logout"]`)
	b.WaitFor(`location.pathname === "/archive" && document.querySelector("nav").innerText.includes("Sign in")`)
	b.Click(`a[href^="/auth/login"]`)
	b.Write(`[name="email"]`, "ann@example.com")
	b.Write(`[name="password"]`, "wrong")
	b.Click("button")
	b.WaitFor(`document.querySelector(".error").innerText === "This is not the password."`)
	b.Screenshot("demo-blog-login")
	b.Write(`[name="password"]`, "correct horse")
	b.Click("button")
	b.WaitFor(`location.pathname === "/archive" && document.querySelector("nav").innerText.includes("Sign out")`)
	b.SetDark(true)
	b.Open(s.GetURL("/"))
	b.Screenshot("demo-blog-home-dark")
	b.SetSize(390, 700)
	b.Screenshot("demo-blog-phone")
	b.RequireNoErrors()
}

// exchange makes the same requests to one of the two blogs, and returns the parts of the
// responses that do not depend on the layout of the pages.
func exchange(t *testing.T, base string) string {
	var log strings.Builder
	client := demotest.NewClient(t, base)
	note := func(title string, got demotest.Response) {
		t.Helper()
		fields := map[string]bool{}
		for _, m := range regexp.MustCompile(`<(?:input|textarea)[^>]* name="(\w+)"`).FindAllStringSubmatch(got.Body, -1) {
			fields[m[1]] = true
		}
		delete(fields, "next") // only here: Tornado's form forgets the page
		var cookies []string
		for _, line := range got.Header.Values("Set-Cookie") {
			name, _, _ := strings.Cut(line, "=")
			cookies = append(cookies, name)
		}
		fmt.Fprintf(&log, "%s: %d %s location=%s fields=%v cookies=%v\n", title, got.Status, got.Header.Get("Content-Type"),
			got.Location, slices.Sorted(maps.Keys(fields)), cookies)
	}
	post := func(title, path string, form url.Values) {
		t.Helper()
		note(title, client.Post(path, form))
	}
	for _, path := range []string{"/", "/archive", "/compose", "/auth/login", "/auth/create", "/nothing", "/static/blog.css"} {
		got := client.Get(path)
		if got.Status == 404 {
			got.Header.Del("Content-Type") // the page of the debug mode
		}
		note("empty "+path, got)
	}
	status := func(title string, got demotest.Response) { fmt.Fprintf(&log, "%s: %d\n", title, got.Status) } // of error pages
	status("no token", client.Post("/auth/create", url.Values{"email": ann["email"], "_xsrf": {""}}))
	status("a field is missing", client.Post("/auth/create", url.Values{"email": ann["email"]}))
	post("create", "/auth/create", ann)
	status("create again", client.Post("/auth/create", ann))
	post("sign in without authors", "/auth/login", url.Values{"email": {"x"}, "password": {"x"}})
	for _, path := range []string{"/", "/compose", "/auth/login"} {
		note("signed in "+path, client.Get(path))
	}
	for _, title := range []string{"Hello, World!", "Hello World", "hello world", "Caf\u00e9", "\u65e5\u672c", " a_b  & c ", "1 < 2"} {
		post(title, "/compose", url.Values{"title": {title}, "markdown": {"Some *text* & `code` of **it**"}})
	}
	status("no text", client.Post("/compose", url.Values{"title": {"a"}}))
	post("edit", "/compose", url.Values{"id": {"1"}, "title": {"Changed"}, "markdown": {"changed"}})
	status("edit nothing", client.Post("/compose", url.Values{"id": {"999"}, "title": {"a"}, "markdown": {"a"}}))
	note("edit form", client.Get("/compose?id=1"))
	for _, path := range []string{"/", "/archive", "/entry/hello-world", "/entry/cafe"} {
		got := client.Get(path)
		note(path, got)
		fmt.Fprintln(&log, regexp.MustCompile(`href="/(entry/[^"]*|compose[^"]*)"`).FindAllString(got.Body, -1))
		fmt.Fprintln(&log, regexp.MustCompile(`<p>[^<]*(<(em|code|strong)>[^<]*</(em|code|strong)>[^<]*)*</p>`).FindAllString(got.Body, -1))
	}
	f := readFeed(t, client)
	fmt.Fprintln(&log, "feed", f.Title, strings.ReplaceAll(f.ID, base, "BASE"), f.Author)
	for _, e := range f.Entries {
		fmt.Fprintln(&log, strings.ReplaceAll(e.ID, base, "BASE"), e.Title, strings.TrimSpace(e.Content.Div.Inner))
	}
	note("sign out", client.Get("/auth/logout?next=/archive"))
	status("compose without author", client.Post("/compose", url.Values{"title": {"a"}, "markdown": {"a"}}))
	note("compose without author", client.Get("/compose?id=1"))
	post("unknown email", "/auth/login", url.Values{"email": {"x"}, "password": {"x"}})
	post("wrong password", "/auth/login", url.Values{"email": ann["email"], "password": {"x"}})
	post("sign in", "/auth/login", url.Values{"email": ann["email"], "password": ann["password"], "next": {"/compose"}})
	return log.String()
}

// The database of the original, PostgreSQL, is replaced by testdata/aiopg.py. In its base.html, two
// names begin with a blank, which makes every page a 500; the test removes the blanks.
func TestBothBlogsRespondAlike(t *testing.T) {
	templates := t.TempDir()
	original := demotest.FindOriginal(t, "blog/blog.py",
		`template_path=os.path.join(os.path.dirname(__file__), "templates")`, fmt.Sprintf("template_path=%q", templates))
	peers.Python(t, "bcrypt", "markdown")
	require.NoError(t, os.CopyFS(templates, os.DirFS(filepath.Join(os.Getenv("TORNADO_DEMOS"), "blog", "templates"))))
	base := filepath.Join(templates, "base.html")
	text, err := os.ReadFile(base)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(base, []byte(strings.ReplaceAll(string(text), `" blog`, `"blog`)), 0o600))
	stubs, err := filepath.Abs("testdata")
	require.NoError(t, err)
	t.Setenv("PYTHONPATH", stubs+":"+os.Getenv("PYTHONPATH"))
	require.Equal(t, exchange(t, original.Start().URL("")), exchange(t, serve(t).GetURL("")))
}
