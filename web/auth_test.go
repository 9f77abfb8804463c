package web

import (
	"errors"
	"strings"
	"testing"
)

// members is a page for users who are logged in.
type members struct {
	RequestHandler
	user  any
	login string
}

func (h *members) GetCurrentUser() any { return h.user }
func (h *members) GetLoginURL() string {
	if h.login == "" {
		return h.RequestHandler.GetLoginURL()
	}
	return h.login
}
func (h *members) Prepare() error            { return h.Authenticated() }
func (h *members) Get(args ...string) error  { return h.Finish("secret") }
func (h *members) Head(args ...string) error { return h.Finish("secret") }
func (h *members) Post(args ...string) error { return h.Finish("secret") }

func TestAuthenticated(t *testing.T) { // web-103
	for _, tt := range []struct{ login, request, want string }{
		{"", "GET /a/b?c=d&e", "302 Found / Location: /login?next=%2Fa%2Fb%3Fc%3Dd%26e / "},
		{"", "HEAD /", "302 Found / Location: /login?next=%2F / "},
		{"", "POST /", page("403 Forbidden")},
		{"/other", "GET /", "302 Found / Location: /other?next=%2F / "},
		{"/other?x", "GET /", "302 Found / Location: /other?x / "},
		{"http://sso.example.com/login", "GET /a?b", "302 Found / Location: http://sso.example.com/login?next=http%3A%2F%2Fexample.com%2Fa%3Fb / "},
		{"http://sso.example.com/login?x=1", "GET /a?b", "302 Found / Location: http://sso.example.com/login?x=1 / "},
		{"//sso.example.com/login", "GET /a", "302 Found / Location: //sso.example.com/login?next=%2Fa / "},
		{"/a:b", "GET /a", "302 Found / Location: /a:b?next=%2Fa / "},
		{":a", "GET /a", "302 Found / Location: :a?next=%2Fa / "},
		{"1a:b", "GET /a", "302 Found / Location: 1a:b?next=%2Fa / "},
		{"", "GET /a b/%20~-._*", "302 Found / Location: /login?next=%2Fa"},
	} {
		book := keepLog(t)
		app := NewApplication([]URLSpec{URL("/.*", members{login: tt.login})}, Settings{LoginURL: "/login"})
		if got := fetch(t, app, tt.request).String(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s:\ngot  %s\nwant %s", tt.login, tt.request, got, tt.want)
		}
		if got := book.without("access"); got != "" {
			t.Errorf("%s: log %s", tt.request, got)
		}
	}
}

// The request fails even if the handler drops the error of a check. In Prepare, no verb
// runs.
func TestADroppedErrorOfACheckStillEndsTheRequest(t *testing.T) { // web-103, web-106
	for name, check := range map[string]func(h *probe) error{
		"403 Forbidden": (*probe).Authenticated, "404 Not Found": (*probe).AddSlash,
	} {
		keepLog(t)
		prepared := probe{prepare: func(h *probe) error { check(h); return nil }, do: func(h *probe) error {
			t.Error("the verb ran")
			return nil
		}}
		inVerb := probe{do: func(h *probe) error { check(h); return h.Finish("secret") }}
		app := NewApplication([]URLSpec{URL("/prepare", prepared), URL("/verb", inVerb)}, Settings{LoginURL: "/login"})
		for _, path := range []string{"/prepare", "/verb"} {
			if got := fetch(t, app, "POST "+path).String(); got != page(name) {
				t.Errorf("%s: %s", path, got)
			}
		}
	}
}

