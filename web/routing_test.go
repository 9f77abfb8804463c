package web

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gotornado/tornado/httputil"
)

// named is a handler that responds with its name.
type named struct {
	RequestHandler
	name string
}

func (h *named) Get(args ...string) error { return h.WriteString(h.name + strings.Join(args, ",")) }

func TestRouting(t *testing.T) {
	spec := func(pattern, name string) URLSpec { return URL(pattern, named{name: name}) }
	app := NewApplication([]URLSpec{
		spec("/first", "1"),
		spec("/first", "never"),
		spec("/pre.*", "2"),
		spec("/prefix", "never"),
		spec("/group/(.*)", "3:"),
		spec("/group/plain", "never"),
		spec("/index.html", "4"),
		spec("/end$", "5"),
		spec("/either|/or", "6"),
		spec("/t/{x:[a-z]+}", "7"),
		spec("/t/[0-9]+", "8"),
		spec(`\*`, "9"),
	}, Settings{})
	for _, tt := range []struct{ name, path, want string }{
		{"web-108 first match", "/first", "1"},
		{"web-108 earlier regexp before literal", "/prefix", "2"},
		{"web-108 earlier groups before literal", "/group/plain", "3:plain"},
		{"web-108 anchored at the start", "/x/first", "404"},
		{"web-108 anchored at the end", "/firstly", "404"},
		{"dot", "/index.html", "4"},
		{"dot is any character", "/index_html", "4"},
		{"web-108 own $", "/end", "5"},
		{"web-108 own $", "/ending", "404"},
		{"alternatives", "/either", "6"},
		{"alternatives", "/or", "6"},
		{"alternatives are anchored both", "/eithers", "404"},
		{"template", "/t/abc", "7"},
		{"template that does not match", "/t/12", "8"},
		{"http-11 query is not path", "/first?/x", "1"},
		{"http-11 double slash", "//first", "404"},
		{"percent-encoding is not undone", "/%66irst", "404"},
		{"asterisk", "*", "9"},
		{"http-10 absolute form", "http://example.com/first", "1"},
		{"empty", "", "404"},
		{"web-115", "/nothing", "404"},
	} {
		for range 2 { // the second time over used lookups
			if got := response(t, app, "GET "+tt.path); got != tt.want {
				t.Errorf("%s: %s: got %s, want %s", tt.name, tt.path, got, tt.want)
			}
		}
	}
}

// response returns the body of the response, or the status if it is not 200.
func response(t *testing.T, app *Application, text string) string {
	keepLog(t)
	conn := fetch(t, app, text)
	if conn.status != "200 OK" {
		return conn.status[:3]
	}
	return conn.body()
}

func TestHosts(t *testing.T) { // web-111, web-112, web-113
	spec := func(pattern, name string) URLSpec { return URL(pattern, named{name: name}) }
	newApp := func(s Settings) *Application {
		app := NewApplication([]URLSpec{spec("/", "any"), spec("/any", "any"), spec("/www", "any")}, s)
		app.AddHandlers(`www\.example\.com`, []URLSpec{spec("/", "www"), spec("/www", "www")})
		app.AddHandlers(`.*\.example\.com`, []URLSpec{spec("/", "sub"), spec("/sub", "sub")})
		app.AddHandlers(`{user}.pages.org`, []URLSpec{URL("/user", pathEcho{}), spec("/only", "only")})
		return app
	}
	plain, withDefault := newApp(Settings{}), newApp(Settings{DefaultHost: "www.example.com"})
	for _, tt := range []struct {
		name    string
		app     *Application
		request string
		want    string
	}{
		{"web-111 first host", plain, "GET /\nHost: www.example.com", "www"},
		{"web-111 case and port", plain, "GET /\nHost: WWW.Example.COM:8888", "www"},
		{"web-111 second host", plain, "GET /\nHost: a.example.com", "sub"},
		{"web-111 no host", plain, "GET /\nHost: elsewhere.org", "any"},
		{"web-111 anchored", plain, "GET /\nHost: www.example.com.evil.org", "any"},
		{"web-112 path in a later group", plain, "GET /sub\nHost: www.example.com", "sub"},
		{"web-112 path in the last group", plain, "GET /any\nHost: www.example.com", "any"},
		{"web-112 path in the last group", plain, "GET /www\nHost: a.example.com", "any"},
		{"web-112 nowhere", plain, "GET /none\nHost: www.example.com", "404"},
		{"host template", plain, "GET /user\nHost: ben.pages.org", `[] map["user":"ben"]`},
		{"host template elsewhere", plain, "GET /user\nHost: pages.org", "404"},
		{"web-113 without", plain, "GET /sub\nHost: elsewhere.org", "404"},
		{"web-113", withDefault, "GET /sub\nHost: elsewhere.org", "sub"},
		{"web-113 the last group is first", withDefault, "GET /www\nHost: elsewhere.org", "any"},
		{"web-113 X-Real-Ip", withDefault, "GET /sub\nHost: elsewhere.org\nX-Real-Ip: 1.2.3.4", "404"},
		{"web-113 a group that does not match the default", withDefault, "GET /only\nHost: elsewhere.org", "404"},
	} {
		if got := response(t, tt.app, tt.request); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.name, tt.request, got, tt.want)
		}
	}
}

func TestPlainPathsAreLookedUpInAdvance(t *testing.T) {
	app := NewApplication([]URLSpec{
		URL("/a", probe{}), URL("/b.html", probe{}), URL("/c+", probe{}), URL("/d/(.*)", probe{}), URL("/d/e", probe{}), URL("/{f}", probe{}), URL("/g", probe{}),
	}, Settings{})
	app.AddHandlers("www.*", []URLSpec{URL("/a", probe{})})
	var got []string
	for _, path := range []string{"/a", "/b.html", "/c+", "/d/e", "/g"} {
		if app.router.plain[path] != nil {
			got = append(got, path)
		}
	}
	// Not among the plain paths: /a depends on the host, /d/e has a group, and /g belongs to {f}.
	if strings.Join(got, " ") != "/b.html" {
		t.Errorf("in advance: %v", got)
	}
	r := &httputil.HTTPServerRequest{Path: "/b.html"}
	if n := testing.AllocsPerRun(10, func() { app.findTarget(r) }); n != 0 {
		t.Errorf("%v allocations for a plain path", n)
	}
}

func TestDefaultHandlerClass(t *testing.T) { // web-115
	app := NewApplication(nil, Settings{DefaultHandlerClass: Class(named{name: "mine"})})
	if got := response(t, app, "GET /x"); got != "mine" {
		t.Error(got)
	}
}

func TestStaticRulesComeFirst(t *testing.T) { // web-109, web-141
	files := fstest.MapFS{"robots.txt": {Data: []byte("r")}, "favicon.ico": {Data: []byte("f")}, "a.txt": {Data: []byte("a")}}
	app := NewApplication([]URLSpec{URL("/.*", named{name: "user"})}, Settings{StaticFS: files})
	dotted := NewApplication(nil, Settings{StaticFS: files, StaticURLPrefix: "/s.t/"})
	for _, tt := range []struct {
		app        *Application
		path, want string
	}{
		{app, "/robots.txt", "r"}, {app, "/favicon.ico", "f"}, {app, "/static/a.txt", "a"}, {app, "/static/b.txt", "404"}, {app, "/a.txt", "user"},
		{dotted, "/s.t/a.txt", "a"}, {dotted, "/sxt/a.txt", "404"},
	} {
		if got := response(t, tt.app, "GET "+tt.path); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, got, tt.want)
		}
	}
}
