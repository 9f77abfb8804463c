package web

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
)

func TestReverseURL(t *testing.T) { // web-118, web-119, web-120
	named := func(pattern string) *Application {
		return NewApplication([]URLSpec{URL("/other", probe{}), URL(pattern, probe{}, Name("n"))}, Settings{})
	}
	for _, tt := range []struct {
		pattern string
		args    []any
		want    string
	}{
		{`/a`, nil, "/a"},
		{`/(.*)/([0-9]+)`, []any{"x", 5}, "/x/5"},
		{`/(.*)`, []any{"a b/c?&é~_.-"}, "/a%20b/c%3F%26%C3%A9~_.-"},
		{`/(.*)`, []any{[]byte("é")}, "/%C3%A9"},
		{`/a\.b/(.*)`, []any{"x"}, "/a.b/x"},
		{`/{a}/{b:[0-9]+}`, []any{"x", 5}, "/x/5"},
		{`/\d+`, nil, `error web: cannot reverse url regex /\d+: use a pattern of plain text and groups`},
		{`/(.*)`, nil, `error web: required number of arguments not found: /(.*) needs 1, not 0`},
		{`/a`, []any{1}, `error web: required number of arguments not found: /a needs 0, not 1`},
	} {
		got, err := named(tt.pattern).ReverseURL("n", tt.args...)
		if err != nil {
			got = "error " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %v: got %s, want %s", tt.pattern, tt.args, got, tt.want)
		}
	}
	if _, err := named("/a").ReverseURL("unknown"); err == nil || err.Error() != "web: unknown not found in named urls" {
		t.Error(err)
	}
}

func TestReverseURLInHandlersAndHostGroups(t *testing.T) { // web-117
	book := keepLog(t)
	app := NewApplication([]URLSpec{
		URL("/first", probe{}, Name("twice")),
		URL("/here", probe{do: func(h *probe) error {
			one, _ := h.ReverseURL("twice")
			two, _ := h.ReverseURL("hosted", 1)
			return h.WriteString(one + " " + two)
		}}),
		URL("/second", probe{}, Name("twice")),
	}, Settings{})
	app.AddHandlers("www.*", []URLSpec{URL("/hosted/(.*)", probe{}, Name("hosted"))})
	if got := fetch(t, app, "GET /here").body(); got != "/second /hosted/1" {
		t.Error(got)
	}
	if got := book.without("access"); got != "WARN application: Multiple handlers named twice; replacing previous value" {
		t.Error(got)
	}
}

type choosy struct {
	RequestHandler
	err error
}

func (h *choosy) CheckPrototype(self Handler) error {
	if _, ok := self.(*choosy); !ok && h.err == nil {
		return fmt.Errorf("self is %T", self)
	}
	return h.err
}

type pointing struct{ *RequestHandler }

func TestWrongSpecsPanic(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func()
		want string // regexp; "" for no panic
	}{
		{"regexp", func() { URL(`/(?=a)`, probe{}) }, `^web: URL pattern "/\(\?=a\)": .* write it for Go's package regexp$`},
		{"web-110", func() { URL(`/(a)(?P<x>b)`, probe{}) }, `groups must be all named or all positional`},
		{"CheckPrototype", func() { URL(`/`, choosy{err: errors.New("embed something else")}) }, `^web: web\.choosy cannot be served: embed something else$`},
		{"CheckPrototype content", func() { URL(`/`, choosy{}) }, ``},
		{"embedded nil", func() { URL(`/`, pointing{}) }, `^web: web\.pointing embeds a pointer to its base: embed it by value`},
		{"embedded pointer", func() { URL(`/`, pointing{&RequestHandler{}}) }, `^web: web\.pointing embeds a pointer to its base: embed it by value`},
		{"host", func() { NewApplication(nil, Settings{}).AddHandlers("(", nil) }, `^web: host pattern "\(": `},
		{"host template", func() { NewApplication(nil, Settings{}).AddHandlers("{a}.{a:(}", nil) }, `host pattern|mux`},
		{"redirect", func() { Class(RedirectHandler{URL: "/{0"}) }, `^web: web\.RedirectHandler cannot be served: URL "/\{0" has a single brace`},
		{"redirect to nothing", func() { Class(RedirectHandler{}) }, `^web: web\.RedirectHandler cannot be served: its URL is empty$`},
		{"nil middleware", func() { URL("/", probe{}, Middleware(nil)) }, `^web: Middleware got a nil function: `},
		{"no URL", func() { NewApplication([]URLSpec{URL("/", probe{}), {}}, Settings{}) }, `^web: URLSpec 1 has no handler: make it with web\.URL or web\.Rule$`},
		{"no URL of a host", func() { NewApplication(nil, Settings{}).AddHandlers("x", make([]URLSpec, 1)) }, `^web: URLSpec 0 has no handler: `},
		{"static", func() { NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{})}, Settings{}) }, `^web: \*web\.StaticFileHandler cannot be served: set its Path or FS, or Settings.StaticPath or StaticFS$`},
		{"static hook", func() { Class(mistypedStatic{}) }, `^web: web\.mistypedStatic cannot be served: a hook of StaticFileHandler is overridden with another signature: compare its methods with web\.StaticHandler$`},
		{"static class", func() { NewApplication(nil, Settings{StaticHandlerClass: Class(hello{})}) }, `^web: Settings.StaticHandlerClass is \*web\.hello: embed web.StaticFileHandler$`},
	} {
		got := panicOf(tt.make)
		if (got == "") != (tt.want == "") || !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%s: panicked with %q, want %s", tt.name, got, tt.want)
		}
	}
}

func panicOf(fn func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	fn()
	return ""
}
