package web

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gotornado/tornado/web/internal/routematch"
)

func TestCompilePattern(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{`/a`, `literal "/a" back ["/a"]`},
		{`^/a$`, `literal "/a" back ["/a"]`},
		{``, `literal "" back [""]`},
		{`/a\.b`, `literal "/a.b" back ["/a.b"]`},
		{`/a.b`, `regexp "/a" back ["/a.b"]`},
		{`/(.*)`, `regexp "/" groups [""] back ["/" ""]`},
		{`/a/([0-9]{4})/b`, `regexp "/a/" groups [""] back ["/a/" "/b"]`}, // web-119
		{`/(?P<x>a)/(?P<y>b)`, `regexp "/a/b" groups ["x" "y"] back ["/" "/" ""]`},
		{`/(?:a|b)`, `regexp "/" no way back`},
		{`/\d`, `regexp "/" no way back`},
		{`/(\d+)`, `regexp "/" groups [""] back ["/" ""]`},
		{`/((a)b)`, `regexp "/ab" groups ["" ""] no way back`},
		{`/a+`, `regexp "/a" no way back`},
		{`/(a)?`, `regexp "/" groups [""] no way back`},
		{`/[ab]`, `regexp "/" no way back`},
		{`/a|/b`, `regexp "/" no way back`},
		{`(?i)/a`, `regexp "/" no way back`},
		{`/a\$`, `regexp "" no way back`}, // the $ that ends the pattern is escaped, so it is not the end
		{`/{id}`, `template groups ["id"] back ["/" ""]`},
		{`/x/{id:[0-9]{2}}/{name}.html`, `template groups ["id" "name"] back ["/x/" "/" ".html"]`},
		{`/x{2}`, `literal "/xx" no way back`},
		{`/\p{Greek}`, `regexp "/" no way back`},
		{`/\x{3b1}`, `literal "/α" no way back`},
		{`/\{id}`, `literal "/{id}" no way back`},
		{`/\\{id}`, `template groups ["id"] back ["/\\\\" ""]`},

		{`/(`, "error"},
		{`/(?=a)`, "error"},
		{`/(a)(?P<x>b)`, "error"}, // web-110
		{`/{id:(}`, "error"},
		{`x/{id}`, "error"},
		{`/{id}/{`, "error"},
	} {
		p, err := compilePattern(tt.pattern)
		if got := p.describe(err); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.pattern, got, tt.want)
		}
	}
}

func (p *pattern) describe(err error) string {
	var b strings.Builder
	switch {
	case err != nil:
		return "error"
	case p.template:
		b.WriteString("template")
	case p.literal:
		fmt.Fprintf(&b, "literal %q", p.prefix)
	default:
		fmt.Fprintf(&b, "regexp %q", p.prefix)
	}
	if len(p.names) > 0 {
		fmt.Fprintf(&b, " groups %q", p.names)
	}
	if p.pieces == nil {
		return b.String() + " no way back"
	}
	return b.String() + fmt.Sprintf(" back %q", p.pieces)
}

// FuzzPattern checks that the fast paths of a pattern agree with its regular expression,
// and that reverse returns a path that the pattern matches.
func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{`/a`, `/(.*)/b`, `/([0-9]+)`, `/a\.b`, `^/x$`, `/a|/b`, `(?i)/A`, `/{x}`, `/\$`, `^a|b$`, `(?:a)`, `a$`, `/x*(a)`} {
		f.Add(pattern, "/a", "1")
	}
	for _, tt := range scans {
		f.Add(tt.pattern, tt.path, "1")
	}
	f.Fuzz(func(t *testing.T, text, path, arg string) {
		if isTemplate(text) {
			return // mux panics on some templates
		}
		p, err := compilePattern(text)
		if err != nil {
			return
		}
		matches := p.regex.MatchString(path)
		if matches && !strings.HasPrefix(path, p.prefix) {
			t.Errorf("%q matches %q, which does not begin with %q", text, path, p.prefix)
		}
		if p.literal && matches != (path == p.prefix) {
			t.Errorf("%q is not the literal %q", text, p.prefix)
		}
		if p.scan != nil {
			if got, ok := p.scan.Match(path, nil); ok != matches || ok && !slices.Equal(got, p.regex.FindStringSubmatchIndex(path)) {
				t.Errorf("%q: the scan of %q found %v, %v", text, path, got, ok)
			}
		}
		if plain, ok := p.plainText(); ok && !p.regex.MatchString(plain) {
			t.Errorf("%q does not match its plain text %q", text, plain)
		}
		args := make([]any, len(p.names))
		for i := range args {
			args[i] = arg
		}
		if _, err := p.reverse(args); err != nil && p.pieces != nil {
			t.Error(err)
		}
	})
}

var scans = []struct{ pattern, path, want string }{
	{`/a/([0-9]+)`, "/a/12", "[0 5 3 5]"},
	{`^/a/([0-9]+)$`, "/a/12", "[0 5 3 5]"},
	{`/a/(\d*)`, "/a/", "[0 3 3 3]"},
	{`/a/([^/]+)/b/(.*)`, "/a/x y/b/c/d", "[0 12 3 6 9 12]"},
	{`/a/([^/]+)/b`, "/a//b", "no"},
	{`/a/([^/]+)`, "/a/\xff\u00e9", "[0 6 3 6]"},
	{`/a/(.*)`, "/a/b\nc", "no"},
	{`(?s)/a/(.*)`, "/a/b\nc", "[0 6 3 6]"},
	{`/([0-9]{4})/x`, "/2024/x", "[0 7 1 5]"},
	{`/([0-9]{4})/x`, "/20245/x", "no"},
	{`/([0-9]{2,3})(?P<n>)`, "/123", "none"},
	{`/[a-z]+`, "/abc", "[0 4]"},
	{`/([a-z]+)-([0-9]+)`, "/ab-12", "[0 6 1 3 4 6]"},
	{`/(.*)/b`, "/a/b", "none"},             // / is in the class
	{`/([a-z]+)([0-9]+)`, "/a1", "none"},    // two classes
	{`/([^/]{2})`, "/\u00e9\u00e9", "none"}, // counted in characters
	{`/(\p{Greek}+)`, "/\u03b1", "none"},
	{`/(a|b)+`, "/a", "none"},
	{`(?i)/a([0-9]+)`, "/A1", "none"},
	{`/(.*?)`, "/a", "none"},
	{`/((a)+)`, "/a", "none"},
	{`/\b([0-9]+)`, "/1", "none"},
}

func TestScan(t *testing.T) {
	for _, tt := range scans {
		got, p := "none", regexp.MustCompile("^(?:"+tt.pattern+")$")
		if s := routematch.NewScan(tt.pattern); s != nil {
			got = "no"
			if groups, ok := s.Match(tt.path, nil); ok {
				got = fmt.Sprint(groups)
			}
			if want := p.FindStringSubmatchIndex(tt.path); (want == nil) != (got == "no") || want != nil && got != fmt.Sprint(want) {
				t.Errorf("%s: the regular expression found %v", tt.pattern, want)
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q: got %s, want %s", tt.pattern, tt.path, got, tt.want)
		}
	}
}
