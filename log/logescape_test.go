package log

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"GET / (127.0.0.1)", "GET / (127.0.0.1)"},
		{"é 漢 🎉", "é 漢 🎉"},
		{`C:\new`, `C:\new`},
		{"a\nb\r\nc\td", `a\nb\r\nc\td`},
		{"\x00\x07\x1b[31m\x7f", `\x00\x07\x1b[31m\x7f`},
		{"\u0080\u009b31m", `\u0080\u009b31m`}, // C1 controls: U+009B starts an escape sequence
		{"\x9b31m\xff", `\x9b31m\xff`},         // the same character as a byte that is not UTF-8
		{"a\u202eb\u2066c\u200f", `a\u202eb\u2066c\u200f`},
		{"a\u2028b\u2029c\u0085", `a\u2028b\u2029c\u0085`},
		{"\ufffd", "\ufffd"}, // a replacement character that is part of the text itself
	} {
		if got := Escape(tt.text); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\nb\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Errorf("%q gives %q", text, got)
		}
		if Escape(got) != got {
			t.Errorf("%q is escaped twice", text)
		}
	})
}

func TestEscapeOfSafeTextDoesNotAllocate(t *testing.T) {
	if got := testing.AllocsPerRun(100, func() { Escape("200 GET /é (127.0.0.1) 0.51ms") }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
