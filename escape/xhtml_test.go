package escape

import (
	"html"
	"strings"
	"testing"
)

func TestXHTMLEscape(t *testing.T) { // escape-1
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"plain é", "plain é"},
		{`<>&"'`, "&lt;&gt;&amp;&quot;&#x27;"},
		{"&amp;", "&amp;amp;"},
		{"<\xff>", "&lt;\xff&gt;"},
	} {
		if got := XHTMLEscape(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestXHTMLUnescape(t *testing.T) { // escape-2. It includes escape-3, the references of Tornado 2.2, to which 6.5 has added others
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"no reference", "no reference"},
		{"&lt;&gt;&amp;&quot;&#x27;&#39;", `<>&"''`},
		{"&amp;lt;", "&lt;"},
		{"&lt", "<"},
		{"&eacute;&NotEqualTilde;", "é\u2242\u0338"},
		{"&notanentity;", "¬anentity;"},
		{"&bogus; & &; &", "&bogus; & &; &"},
		{"foo&#32;bar&#x20;baz&#X20;", "foo bar baz "},
		{"&#233é", "éé"},
		{"&#xyz;&#;&#x;&#", "&#xyz;&#;&#x;&#"},
		{"&#&#65;", "&#A"},
		{"&#38;lt;", "&lt;"},
		{"&amp#32;", "&#32;"},
		{"&amp&#32;", "& "},
		{"&#5", ""},
		{"&#x80;&#153;&#x81;", "€™\u0081"},
		{"&#0;&#xD800;&#x110000;&#99999999999999999999;&#xFFFFFFFFFFFFFFFFFFFF;&#4294967361;", strings.Repeat("\uFFFD", 6)},
		{"[&#1;&#11;&#x1f;&#127;&#xFDD0;&#xFFFE;&#x10FFFF;]", "[]"},
		{"&#9;&#10;&#12;&#13;", "\t\n\f\r"},
		{"&#x1F600;", "\U0001f600"},
	} {
		if got := XHTMLUnescape(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzXHTML(f *testing.F) {
	for _, s := range []string{`<a href="b">'&amp;'</a>`, "&#x;&#5", "&#153;&notin;\xff", "&&#38;#38;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := XHTMLEscape(s)
		if strings.ContainsAny(escaped, `<>"'`) {
			t.Errorf("%q: unsafe %q", s, escaped)
		}
		if back := XHTMLUnescape(escaped); back != s {
			t.Errorf("%q: escaped %q, unescaped %q", s, escaped, back)
		}
		if !strings.Contains(s, "&#") { // package html has other rules for numbers
			if got, want := XHTMLUnescape(s), html.UnescapeString(s); got != want {
				t.Errorf("%q: unescaped %q, package html %q", s, got, want)
			}
		}
	})
}
