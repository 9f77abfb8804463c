package docs

import (
	"fmt"
	"strings"
	"testing"
)

// TestPrototypesThatCannotBeServedDoNotCompile checks that the compiler's error names the
// mistake. The name APrototypeIsAStructThatEmbedsOneRequestHandler says how to mend it. In types,
// # stands for the number of the case.
func TestPrototypesThatCannotBeServedDoNotCompile(t *testing.T) {
	const remedy = "APrototypeIsAStructThatEmbedsOneRequestHandler"
	cases := []struct{ name, types, prototype, want string }{
		{"two bases", "type A# struct{ web.RequestHandler }; type B# struct{ web.RequestHandler }; type Page# struct { A#; B# }", "Page#{}",
			"ambiguous selector *Page0." + remedy},
		{"a pointer", "type Page# struct{ web.RequestHandler }", "&Page#{}", "missing method " + remedy},
		{"no base", "type Page# struct{}", "Page#{}", "missing method " + remedy},
		{"a mixin's hook as deep as the base's", "type M# struct{}; func (*M#) Prepare() error { return nil }; type Page# struct { web.RequestHandler; M# }", "Page#{}",
			"ambiguous selector *Page3.Prepare"},
		{"a hook with a wrong signature", "type Page# struct{ web.RequestHandler }; func (*Page#) Get() error { return nil }", "Page#{}",
			"wrong type for method Get"},
		{"a base one level deeper than the mixin", "type Base# struct{ web.RequestHandler }; type M# struct{}; func (*M#) Prepare() error { return nil }; type Page# struct { Base#; M# }", "Page#{}", ""},
	}
	const head = "package docs; import \"github.com/gotornado/tornado/web\"\n"
	source := head
	for i, tt := range cases { // one line each
		source += strings.ReplaceAll(tt.types+"; var _ = web.URL(`/`, "+tt.prototype+")\n", "#", fmt.Sprint(i))
	}
	said := compile(t, source)
	for i, tt := range cases {
		var got []string
		for _, line := range said {
			if strings.Contains(line, fmt.Sprintf("examples.go:%d:", i+2)) {
				got = append(got, line)
			}
		}
		if text := strings.Join(got, "\n"); !strings.Contains(text, tt.want) || (text == "") != (tt.want == "") {
			t.Errorf("%s: the compiler says %q, want %q", tt.name, text, tt.want)
		}
	}
}
