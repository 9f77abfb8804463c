package web

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

func TestArguments(t *testing.T) {
	const form = "POST /?a=1&a=+2+&b=q&e=%00x%1f%09y\nContent-Type: application/x-www-form-urlencoded\n\na=3&c=+d+"
	for _, tt := range []struct {
		name, request string
		get           func(h *probe) any
		want          string
	}{
		{"web-64 last value", "GET /?a=1&a=2", func(h *probe) any { return h.GetArgument("a") }, "2"},
		{"web-65 body wins", form, func(h *probe) any { return h.GetArgument("a") }, "3"},
		{"web-65 all", form, func(h *probe) any { return h.GetArguments("a") }, `[1 2 3]`},
		{"query only", form, func(h *probe) any { return h.GetQueryArgument("a") }, "2"},
		{"query only, all", form, func(h *probe) any { return h.GetQueryArguments("a", false) }, "[1  2 ]"},
		{"body only", form, func(h *probe) any { return h.GetBodyArgument("a") }, "3"},
		{"body only, absent", form, func(h *probe) any { return h.GetBodyArgument("b", "none") }, "none"},
		{"body only, all", form, func(h *probe) any { return h.GetBodyArguments("c") }, "[d]"},
		{"body only, none", form, func(h *probe) any { return len(h.GetBodyArguments("b")) }, "0"},
		{"web-63 strip", form, func(h *probe) any { return h.GetArgument("c") }, "d"},
		{"web-63 no strip", form, func(h *probe) any { return h.GetArguments("c", false) }, "[ d ]"},
		{"web-63 strip", form, func(h *probe) any { return h.GetArguments("c", true) }, "[d]"},
		{"web-63 controls", form, func(h *probe) any { return h.GetArguments("e", false) }, "[ x \ty]"},
		{"web-63 text", "GET /?a=%C3%A9", func(h *probe) any { return h.GetArgument("a") }, "é"},
		{"web-64 default", "GET /", func(h *probe) any { return h.GetArgument("a", "") + "." }, "."},
		{"web-64 default not used", "GET /?a=1", func(h *probe) any { return h.GetArgument("a", "2") }, "1"},
		{"blank", "GET /?a=", func(h *probe) any { return h.GetArgument("a", "2") }, ""},
		{"web-60 caught", "GET /", func(h *probe) (got any) {
			defer func() { got = recover().(*MissingArgumentError).ArgName }()
			return h.GetArgument("a")
		}, "a"},
	} {
		keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { return h.WriteString(fmt.Sprint(tt.get(h))) }), tt.request)
		if got := conn.String(); got != "200 OK / "+tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, tt := range []struct {
		name, request string
		get           func(h *probe)
		log           string
	}{
		{"web-60", "GET /?b=1", func(h *probe) { h.GetArgument("a") }, "Missing argument a"},
		{"web-60 query", "GET /?b=1", func(h *probe) { h.GetQueryArgument("a") }, "Missing argument a"},
		{"web-60 body", "GET /?a=1", func(h *probe) { h.GetBodyArgument("a") }, "Missing argument a"},
		{"web-63", "GET /?a=%E9" + strings.Repeat("x", 50), func(h *probe) { h.GetArgument("a") }, `Invalid unicode in a: "\xe9` + strings.Repeat("x", 39) + `"`},
		{"web-63 another value", "GET /?a=%E9&a=1", func(h *probe) { h.GetArgument("a") }, `Invalid unicode in a: "\xe9"`},
		{"web-63 list", "GET /?a=1&a=%E9", func(h *probe) { h.GetArguments("a") }, `Invalid unicode in a: "\xe9"`},
		{"http-92", "GET /\nContent-Type: multipart/form-data\n\nx", func(h *probe) {}, "Invalid body: "},
	} {
		book := keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { tt.get(h); return nil }), tt.request)
		if got := conn.String(); got != page("400 Bad Request") {
			t.Errorf("%s: got %s", tt.name, got)
		}
		if got := book.without("access"); !strings.HasPrefix(got, "WARN general: 400 GET /") || !strings.Contains(got, ": "+tt.log) {
			t.Errorf("%s: log %s, want %s", tt.name, got, tt.log)
		}
	}
}

// pathEcho responds with the groups of its pattern.
type pathEcho struct {
	RequestHandler
	prepared string
}

func (h *pathEcho) Prepare() error {
	h.prepared = fmt.Sprintf("%q %q", h.PathArgs(), h.PathKwargs())
	return nil
}

