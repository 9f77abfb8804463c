package escape

import (
	"regexp"
	"strings"
	"testing"
)

func TestLinkify(t *testing.T) {
	var (
		plain   = LinkifyOptions{}
		short   = LinkifyOptions{Shorten: true}
		require = LinkifyOptions{RequireProtocol: true}
		ftp     = LinkifyOptions{PermittedProtocols: []string{"ftp", "é-x"}}
		none    = LinkifyOptions{PermittedProtocols: []string{}}
		extra   = LinkifyOptions{ExtraParams: " \x1crel=\"nofollow\"\n"}
		blank   = LinkifyOptions{ExtraParams: " "}
		byLink  = LinkifyOptions{ExtraParams: "x", ExtraParamsFunc: func(href string) string { return " data=\"" + href + "\" " }}
	)
	for _, tt := range []struct {
		name, in string
		o        LinkifyOptions
		want     string // [href|text] stands for a tag, [href] for a tag whose text is the href
	}{
		{"none", "nothing here: a/b. c", plain, "nothing here: a/b. c"},
		{"escape-12", "<b>http://a.b/?c=1&d='2'</b>", plain, "&lt;b&gt;[http://a.b/?c=1&amp;d]=&#x27;2&#x27;&lt;/b&gt;"},
		{"escape-12", `"http://a.b/"c" "http://a.b"`, plain, `&quot;[http://a.b/&quot;c]&quot; &quot;[http://a.b]&quot;`},
		{"escape-13", "See http://a.b/c~, or (www.d.e).", plain, "See [http://a.b/c]~, or ([http://www.d.e|www.d.e])."},
		{"escape-13", "http://a.b/c_(d)?! http://a.b/(c)(d)e. http://a.b/((c))", plain, "[http://a.b/c_(d)]?! [http://a.b/(c)(d)e]. [http://a.b/]((c))"},
		{"escape-13", "http://a.b/c(d e) http://a.b/(c<d)", plain, "[http://a.b/c](d e) [http://a.b/](c&lt;d)"},
		{"escape-13", "http:/a http:///a http:////a http:a", plain, "[http:/a] [http:///a] [http:////a] http:a"},
		{"escape-13", "http://! http:/ http:///", plain, "[http://]! http:/ [http:///]"},
		{"escape-13", "http://a.b\u00a0c http://a.b\x1cd http://é.ü/日本。", plain, "[http://a.b]\u00a0c [http://a.b]\x1cd [http://é.ü/日本。]"},
		{"escape-13", "xwww.a.b éwww.a.b 1www.a.b ²www.a.b -www.a.b \xffwww.a.b", plain, "xwww.a.b éwww.a.b 1www.a.b ²www.a.b -[http://www.a.b|www.a.b] \xff[http://www.a.b|www.a.b]"},
		{"escape-13", "www.http://a.b www.. WWW.a.b", plain, "[http://www.http://a.b|www.http://a.b] www.. WWW.a.b"},
		{"escape-13", "--http://a.b x-http://a.b", plain, "--[http://a.b] x-http://a.b"},
		{"escape-14", "javascript:/a ftp://a.b HTTP://a.b shttp://www.a.b", plain, "javascript:/a ftp://a.b HTTP://a.b shttp://www.a.b"},
		{"escape-14", "https://a.b httpss://a.b", plain, "[https://a.b] httpss://a.b"},
		{"escape-14", "ftp://a.b é-x://c http://a.b www.c.d", ftp, "[ftp://a.b] [é-x://c] http://a.b [http://www.c.d|www.c.d]"},
		{"escape-14", "http://a.b www.c.d", none, "http://a.b [http://www.c.d|www.c.d]"},
		{"escape-14", "www.a.b http://www.a.b", require, "www.a.b [http://www.a.b]"},
		{"escape-15", "http://a.b.c.d/123456789012345", short, "[http://a.b.c.d/123456789012345]"},
		{"escape-15", "http://a.b.c.d/1234567890123456", short, `[http://a.b.c.d/1234567890123456" title|http://a.b.c.d/12345678...]`},
		{"escape-15", "http://a.b.c.d.e/f?0123456789012345", short, `[http://a.b.c.d.e/f?0123456789012345" title|http://a.b.c.d.e/f...]`},
		{"escape-15", "http://a.b.c.d/" + strings.Repeat("é", 15), short, "[http://a.b.c.d/" + strings.Repeat("é", 15) + "]"},
		{"escape-15", "http://a.b.c.d.e/f.g?0123456789012345", short, `[http://a.b.c.d.e/f.g?0123456789012345" title|http://a.b.c.d.e/f...]`},
		{"escape-15", host(37) + "/1234567/9012", short, "[" + host(37) + `/1234567/9012" title|` + host(37) + "/1234567...]"},
		{"escape-15", host(37) + "/12345678/012", short, "[" + host(37) + `/12345678/012" title|` + host(30) + "...]"},
		{"escape-15", "http://abcdefghijklmnopqrst.uvw", short, "[http://abcdefghijklmnopqrst.uvw]"},
		{"escape-15", "http://abcdefghijklmnopqrst.uvw/12345678901", short, `[http://abcdefghijklmnopqrst.uvw/12345678901]`},
		{"escape-15", "http://abcdefghijklmnopqrst.uvw/123456789012", short, `[http://abcdefghijklmnopqrst.uvw/123456789012" title|http://abcdefghijklmnopqrst.uvw/12345678...]`},
		{"escape-15", "http://" + strings.Repeat("é", 40), short, `[http://` + strings.Repeat("é", 40) + `" title|http://` + strings.Repeat("é", 23) + `...]`},
		{"escape-15", "http://" + strings.Repeat("a", 19) + "&" + strings.Repeat("b", 30), short, `[http://` + strings.Repeat("a", 19) + "&amp;" + strings.Repeat("b", 30) + `" title|http://` + strings.Repeat("a", 19) + `...]`},
		{"escape-15", "http://" + strings.Repeat("a", 18) + "&" + strings.Repeat("b", 30), short, `[http://` + strings.Repeat("a", 18) + "&amp;" + strings.Repeat("b", 30) + `" title|http://` + strings.Repeat("a", 18) + `&amp;...]`},
		{"escape-15", "www.a.b/1234567890/1234567890/1234567890", short, `[http://www.a.b/1234567890/1234567890/1234567890" title|www.a.b/12345678...]`},
		{"escape-16", "http://reallylong.com/link/that/exceedsthelenglimit.html", short, `[http://reallylong.com/link/that/exceedsthelenglimit.html" title|http://reallylong.com/link...]`},
		{"escape-17", "http://a.b", extra, `[http://a.b" rel="nofollow"|http://a.b]`},
		{"escape-17", "http://a.b", blank, `[http://a.b" |http://a.b]`},
		{"escape-17", "www.a.b?c&d", byLink, `[http://www.a.b?c&amp;d" data="http://www.a.b?c&amp;d"|www.a.b?c&amp;d]`},
	} {
		if got, want := Linkify(tt.in, tt.o), tags(tt.want); got != want {
			t.Errorf("%s: %q\n got %s\nwant %s", tt.name, tt.in, got, want)
		}
	}
}

