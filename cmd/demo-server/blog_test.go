package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
)

// logIn logs v in, and returns a token for forms.
func (v *visitor) logIn(name string) (token string) {
	v.t.Helper()
	token = v.token("/blog/login")
	answer, _ := v.post("/blog/login", url.Values{"_xsrf": {token}, "name": {name}})
	require.Equal(v.t, 303, answer.StatusCode)
	return token
}

func TestBlogWriteReadChangeDelete(t *testing.T) {
	s := serve(t, 2)
	ada, bob := visit(t, s), visit(t, s)
	answer, _ := ada.get("/blog/compose")
	require.Equal(t, 302, answer.StatusCode)
	require.Equal(t, "/blog/login?next=%2Fblog%2Fcompose", answer.Header.Get("Location"))
	token := ada.token("/blog/login")
	answer, _ = ada.post("/blog/login", url.Values{"_xsrf": {token}, "name": {"Ada <b>"}, "next": {"/blog/compose"}})
	require.Equal(t, "/blog/compose", answer.Header.Get("Location"))

	form := url.Values{"_xsrf": {token}, "title": {"  A <title> &\nmore "}, "text": {"First.\r\n\r\nSee www.example.com/?a&b <script>"}}
	answer, _ = ada.post("/blog/compose", form)
	require.Equal(t, 303, answer.StatusCode)
	where := answer.Header.Get("Location")
	require.Equal(t, "/blog/entry/a-title-more", where)
	_, page := ada.get(where)
	for _, want := range []string{
		"<title>A &lt;title&gt; &amp; more · Tornado for Go</title>", "Ada &lt;b&gt; · <time", "<p>First.</p>", "&lt;script&gt;</p>",
		`<a href="http://www.example.com/?a&amp;b" rel="nofollow noopener">www.example.com/?a&amp;b</a>`,
		`<link href="/static/entry.css" type="text/css" rel="stylesheet"/>`, "1 minute to read", ">Delete</button>",
	} {
		require.Contains(t, page, want)
	}
	_, page = bob.get(where)
	require.NotContains(t, page, ">Delete</button>")

	id := regexp.MustCompile(`name="id" value="(\d+)"`).FindStringSubmatch(ada.body(where))[1]
	_, page = ada.get("/blog/compose?id=" + id)
	require.Contains(t, page, "<textarea id=\"text\" name=\"text\" rows=\"12\" maxlength=\"10000\" required>\nFirst.")
	form.Set("id", id)
	form.Set("title", "Another title")
	answer, _ = ada.post("/blog/compose", form)
	require.Equal(t, where, answer.Header.Get("Location"), "the address does not change")
	require.Contains(t, ada.body(where), "Another title")

	own := bob.logIn("Bob")
	for _, tt := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/blog/compose", url.Values{"_xsrf": {own}, "id": {id}, "title": {"x"}, "text": {"x"}}, 403}, // another user's entry
		{"/blog/compose", url.Values{"_xsrf": {own}, "id": {"x' OR 1=1"}, "title": {"x"}, "text": {"x"}}, 404},
		{"/blog/compose", url.Values{"_xsrf": {token}, "title": {"x"}, "text": {"x"}}, 403}, // another's token
		{"/blog/compose", url.Values{"_xsrf": {own}, "title": {" "}, "text": {"x"}}, 400},
		{"/blog/compose", url.Values{"_xsrf": {own}, "title": {strings.Repeat("ä", maxHeadline+1)}, "text": {"x"}}, 400},
		{"/blog/compose", url.Values{"_xsrf": {own}, "title": {strings.Repeat("ä", maxHeadline)}, "text": {strings.Repeat("ä", maxEntryText+1)}}, 400},
		{"/blog/delete", url.Values{"_xsrf": {own}, "id": {id}}, 403},
		{"/blog/delete", url.Values{"_xsrf": {own}}, 400},
		{"/blog/delete", url.Values{"id": {id}}, 403},
		{"/blog/login", url.Values{"_xsrf": {own}, "name": {" "}}, 400},
		{"/blog/nothing", url.Values{}, 404},
	} {
		if answer, _ := bob.post(tt.path, tt.form); answer.StatusCode != tt.status {
			t.Errorf("POST %s %.80v: %d, want %d", tt.path, tt.form, answer.StatusCode, tt.status)
		}
	}
	answer, _ = ada.post("/blog/delete", url.Values{"_xsrf": {token}, "id": {id}})
	require.Equal(t, "/blog", answer.Header.Get("Location"))
	answer, _ = ada.get(where)
	require.Equal(t, 404, answer.StatusCode)
	answer, _ = ada.post("/blog/logout", url.Values{"_xsrf": {token}})
	require.Equal(t, 303, answer.StatusCode)
	require.Contains(t, ada.body("/blog"), ">Log in</a>")
}