func (h *pathEcho) Get(args ...string) error {
	if got := fmt.Sprintf("%q %q", args, h.PathKwargs()); got != h.prepared {
		return errors.New("Prepare saw " + h.prepared)
	}
	return h.WriteString(h.prepared)
}

func TestPathArguments(t *testing.T) {
	for _, tt := range []struct{ name, pattern, path, want string }{
		{"web-6 positional", "/(.*)/([0-9])", "/a/5", `["a" "5"] map[]`},
		{"web-6 named", "/(?P<x>.*)", "/a", `[] map["x":"a"]`},
		{"none", "/a", "/a", `[] map[]`},
		{"web-66 optional", "/(a)?(b)?", "/b", `["" "b"] map[]`},
		{"web-66 percent", "/(.*)", "/%C3%A9%00%", `["é\x00%"] map[]`},
		{"web-66 plus", "/(.*)", "/a+%2b", `["a++"] map[]`},
		{"web-66 question mark", "/(.*)", "/%3F?x=1", `["?"] map[]`},
		{"web-67", "/(.*)", "/%E9", "400"},
		{"web-67 named", "/(?P<x>.*)", "/%E9", "400"},
		{"web-68", "/([^/]*)", "/a%2Fb", `["a/b"] map[]`},
		{"template", "/{a}/{b:[0-9]+}", "/x%2Fy/12", `[] map["a":"x/y" "b":"12"]`},
		{"template, no match", "/{a}/{b:[0-9]+}", "/x/y", "404"},
		{"template, invalid", "/{a}", "/%E9", "400"},
	} {
		keepLog(t)
		conn := fetch(t, NewApplication([]URLSpec{URL(tt.pattern, pathEcho{})}, Settings{}), "GET "+tt.path)
		got := conn.body()
		if conn.status != "200 OK" {
			got = conn.status[:3]
		}
		if got != tt.want {
			t.Errorf("%s: %s on %s: got %s, want %s", tt.name, tt.pattern, tt.path, got, tt.want)
		}
	}
}

func TestPathArg(t *testing.T) {
	keepLog(t)
	app := NewApplication([]URLSpec{URL("/{id}", probe{do: func(h *probe) error {
		return h.Finish(h.PathArg("id") + h.PathArg("absent"))
	}})}, Settings{})
	if got := fetch(t, app, "GET /7").body(); got != "7" {
		t.Error(got)
	}
}

func TestAHandlerMayKeepItsRequest(t *testing.T) { // web-17
	keepLog(t)
	var kept []*RequestHandler
	keep := func(h *probe) error {
		kept = append(kept, &h.RequestHandler)
		return nil
	}
	app := NewApplication([]URLSpec{URL("/{id}", probe{do: keep}), URL("/x/(.*)", probe{do: keep}), URL("/y/(?P<id>.*)", probe{do: keep})}, Settings{})
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		for _, path := range []string{"/1", "/2", "/x/3", "/x/4", "/y/5", "/y/6"} {
			request(t, app, &fakeConn{loop: loop}, "GET "+path).Finish()
		}
	})
	var got []string
	for _, h := range kept {
		got = append(got, fmt.Sprint(h.Request().Path, h.PathArgs(), h.PathKwargs()))
	}
	if want := "/1[] map[id:1] /2[] map[id:2] /x/3[3] map[] /x/4[4] map[] /y/5[] map[id:5] /y/6[] map[id:6]"; strings.Join(got, " ") != want {
		t.Error(got)
	}
}