// host returns a URL of n characters without a path.
func host(n int) string { return "http://" + strings.Repeat("h", n-len("http://")) }

// tags expands the notation of TestLinkify to HTML.
func tags(s string) string {
	return regexp.MustCompile(`\[([^]|]*)\|?([^]]*)\]`).ReplaceAllStringFunc(s, func(tag string) string {
		href, text, found := strings.Cut(tag[1:len(tag)-1], "|")
		if !found {
			text = href
		}
		href, params, found := strings.Cut(href, `"`)
		if !found {
			return `<a href="` + href + `">` + text + "</a>"
		}
		if params == " title" {
			params = ` title="` + href + `"`
		}
		return `<a href="` + href + `"` + params + ">" + text + "</a>"
	})
}

// hostile are texts at which a backtracking search would be slow.
var hostile = []string{
	"(", ".", ":", "/", "-", "a", "a-", "é", "&", "\"", "!",
	"http://", "http://(", "http://a(", "http://a(b", "http://!", "http://a!(", "http:/!", "a:/!", "-:/",
	"www.", "www.(", "www.!", "www.a(", "www.a!", "www.a!(", "www.a(www.!", "www.a (", "www.(a)", "www", "www-",
}

func TestLinkifyDoesLinearWork(t *testing.T) { // escape-18
	for _, piece := range hostile {
		for _, start := range []string{"", "http://a", "www.(("} {
			s := linkScanner{text: start + strings.Repeat(piece, 20_000)}
			for l, ok := s.nextLink(0); ok; l, ok = s.nextLink(l.end) {
			}
			if s.looked < len(s.text)/2 || s.looked > 5*len(s.text) {
				t.Errorf("%q with many %q: looked at %d bytes in %d", start, piece, s.looked, len(s.text))
			}
		}
	}
}

