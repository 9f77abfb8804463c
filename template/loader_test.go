package template

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestResolvePath(t *testing.T) { // tmpl-18, tmpl-19
	l := NewDictLoader(nil, Options{})
	for _, tt := range []struct{ name, parent, want string }{
		{"b.html", "a/1.html", "a/b.html"}, {"../b/3.html", "a/2.html", "b/3.html"}, {"./x", "a/b", "a/x"}, {"b.html", "", "b.html"},
		{"b.html", "1.html", "b.html"}, {"/b.html", "a/1.html", "/b.html"}, {"b.html", "/a/1.html", "b.html"}, {"b.html", "<string>", "b.html"},
		{"../../b.html", "a/1.html", "../../b.html"}, {"..", "a/1.html", "."},
	} {
		if got := l.ResolvePath(tt.name, tt.parent); got != tt.want {
			t.Errorf("%s in %s: got %s, want %s", tt.name, tt.parent, got, tt.want)
		}
	}
}

func generate(t *testing.T, l BaseLoader, name string, names map[string]any) string {
	t.Helper()
	page, err := l.Load(name)
	require.NoError(t, err)
	out, err := page.Generate(names)
	require.NoError(t, err)
	return string(out)
}

func TestLoaderReadsEachFileOnceUntilReset(t *testing.T) { // tmpl-33
	files := map[string]string{"a": "one"}
	l := NewDictLoader(files, Options{})
	first, err := l.Load("a")
	require.NoError(t, err)
	again, err := l.Load("a")
	require.NoError(t, err)
	require.Same(t, first, again)
	files["a"] = "two"
	require.Equal(t, "one", generate(t, l, "a", nil))
	l.Reset()
	require.Equal(t, "two", generate(t, l, "a", nil))
	_, err = l.Load("missing")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.EqualError(t, err, "template: missing: file does not exist")
	_, err = NewLoader("testdata/none", Options{}).Load("missing")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Regexp(t, `^template: missing in /.*/template/testdata/none: no such file or directory$`, err.Error())
}

func TestLoaderOfADirectory(t *testing.T) { // tmpl-33, tmpl-34
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write("utf8.html", "Héllo {% include 'sub/x.html' %}")
	write("sub/x.html", "{% include '../y.html' %}")
	write("y.html", "y1")
	l := NewLoader(root, Options{})
	require.Equal(t, "Héllo y1", generate(t, l, "utf8.html", nil))
	for _, name := range []string{"../escape.html", "/etc/passwd", "nope.html", ""} {
		_, err := l.Load(name)
		require.Error(t, err, name)
	}
	reloading := NewLoader(root, Options{Reload: true})
	require.Equal(t, "Héllo y1", generate(t, reloading, "utf8.html", nil))
	write("y.html", "changed")
	require.Equal(t, "Héllo changed", generate(t, reloading, "utf8.html", nil), "an included file changed")
	require.Equal(t, "Héllo y1", generate(t, l, "utf8.html", nil), "without Reload nothing is read again")
	write("y.html", "CHANGED")
	require.NoError(t, os.Chtimes(filepath.Join(root, "y.html"), time.Time{}, time.Now().Add(time.Hour)))
	require.Equal(t, "Héllo CHANGED", generate(t, reloading, "utf8.html", nil), "the same size at another time")
	before, err := reloading.Load("utf8.html")
	require.NoError(t, err)
	same, err := reloading.Load("utf8.html")
	require.NoError(t, err)
	require.Same(t, before, same)
}

func TestLoaderOfAFileSystem(t *testing.T) {
	l := NewFSLoader(fstest.MapFS{"a/b.html": {Data: []byte("{{ greet }} {{ x }}")}}, Options{Namespace: map[string]any{"greet": "Hi", "x": 1}})
	require.Equal(t, "Hi 2", generate(t, l, "a/b.html", map[string]any{"x": 2})) // tmpl-32: later names win
}