func TestWhichUsersAreLoggedIn(t *testing.T) { // web-107
	type user struct{ name string }
	for _, tt := range []struct {
		user any
		want bool
	}{
		{nil, false}, {"", false}, {0, false}, {false, false}, {(*user)(nil), false}, {[]byte(nil), false}, {[]byte{}, false},
		{[]string{}, false}, {map[string]string{}, false}, {user{}, false}, {error(nil), false},
		{"ben", true}, {1, true}, {true, true}, {&user{}, true}, {user{"ben"}, true}, {[]byte("0"), true}, {map[string]string{"": ""}, true}, {errors.New(""), true},
	} {
		keepLog(t)
		app := NewApplication([]URLSpec{URL("/", members{user: tt.user})}, Settings{LoginURL: "/login"})
		if got := fetch(t, app, "GET /"); (got.status == "200 OK") != tt.want {
			t.Errorf("%#v: %s", tt.user, got.status)
		}
	}
}

func TestAuthenticatedWithoutALoginPage(t *testing.T) { // web-103
	book := keepLog(t)
	app := serving(members{})
	if got := fetch(t, app, "GET /").String(); got != errorPage500 {
		t.Error(got)
	}
	if log := book.without("access"); !strings.Contains(log, "web: Authenticated needs a login page: define Settings.LoginURL or override GetLoginURL") {
		t.Error(log)
	}
}

func TestAuthenticatedAfterTheHead(t *testing.T) { // web-101
	book := keepLog(t)
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error {
		h.WriteString("a")
		h.Flush()
		return h.Authenticated()
	}})}, Settings{LoginURL: "/login"})
	if got := fetch(t, app, "GET /").String(); got != "200 OK / a" {
		t.Error(got)
	}
	if log := book.without("access"); !strings.Contains(log, errRedirectAfterHeader.Error()) {
		t.Error(log)
	}
}

// slashed requires a slash at the end of /add, and none at the end of /remove.
type slashed struct{ RequestHandler }

func (h *slashed) Get(args ...string) error {
	guard := h.RemoveSlash
	if strings.HasPrefix(h.Request().URI, "/add") || strings.HasPrefix(h.Request().URI, "//add") || strings.HasPrefix(h.Request().URI, `/\`) {
		guard = h.AddSlash
	}
	if err := guard(); err != nil {
		return err
	}
	return h.Finish("here")
}

func (h *slashed) Head(args ...string) error { return h.Get(args...) }
func (h *slashed) Post(args ...string) error { return h.Get(args...) }

func TestSlashes(t *testing.T) { // web-104
	for _, tt := range []struct{ request, want string }{
		{"GET /add", "301 Moved Permanently / Location: /add/ / "},
		{"GET /add?x=1&y", "301 Moved Permanently / Location: /add/?x=1&y / "},
		{"GET /add?", "301 Moved Permanently / Location: /add/ / "},
		{"HEAD /add", "301 Moved Permanently / Location: /add/ / "},
		{"POST /add", page("404 Not Found")},
		{"GET /add/", "200 OK / here"},
		{"POST /add/", "200 OK / here"},
		{"GET /remove/", "301 Moved Permanently / Location: /remove / "},
		{"GET /remove///?x=/", "301 Moved Permanently / Location: /remove?x=/ / "},
		{"HEAD /remove/", "301 Moved Permanently / Location: /remove / "},
		{"POST /remove/", page("404 Not Found")},
		{"GET /remove", "200 OK / here"},
		{"POST /remove", "200 OK / here"},
		{"GET /", "200 OK / here"},
		{"GET ///?x", "200 OK / here"},
		{"POST /", page("404 Not Found")},
		{"GET //add", "301 Moved Permanently / Location: http://example.com//add/ / "}, // not to another host
		{"GET //evil.com/", "301 Moved Permanently / Location: http://example.com//evil.com / "},
		{`GET /\evil.com`, `301 Moved Permanently / Location: http://example.com/\evil.com/ / `},
	} {
		book := keepLog(t)
		if got := fetch(t, serving(slashed{}), tt.request).String(); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.request, got, tt.want)
		}
		if got := book.without("access"); got != "" { // the verb went on
			t.Errorf("%s: log %s", tt.request, got)
		}
	}
}