// urlPattern is Tornado's grammar of a URL for a linear-time matcher, to check linkScanner.
// Its first group is the URL; the others are the scheme and the slashes.
var urlPattern = func() *regexp.Regexp {
	const (
		space = `\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
		word  = `\p{L}\p{N}_`
		run   = `(?:[^` + space + `&()]|&amp;|&quot;)*`
		last  = "[^!\"#$%&'()*+,.:;<=>?@\\[\\]^`{|}~" + space + `]`
	)
	return regexp.MustCompile(`(?:^|[^` + word + `])((?:([` + word + `][` + word + `-]*):(/{1,3})|www[.])(?:` + run + last + `|\(` + run + `\))+)`)
}()

func FuzzLinkify(f *testing.F) {
	for _, s := range hostile {
		f.Add(s + "http://" + s + " " + s + "www." + s + "a" + s + s)
	}
	for c := rune(0); c < 0x100; c++ {
		f.Add("http://a" + string(c) + " " + string(c) + "www.a" + string(c) + "b")
	}
	f.Add("http://abcdefghijklmnopqrst.uvw/xyz/a?b=c&d=e www.é.ü/(\xff)")
	f.Add("http:////a ²www.b ////:/a")
	anchor := regexp.MustCompile(`<a href="[^"<>]*">|</a>`)
	f.Fuzz(func(t *testing.T, text string) {
		escaped := XHTMLEscape(text)
		got := Linkify(text, LinkifyOptions{})
		if without := anchor.ReplaceAllString(got, ""); without != escaped {
			t.Errorf("%q: without its links %q is %q", text, got, without)
		}
		shortened := Linkify(text, LinkifyOptions{Shorten: true})
		if strings.Count(got, "</a>") != strings.Count(shortened, "</a>") || len(shortened) > 2*len(got) {
			t.Errorf("%q: got %q, shortened %q", text, got, shortened)
		}
		end, scanner := 0, linkScanner{text: escaped}
		for _, m := range urlPattern.FindAllStringSubmatchIndex(escaped, -1) {
			want := link{start: m[2], end: m[3]}
			if m[4] >= 0 {
				want.scheme, want.prefix = escaped[m[4]:m[5]], m[7]-m[2]
			}
			l, ok := scanner.nextLink(end)
			if !ok || l != want {
				t.Fatalf("%q: link %+v, %v, the pattern has %+v", escaped, l, ok, want)
			}
			end = l.end
		}
		if l, ok := scanner.nextLink(end); ok {
			t.Errorf("%q: link %+v, the pattern has none", escaped, l)
		}
		if scanner.looked > 5*len(escaped) {
			t.Errorf("%q: looked at %d bytes in %d", escaped, scanner.looked, len(escaped))
		}
	})
}
