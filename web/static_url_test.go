package web

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// urlOf returns the result of StaticURL in a handler of an application.
func urlOf(t *testing.T, s Settings, text string, prepare func(h *probe), options ...StaticURLOption) string {
	t.Helper()
	app := NewApplication([]URLSpec{URL("/page", probe{do: func(h *probe) error {
		if prepare != nil {
			prepare(h)
		}
		return h.WriteString(h.StaticURL(text, options...))
	}})}, s)
	conn := fetch(t, app, "GET /page\nHost: example.com:8080")
	if conn.status != "200 OK" {
		return conn.status
	}
	return conn.body()
}

func TestStaticURL(t *testing.T) { // web-122, web-123
	root := staticRoot(t)
	version := "?v=" + strings.Trim(sha512Etag("hello"), `"`)
	s := Settings{StaticPath: root}
	include := func(h *probe) { h.SetIncludeHost(true) }
	for _, tt := range []struct {
		name    string
		s       Settings
		path    string
		prepare func(h *probe)
		options []StaticURLOption
		want    string
	}{
		{"version", s, "a.txt", nil, nil, "/static/a.txt" + version},
		{"without", s, "a.txt", nil, []StaticURLOption{IncludeVersion(false)}, "/static/a.txt"},
		{"host", s, "a.txt", nil, []StaticURLOption{IncludeHost(true)}, "http://example.com:8080/static/a.txt" + version},
		{"host without version", s, "a.txt", nil, []StaticURLOption{IncludeHost(true), IncludeVersion(false)}, "http://example.com:8080/static/a.txt"},
		{"include_host", s, "a.txt", include, nil, "http://example.com:8080/static/a.txt" + version},
		{"include_host overridden", s, "a.txt", include, []StaticURLOption{IncludeHost(false)}, "/static/a.txt" + version},
		{"prefix", Settings{StaticPath: root, StaticURLPrefix: "/s/"}, "a.txt", nil, nil, "/s/a.txt" + version},
		{"missing", s, "none.txt", nil, nil, "/static/none.txt"},
		{"directory", s, "sub", nil, nil, "/static/sub"},
		{"FS", Settings{StaticFS: fstest.MapFS{"d/a.txt": {Data: []byte("hello")}}}, "d/a.txt", nil, nil, "/static/d/a.txt" + version},
		{"class", Settings{StaticPath: root, StaticHandlerClass: Class(cdn{})}, "a.txt", nil, nil, "https://cdn/a.txt;" + version[3:]},
		{"class with FS", Settings{StaticFS: fstest.MapFS{"a.txt": {Data: []byte("hello")}}, StaticHandlerClass: Class(cdn{})}, "a.txt", nil, nil, "https://cdn/a.txt;" + version[3:]},
		{"no setting", Settings{}, "a.txt", nil, nil, "500 Internal Server Error"},
		{"class without a path", Settings{StaticHandlerClass: Class(cdn{})}, "a.txt", nil, nil, "500 Internal Server Error"},
	} {
		keepLog(t)
		if got := urlOf(t, tt.s, tt.path, tt.prepare, tt.options...); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A cdn handler makes URLs of another host.
type cdn struct{ StaticFileHandler }

func (h *cdn) MakeStaticURL(s *Settings, path string, includeVersion bool) string {
	return "https://cdn/" + path + ";" + h.Self().(StaticHandler).GetVersion(s, path)
}

func TestStaticURLsAreServed(t *testing.T) { // web-122, web-125
	root := staticRoot(t)
	app := NewApplication(nil, Settings{StaticPath: root})
	url := urlOf(t, Settings{StaticPath: root}, "a.txt", nil)
	conn := fetch(t, app, "GET "+url)
	require.Equal(t, "hello", conn.body())
	require.Equal(t, "max-age=315360000", conn.header("Cache-Control"))
	expires, err := time.Parse(time.RFC1123, conn.header("Expires"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(3650*24*time.Hour), expires, time.Minute)
}

func TestStaticSettings(t *testing.T) { // web-125, web-141
	root := staticRoot(t)
	writeFile(t, root+"/robots.txt", "robots")
	writeFile(t, root+"/favicon.ico", "icon")
	writeFile(t, root+"/sub/index.html", "index")
	plain := NewApplication(nil, Settings{StaticPath: root})
	index := NewApplication(nil, Settings{StaticPath: root, StaticURLPrefix: "/f.s/", StaticHandlerClass: Class(StaticFileHandler{DefaultFilename: "index.html"})})
	none := NewApplication(nil, Settings{})
	for _, tt := range []struct {
		name string
		app  *Application
		path string
		want string
	}{
		{"file", plain, "/static/a.txt", "200 hello"},
		{"robots", plain, "/robots.txt", "200 robots"},
		{"favicon", plain, "/favicon.ico", "200 icon"},
		{"their dots are dots", plain, "/robots_txt", "404"},
		{"robots of a class", index, "/robots.txt", "200 robots"},
		{"prefix", index, "/f.s/a.txt", "200 hello"},
		{"its dot is a dot", index, "/fxs/a.txt", "404"},
		{"default filename", index, "/f.s/sub/", "200 index"},
		{"none", none, "/static/a.txt", "404"},
		{"no robots", none, "/robots.txt", "404"},
	} {
		keepLog(t)
		conn := fetch(t, tt.app, "GET "+tt.path)
		got := conn.status[:3]
		if got == "200" {
			got += " " + conn.body()
		}
		if got != tt.want || conn.header("Cache-Control") != "" || conn.header("Expires") != "" {
			t.Errorf("%s: %s: got %s, want %s; Cache-Control %q", tt.name, tt.path, got, tt.want, conn.header("Cache-Control"))
		}
	}
}

func ExampleRequestHandler_StaticURL() {
	app := NewApplication(nil, Settings{StaticPath: "/srv/www"})
	fmt.Println(app.Settings().StaticURLPrefix)
	// Output: /static/
}