func TestAFailedExtendsOrIncludeNamesItsFileAndLine(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"include.html": "\n{% include 'gone.html' %}", "extends.html": "\n\n{% extends \"gone.html\" %}",
		"block.html": "{% extends 'base.html' %}\n{% block b %}\n{% if 1 %}{% include gone.html %}{% end %}{% end %}", "base.html": "{% block b %}{% end %}",
		"outer.html": "\n\n\n{% include 'sub/inner.html' %}", "sub/inner.html": "\n{% include 'gone.html' %}", "child.html": "{% extends 'extends.html' %}",
		"outside.html": "\n{% include '../gone.html' %}", "directory.html": "\n{% include 'sub' %}", "empty.html": "\n{% include '.' %}",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	l := NewLoader(root, Options{})
	for _, tt := range []struct {
		name, want string
		cause      error
	}{
		{"include.html", `cannot include "gone.html" from ROOT: no such file or directory at include.html:2`, fs.ErrNotExist},
		{"extends.html", `cannot extend "gone.html" from ROOT: no such file or directory at extends.html:3`, fs.ErrNotExist},
		{"block.html", `cannot include "gone.html" from ROOT: no such file or directory at block.html:3`, fs.ErrNotExist},
		{"outer.html", `cannot include "sub/gone.html" from ROOT: no such file or directory at sub/inner.html:2`, fs.ErrNotExist},
		{"child.html", `cannot extend "gone.html" from ROOT: no such file or directory at extends.html:3`, fs.ErrNotExist},
		{"outside.html", `cannot include "../gone.html" from ROOT: invalid argument at outside.html:2`, fs.ErrInvalid},
		{"directory.html", `cannot include "sub" from ROOT: is a directory at directory.html:2`, syscall.EISDIR},
		{"empty.html", `cannot include "." from ROOT: is a directory at empty.html:2`, syscall.EISDIR},
	} {
		_, err := l.Load(tt.name)
		var parse *ParseError
		require.ErrorAs(t, err, &parse, tt.name)
		require.ErrorIs(t, err, tt.cause, tt.name)
		if got := strings.ReplaceAll(err.Error(), root, "ROOT"); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	_, err := NewDictLoader(map[string]string{"a": "{% include 'b' %}"}, Options{}).Load("a")
	require.EqualError(t, err, `cannot include "b": file does not exist at a:1`)
}

func TestExtendsAndIncludeInCirclesNameTheLineThatClosesTheCircle(t *testing.T) {
	for _, tt := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"a": "\n{% include 'a' %}"}, "a template that extends or includes itself: a > a at a:2"},
		{map[string]string{"a": "\n{% extends 'a' %}"}, "a template that extends or includes itself: a > a at a:2"},
		{map[string]string{"a": "{% include 'b' %}", "b": "\n\n{% extends 'a' %}"}, "a template that extends or includes itself: a > b > a at b:3"},
		{map[string]string{"a": "{% extends 'b' %}", "b": "\n{% include 'a' %}"}, "a template that extends or includes itself: a > b > a at b:2"},
		{map[string]string{"a": "{% include 'b' %}", "b": "{% include 'c' %}", "c": "\n{% include 'b' %}"}, "a template that extends or includes itself: a > b > c > b at c:2"},
	} {
		_, err := NewDictLoader(tt.files, Options{}).Load("a")
		require.EqualError(t, err, tt.want)
	}
	deep := map[string]string{"101": ""}
	for i := range 101 {
		deep[strconv.Itoa(i)] = fmt.Sprintf("\n{%% include '%d' %%}", i+1)
	}
	_, err := NewDictLoader(deep, Options{}).Load("0")
	require.EqualError(t, err, "too many levels of extends and include at 100:2")
}

func TestManyGoroutinesLoad(t *testing.T) {
	l := NewDictLoader(benchFiles, Options{})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if _, err := l.Load("page.html"); err != nil {
					t.Error(err)
				}
				l.Reset()
			}
		})
	}
	wait.Wait()
}

func TestFromHTML(t *testing.T) {
	pages := htmltemplate.Must(htmltemplate.New("page.html").Parse(`<b>{{.name}}</b>{{if .f}}{{call .f}}{{end}}`))
	l := FromHTML(pages)
	require.Equal(t, "<b>&lt;x&gt;</b>", generate(t, l, "page.html", map[string]any{"name": "<x>"}))
	_, err := l.Load("nope.html")
	require.ErrorIs(t, err, fs.ErrNotExist)
	l.Reset()
	page, err := l.Load("page.html")
	require.NoError(t, err)
	_, err = page.Generate(map[string]any{"f": func() (string, error) { return "", fs.ErrClosed }})
	require.ErrorIs(t, err, fs.ErrClosed)
}

//go:embed testdata/demo
var demo embed.FS

// TestDemoTemplatesAsInTornado renders templates with every construct that Tornado's
// demos (blog, chat, facebook) use, here and in Tornado.
func TestDemoTemplatesAsInTornado(t *testing.T) {
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(demo, "testdata/demo", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var text []byte
			text, err = demo.ReadFile(path)
			files[strings.TrimPrefix(path, "testdata/demo/")] = string(text)
		}
		return err
	}))
	updated := goTime{time.Date(2021, 3, 4, 15, 6, 7, 0, time.UTC)}
	entry := map[string]any{"id": 3, "slug": "first", "title": "Tea & <cake>", "html": "<p>Nice.</p>", "markdown": "Nice.", "updated": updated, "published": updated}
	other := map[string]any{"id": 4, "slug": "second", "title": "Second", "html": "<p>2</p>", "markdown": "2", "updated": goTime{updated.AddDate(0, 1, 0)}, "published": updated}
	site := map[string]any{
		"handler": map[string]any{"settings": map[string]any{"blog_title": "Ben's <blog>"}}, "request": map[string]any{"path": "/compose?a=1&b", "host": "example.com"},
		"current_user": map[string]any{"name": "Ann"}, "entries": []any{entry, other}, "entry": entry, "error": "wrong <password>",
		"messages": []any{map[string]any{"id": "m1", "body": "see http://a.b/?x=1&y and \"this\""}},
		"stream": map[string]any{"data": []any{map[string]any{"from": map[string]any{"id": "5", "name": "Zoë"}, "message": "hi <all>", "created_time": "2012-05-06T07:08:09+0000",
			"actions": []any{map[string]any{"link": "http://fb/1"}}}, map[string]any{"from": map[string]any{"id": "6", "name": "Y"}}}},
	}
	empty := map[string]any{"handler": site["handler"], "request": site["request"], "current_user": nil, "entries": []any{}, "entry": nil, "error": nil, "messages": []any{}, "stream": map[string]any{"data": []any{}}}
	var questions []question
	for name := range files {
		if strings.HasPrefix(name, "modules/") {
			continue
		}
		questions = append(questions, question{Files: files, Name: name, Names: site})
		if name != "facebook.html" && name != "entry.html" && name != "feed.xml" {
			questions = append(questions, question{Files: files, Name: name, Names: empty})
		}
	}
	for i, theirs := range ask(t, questions) {
		if theirs.Error != "" {
			t.Errorf("%s: Tornado fails: %s %s %s", questions[i].Name, theirs.Error, theirs.Message, theirs.Place)
		}
		compare(t, questions[i], theirs)
	}
	require.Greater(t, len(questions), 12)
}
