package web

import (
	"fmt"
	"testing"
)

func TestLookupsTellAbsentFromEmpty(t *testing.T) { // web-64
	const form = "POST /?a=1&q=+&e=\nContent-Type: application/x-www-form-urlencoded\nCookie: c=; d=2\n\na=+3+&b="
	type lookup func(h *probe) (string, bool)
	argument := func(name string, strip ...bool) lookup {
		return func(h *probe) (string, bool) { return h.LookupArgument(name, strip...) }
	}
	for _, tt := range []struct {
		name   string
		lookup lookup
		want   string
	}{
		{"last value", argument("a"), `"3" true`},
		{"not stripped", argument("a", false), `" 3 " true`},
		{"empty", argument("b"), `"" true`},
		{"empty in the query", argument("e"), `"" true`},
		{"empty when stripped", argument("q"), `"" true`},
		{"absent", argument("z"), `"" false`},
		{"absent, not stripped", argument("z", false), `"" false`},
		{"query", func(h *probe) (string, bool) { return h.LookupQueryArgument("a") }, `"1" true`},
		{"query, not stripped", func(h *probe) (string, bool) { return h.LookupQueryArgument("q", false) }, `" " true`},
		{"query, absent", func(h *probe) (string, bool) { return h.LookupQueryArgument("b") }, `"" false`},
		{"body", func(h *probe) (string, bool) { return h.LookupBodyArgument("a") }, `"3" true`},
		{"body, absent", func(h *probe) (string, bool) { return h.LookupBodyArgument("e") }, `"" false`},
		{"cookie", func(h *probe) (string, bool) { return h.LookupCookie("d") }, `"2" true`},
		{"cookie, empty", func(h *probe) (string, bool) { return h.LookupCookie("c") }, `"" true`},
		{"cookie, absent", func(h *probe) (string, bool) { return h.LookupCookie("a") }, `"" false`},
	} {
		conn := fetch(t, getting(func(h *probe) error {
			value, ok := tt.lookup(h)
			return h.WriteString(fmt.Sprintf("%q %v", value, ok))
		}), form)
		if got := conn.String(); got != "200 OK / "+tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