func TestCurrentUser(t *testing.T) { // web-106
	keepLog(t)
	asked := 0
	for _, tt := range []struct {
		set  any
		want string
	}{
		{nil, "<nil> <nil>, asked 1 times"}, // cached though falsy
		{"ben", "ben ben, asked 0 times"},
	} {
		asked = 0
		conn := fetch(t, serving(userHandler{asked: &asked, set: tt.set}), "GET /")
		if got := conn.body(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

type userHandler struct {
	RequestHandler
	asked *int
	set   any
}

func (h *userHandler) GetCurrentUser() any {
	*h.asked++
	return nil
}

func (h *userHandler) Get(args ...string) error {
	if h.set != nil {
		h.SetCurrentUser(h.set)
	}
	return h.WriteString(fmt.Sprintf("%v %v, asked %d times", h.CurrentUser(), h.CurrentUser(), *h.asked))
}

func TestReadJSON(t *testing.T) {
	type story struct {
		ID   int
		Tags []string
	}
	book := keepLog(t)
	for _, tt := range []struct {
		name, body string
		into       func() any
		options    []JSONOptions
		want       string // the value, or the status of the response and the log
	}{
		{"any", `{"a": [1, "é", null]}`, func() any { return new(any) }, nil, `map[a:[1 é <nil>]]`},
		{"UTF-8 with a mark", "\xef\xbb\xbf[\"é\"]", func() any { return new(any) }, nil, `[é]`}, // escape-5
		{"UTF-16 with a mark", "\xff\xfe1\x002\x00", func() any { return new(any) }, nil, `12`},
		{"UTF-16", "\x001\x002", func() any { return new(any) }, nil, `12`},
		{"UTF-32 with a mark", "\x00\x00\xfe\xff\x00\x00\x001", func() any { return new(any) }, nil, `1`},
		{"half a UTF-16 unit", "\xff\xfe1", func() any { return new(any) }, nil, "400: Invalid unicode in JSON body"},
		{"only a mark", "\xef\xbb\xbf", func() any { return new(any) }, nil, "400: Missing JSON body"},
		{"space around", " \r\n\t1\n", func() any { return new(any) }, nil, "1"},
		{"struct", `{"id": 7, "tags": ["x"], "more": 1}`, func() any { return new(story) }, nil, `{7 [x]}`},
		{"numbers", `12345678901234567890`, func() any { return new(any) }, []JSONOptions{{UseNumber: true}}, "12345678901234567890"},
		{"largest", `"` + strings.Repeat("x", 8) + `"`, func() any { return new(string) }, []JSONOptions{{MaxBytes: 10}}, "xxxxxxxx"},
		{"too large", `"` + strings.Repeat("x", 9) + `"`, func() any { return new(string) }, []JSONOptions{{MaxBytes: 10}}, "413: JSON body of 11 bytes is larger than 10"},
		{"too large by default", strings.Repeat(" ", 1<<20+1), func() any { return new(any) }, nil, "413: JSON body of 1048577 bytes is larger than 1048576"},
		{"none", "", func() any { return new(any) }, nil, "400: Missing JSON body"},
		{"blank", " \n", func() any { return new(any) }, nil, "400: Missing JSON body"},
		{"no UTF-8", "\"\xe9\"", func() any { return new(any) }, nil, "400: Invalid unicode in JSON body"},
		{"syntax", `{"a" 1}`, func() any { return new(any) }, nil, "400: Invalid JSON body: at byte 6: invalid character '1' after object key"},
		{"cut short", `{"a": `, func() any { return new(any) }, nil, "400: Invalid JSON body: at byte 6: unexpected EOF"},
		{"two values", `{} {}`, func() any { return new(any) }, nil, `400: Invalid JSON body: "{}" after the value`},
		{"a form", `a=1`, func() any { return new(any) }, nil, "400: Invalid JSON body: at byte 1: invalid character 'a' looking for beginning of value"},
		{"other type", `{"id": "x"}`, func() any { return new(story) }, nil, "400: Invalid JSON body: json: cannot unmarshal string into Go struct field story.ID of type int"},
		{"unknown field", `{"x": 1}`, func() any { return new(story) }, []JSONOptions{{DisallowUnknownFields: true}}, `400: Invalid JSON body: json: unknown field "x"`},
		{"too deep", strings.Repeat("[", 100_000), func() any { return new(any) }, nil, "400: Invalid JSON body: at byte 10001: invalid character '[' exceeded max depth"},
		{"no pointer", `1`, func() any { return 1 }, nil, "500: web: ReadJSON: json: Unmarshal(non-pointer int)"},
	} {
		book.records = nil
		conn := fetch(t, getting(func(h *probe) error {
			v := tt.into()
			if err := h.ReadJSON(v, tt.options...); err != nil {
				return err
			}
			return h.WriteString(fmt.Sprint(reflect.ValueOf(v).Elem()))
		}), "POST /\n\n"+tt.body)
		got := conn.body()
		if conn.status != "200 OK" {
			_, log, _ := strings.Cut(book.without("access"), "(127.0.0.1)")
			got = conn.status[:3] + ": " + strings.TrimPrefix(strings.TrimPrefix(log, " error="), ": ")
		}
		if got != tt.want {
			t.Errorf("%s: %.40s:\ngot  %s\nwant %s", tt.name, tt.body, got, tt.want)
		}
	}
}
