package httputil

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCookie(t *testing.T) {
	for _, tt := range []struct{ rule, header, want string }{
		{"http-93", "chips=ahoy; vienna=finger", `map["chips":"ahoy" "vienna":"finger"]`},
		{"http-93", `keebler="E=mc2; L=\"Loves\"; fudge=;"`, `map["":"\"" "L":"\\\"Loves\\\"" "fudge":"" "keebler":"\"E=mc2"]`},
		{"http-93", "keebler=E=mc2", `map["keebler":"E=mc2"]`},
		{"http-93", "  = b ; ;  ;  = ;   c  =  ;  ", `map["":"b" "c":""]`},
		{"http-93", "a=b; ; a=c;d", `map["":"d" "a":"c"]`},
		{"http-93", "a b=c d;\te=\tf g\t", `map["a b":"c d" "e":"f g"]`},
		{"http-93", `"a"=b; c="d`, `map["\"a\"":"b" "c":"\"d"]`},
		{"http-93", "", "map[]"},
		{"http-94", `a="b\"c"; d="e\\f"; g="h\073i"`, `map["a":"b\"c" "d":"e\\f" "g":"h;i"]`},
		{"http-94", `a="\400\08\12"; b="\377\000"`, `map["a":"4000812" "b":"\xff\x00"]`},
		{"http-94", `a="b\"`, `map["a":"b\\"]`},
		{"http-94", `a="; b=""`, `map["a":"\"" "b":""]`},
		{"http-94", `a="b" c`, `map["a":"\"b\" c"]`},
	} {
		if got := fmt.Sprintf("%q", ParseCookie(tt.header)); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.rule, tt.header, got, tt.want)
		}
	}
}

func TestUnquotingCookiesIsLinear(t *testing.T) { // http-94
	requireLinear(t, "escapes", 1000, func(n int) func() {
		header := `a="` + strings.Repeat(`\"\073`, n) + `"`
		return func() { require.Len(t, ParseCookie(header)["a"], 2*n) }
	})
}

// FuzzParseCookie compares parseCookie with net/http, for cookies whose values need no unquoting.
func FuzzParseCookie(f *testing.F) {
	for _, header := range []string{"a=b; c=d", `a="b\073c"; a=d`, "=; a", `a="\`, "a=b,c; d=é"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if !IsFieldValue(header) {
			return // a header cannot contain it
		}
		got := ParseCookie(header)
		judge := http.Request{Header: http.Header{"Cookie": {header}}}
		last := map[string]*http.Cookie{}
		for piece := range strings.SplitSeq(header, ";") {
			name, _, found := strings.Cut(piece, "=")
			if !found {
				continue // net/http takes such text for a name, not for a value
			}
			delete(last, trimBlanks(name)) // net/http may drop the last cookie of that name
			judge.Header.Set("Cookie", piece)
			for _, c := range judge.Cookies() {
				last[c.Name] = c
			}
		}
		for name, c := range last {
			if !strings.Contains(header, `"`) && got[name] != trimBlanks(c.Value) {
				t.Errorf("%q: %s is %q, want %q", header, name, got[name], c.Value)
			}
		}
		for name := range got {
			if name != trimBlanks(name) || strings.ContainsAny(name, ";=") {
				t.Errorf("%q: name %q", header, name)
			}
		}
	})
}