func (v *visitor) body(path string) string {
	v.t.Helper()
	_, body := v.get(path)
	return body
}

func TestBlogSpeaksTwoLanguages(t *testing.T) {
	s := serve(t, 1)
	for _, tt := range []struct{ path, accept, want string }{
		{"/blog", "", `<html lang="en">`},
		{"/blog", "de-AT, en;q=0.5", "Notizen aus der Schleife"},
		{"/blog", "fr", "Notes from the loop"},
		{"/blog?lang=de", "en", "Weiterlesen"},
		{"/blog?lang=xx", "de", "vor 40 Minuten"},
		{"/blog?lang=en_US", "de", "40 minutes ago"},
		{"/blog/archive", "de", "3 Einträge,\nvon Ada und Grace"},
		{"/blog/archive", "en", "3 entries,\nby Ada and Grace"},
		{"/blog/login", "de", "Ein signiertes Cookie merkt ihn sich."},
		{"/blog/nothing", "de", "Hier wurde nichts geschrieben"},
		{"/blog/feed.xml", "de", `xml:lang="de"`},
		{"/blog", "de", `<a lang="de" href="?lang=de" aria-current="true">Deutsch</a>`},
	} {
		r, err := http.NewRequest("GET", s.url(tt.path), nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Language", tt.accept)
		if _, body := visit(t, s).read(http.DefaultClient.Do(r)); !strings.Contains(body, tt.want) {
			t.Errorf("%s in %q lacks %q:\n%s", tt.path, tt.accept, tt.want, body)
		}
	}
	v := visit(t, s)
	v.get("/blog?lang=de")
	require.Contains(t, v.body("/blog"), `<html lang="de">`, "the language is stored")
}

// Each text of the templates has a German translation.
func TestBlogIsFullyTranslated(t *testing.T) {
	s, err := blogSettings(web.Settings{}, nil)
	require.NoError(t, err)
	german := s.Translations.Lookup("de")
	require.NotNil(t, german)
	same := []string{"Blog", "Feed", "Text"}
	checked := 0
	for _, name := range []string{"base", "columns", "home", "entry", "archive", "compose", "login", "error", "modules/entry", "modules/recent"} {
		source, err := blogFiles.ReadFile("blog/" + name + ".html")
		require.NoError(t, err)
		for _, call := range regexp.MustCompile(`_\("([^"]+)"(?:, "([^"]+)")?`).FindAllStringSubmatch(string(source), -1) {
			message := call[1]
			got := german.Translate(message)
			if call[2] != "" {
				got = german.TranslatePlural(message, call[2], 1)
			}
			if got == message && !slices.Contains(same, message) {
				t.Errorf("%s.html: %q has no translation", name, message)
			}
			checked++
		}
	}
	require.Greater(t, checked, 30)
	for _, complaint := range []string{"An entry needs a title and a text.", "That title is too long.", "That text is too long.", "The blog is full.", "Say who you are."} {
		require.NotEqual(t, complaint, german.Translate(complaint))
	}
}

func TestBlogFeedIsAtom(t *testing.T) {
	s := serve(t, 1)
	v := visit(t, s)
	token := v.logIn("Eve")
	v.post("/blog/compose", url.Values{"_xsrf": {token}, "title": {"<&>"}, "text": {"a & <b>\n\n]]>"}})
	answer, body := v.get("/blog/feed.xml")
	require.Equal(t, "application/atom+xml; charset=UTF-8", answer.Header.Get("Content-Type"))
	var feed struct {
		XMLName xml.Name
		Updated time.Time `xml:"updated"`
		Entries []struct {
			Title   string    `xml:"title"`
			ID      string    `xml:"id"`
			Author  string    `xml:"author>name"`
			Updated time.Time `xml:"updated"`
			Content string    `xml:"content"`
		} `xml:"entry"`
	}
	require.NoError(t, xml.Unmarshal([]byte(body), &feed))
	require.Equal(t, "http://www.w3.org/2005/Atom", feed.XMLName.Space)
	require.Len(t, feed.Entries, 4)
	first := feed.Entries[0]
	require.Equal(t, "<&>", first.Title)
	require.Equal(t, "Eve", first.Author)
	require.Equal(t, s.url("/blog/entry/entry"), first.ID)
	require.Equal(t, "<p>a &amp; &lt;b&gt;</p>\n\n<p>]]&gt;</p>", strings.TrimSpace(first.Content))
	require.Equal(t, feed.Updated, first.Updated)
}

// While a query waits for another transaction, the loop serves other requests.
func TestBlogQueriesRunOffTheLoop(t *testing.T) {
	s := serve(t, 1)
	v := visit(t, s)
	token := v.logIn("Ada")
	tx, err := s.blog.db.Begin() // blocks other writers
	require.NoError(t, err)
	defer tx.Rollback()
	status := make(chan int, 1)
	go func() {
		answer, err := v.client.PostForm(s.url("/blog/compose"), url.Values{"_xsrf": {token}, "title": {"t"}, "text": {"t"}})
		if err != nil {
			status <- 0
			return
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	eventually(t, "it waits", func() bool { return readStats(t, s).CoroutinesParked > 1 })
	answer, _ := get(t, s.url("/blog"))
	require.Equal(t, 200, answer.StatusCode)
	select {
	case code := <-status:
		t.Fatalf("the entry was saved before its turn: %d", code)
	default:
	}
	require.NoError(t, tx.Rollback())
	require.Equal(t, 303, <-status)
}

func TestBlogStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a b?.db") // a name that needs escaping
	b, err := openBlog(file)
	require.NoError(t, err)
	require.FileExists(t, file)
	now := time.Unix(2_000_000_000, 0).UTC()
	var slugs []string
	for range 3 {
		slug, err := b.Save("", &article{Title: "Same", Text: "x", Author: "a"}, now)
		require.NoError(t, err)
		slugs = append(slugs, slug)
	}
	require.Equal(t, []string{"same", "same-2", "same-3"}, slugs)
	latest, err := b.Latest(2)
	require.NoError(t, err)
	require.Equal(t, []string{"same-3", "same-2"}, []string{latest[0].Slug, latest[1].Slug})
	require.Equal(t, now, latest[0].Published)
	_, err = b.BySlug("nothing")
	require.ErrorIs(t, err, errNoEntry)
	_, err = b.OwnByID(fmt.Sprint(latest[0].ID), "b")
	require.ErrorIs(t, err, errNotYours)
	require.ErrorIs(t, b.Delete("77", "a"), errNoEntry)
	for {
		if _, err = b.Save("", &article{Title: fmt.Sprint(time.Now().UnixNano()), Text: "x", Author: "a"}, now); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, errFull)
	all, err := b.Latest(maxEntries * 2)
	require.NoError(t, err)
	require.Len(t, all, maxEntries)
	require.NoError(t, b.closeDatabase())

	b, err = openBlog(file)
	require.NoError(t, err)
	again, err := b.Latest(maxEntries * 2)
	require.NoError(t, err)
	require.Equal(t, all, again, "the file stores the entries")
	require.NoError(t, b.closeDatabase())
	_, err = openBlog(t.TempDir())
	require.ErrorContains(t, err, "the blog's database")

	b, err = openBlog("")
	require.NoError(t, err)
	directory := b.temporary
	require.DirExists(t, directory)
	require.NoError(t, b.closeDatabase())
	require.NoDirExists(t, directory)
}

var goodSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func FuzzSlugOf(f *testing.F) {
	for _, title := range []string{"", "Hello, world", "Über Straßen", "--", "a-", "日本", strings.Repeat("a b", 40), "\xff"} {
		f.Add(title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		if got := slugOf(title); !goodSlug.MatchString(got) || len(got) > 60 {
			t.Errorf("%q: %q", title, got)
		}
	})
}

// Every page of the blog compiles, whether or not a test renders it.
func TestBlogTemplatesCompile(t *testing.T) {
	s, err := blogSettings(web.Settings{}, nil)
	require.NoError(t, err)
	loader := template.NewFSLoader(s.TemplateFS, template.Options{})
	for _, name := range []string{"home.html", "entry.html", "archive.html", "compose.html", "login.html", "error.html", "feed.xml",
		"modules/entry.html", "modules/recent.html", "modules/languages.html", "modules/text.html"} {
		_, err := loader.Load(name)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"de", locale.DefaultCode}, s.Translations.SupportedLocales())
}

func TestBrowserBlog(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.SetSize(1280, 900)
	b.Open(s.url("/"))
	b.Click(`main .button[href="/blog"]`)
	b.WaitFor(`document.querySelector("h1").textContent.trim() === "Notes from the loop"`)
	b.Screenshot("blog")
	b.Click(`nav [lang="de"]`)
	b.WaitFor(`document.documentElement.lang === "de" && document.querySelector("h1").textContent.trim() === "Notizen aus der Schleife"`)
	b.Click(`a[href="/blog/login"]`)
	b.Write("#name", "Ada")
	b.Click(`form.stack button`)
	b.WaitFor(`document.querySelector(".pill.good").textContent === "Angemeldet als Ada"`)
	b.Click(`a[href="/blog/compose"]`)
	b.Write("#title", "Mein <erster> Eintrag")
	b.Write("#text", "Zeile\n\nNoch eine, mit www.example.com")
	b.Screenshot("blog-compose")
	b.Click(`form.stack button`)
	b.WaitFor(`location.pathname === "/blog/entry/mein-erster-eintrag" && document.querySelector("article h2").textContent === "Mein <erster> Eintrag"`)
	b.WaitFor(`document.querySelectorAll("article > p").length === 3 && document.querySelector("article a[rel]").textContent === "www.example.com"`)
	b.WaitFor(`document.querySelector(".recent a").textContent === "Mein <erster> Eintrag"`)
	b.WaitFor(`getComputedStyle(document.querySelector(".entry")).marginBottom === "20px"`) // the module's style
	b.Screenshot("blog-entry")
	b.Click(`form[action="/blog/delete"] button`)
	b.WaitFor(`location.pathname === "/blog" && document.querySelectorAll("article").length === 3`)
	b.Click(`form[action="/blog/logout"] button`)
	b.WaitFor(`document.querySelector('a[href="/blog/login"]') !== null`)
	b.RequireNoErrors()
}

// A new process has the entries of the previous one; the last process removes the database.
func TestBlogSurvivesARestart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p := launch(t)
	v := visit(t, &p.testServer)
	token := v.logIn("Ada")
	answer, _ := v.post("/blog/compose", url.Values{"_xsrf": {token}, "title": {"Before"}, "text": {"x"}})
	require.Equal(t, 303, answer.StatusCode)
	require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP))
	p.serving()
	require.NoError(t, p.cmd.Wait()) // the previous process has ended
	require.Contains(t, visit(t, &p.testServer).body("/blog/entry/before"), "Before")
	require.NoError(t, syscall.Kill(p.pid, syscall.SIGTERM))
	_, err := io.Copy(io.Discard, p.output)
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "tornado-blog-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
