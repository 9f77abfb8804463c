package web

import (
	"regexp"
	"testing"
)

type etagHandler struct {
	RequestHandler
	computed string
}

func (h *etagHandler) Get(args ...string) error  { return h.WriteString("x") }
func (h *etagHandler) Head(args ...string) error { return h.Get() }
func (h *etagHandler) Post(args ...string) error { return h.Get() }
func (h *etagHandler) ComputeEtag() string       { return h.computed }

func TestNotModified(t *testing.T) { // web-40, web-41, web-42
	for _, tt := range []struct{ name, method, etag, ifNoneMatch, want string }{
		{"none", "GET", `"a"`, ``, `200 "a"`},
		{"same", "GET", `"a"`, `"a"`, `304 "a"`},
		{"HEAD", "HEAD", `"a"`, `"a"`, `304 "a"`},
		{"POST has none", "POST", `"a"`, `"a"`, `200 `},
		{"other", "GET", `"a"`, `"b"`, `200 "a"`},
		{"in a list", "GET", `"a"`, `"b", "a" , "c"`, `304 "a"`},
		{"weak there", "GET", `"a"`, `W/"a"`, `304 "a"`},
		{"weak here", "GET", `W/"a"`, `"a"`, `304 W/"a"`},
		{"weak both", "GET", `W/"a"`, `W/"b", W/"a"`, `304 W/"a"`},
		{"unquoted", "GET", `"a"`, `a`, `200 "a"`},
		{"wildcard", "GET", `"a"`, `*`, `304 "a"`},
		{"wildcard first", "GET", `"a"`, `x, *, "b"`, `304 "a"`},
		{"wildcard later", "GET", `"a"`, `"b", *`, `200 "a"`},
		{"wildcard without an etag", "GET", ``, `*`, `200 `},
		{"no etag", "GET", ``, `"a"`, `200 `},
		{"unsafe etag", "GET", "\"a\n\"", ``, `500 `},
	} {
		keepLog(t)
		conn := fetch(t, serving(etagHandler{computed: tt.etag}), tt.method+" /\nIf-None-Match: "+tt.ifNoneMatch)
		if got := conn.status[:4] + conn.header("Etag"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if conn.status[:3] == "304" && (conn.body() != "" || conn.header("Content-Type") != "") {
			t.Errorf("%s: %v has a body or its type", tt.name, conn)
		}
	}
}

func TestWhenThereIsNoAutomaticEtag(t *testing.T) { // web-40, web-44
	for name, tt := range map[string]struct {
		do   func(h *probe)
		want string
	}{
		"SHA-1 of the body": {func(h *probe) { h.WriteString("hello") }, `200 "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"`},
		"own":               {func(h *probe) { h.SetHeader("Etag", `"mine"`) }, `200 "mine"`},
		"own, matching":     {func(h *probe) { h.SetHeader("Etag", `"asked"`) }, `200 "asked"`},
		"status":            {func(h *probe) { h.SetStatus(201) }, "201 "},
		"flushed":           {func(h *probe) { h.Flush() }, "200 "},
		"checked early": {func(h *probe) {
			h.SetHeader("Etag", `"asked"`)
			if h.CheckEtagHeader() {
				h.SetStatus(304)
			}
		}, `304 "asked"`},
	} {
		keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { tt.do(h); return nil }), "GET /\nIf-None-Match: \"asked\"")
		if got := conn.status[:4] + conn.header("Etag"); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// FuzzNoneMatch compares noneMatch with the regular expression that defines it.
func FuzzNoneMatch(f *testing.F) {
	for _, header := range []string{``, `*`, `"a"`, `W/"a"`, `"b", "a"`, `"*"`, `"a`, `a"*`, `x*`, `""`, `W/W/"a"`, `"b""a"`, `" *"a"`} {
		f.Add(header, `"a"`)
		f.Add(header, `W/"a"`)
	}
	token := regexp.MustCompile(`\*|(?:W/)?"[^"]*"`)
	weak := func(s string) string { return regexp.MustCompile("^W/").ReplaceAllString(s, "") }
	f.Fuzz(func(t *testing.T, header, etag string) {
		if !regexp.MustCompile(`^(W/)?"[^"]*"$`).MatchString(etag) {
			return
		}
		tokens := token.FindAllString(header, -1)
		want := len(tokens) > 0 && tokens[0] == "*"
		for _, x := range tokens {
			want = want || x != "*" && weak(x) == weak(etag)
		}
		if got := noneMatch(header, etag); got != want {
			t.Errorf("%q in %q: %v, want %v", etag, header, got, want)
		}
	})
}
