package escape

import (
	"bytes"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestURLEscape(t *testing.T) { // escape-7
	for _, tt := range []struct{ in, plus, path string }{
		{"", "", ""},
		{"azAZ09_.-~", "azAZ09_.-~", "azAZ09_.-~"},
		{"a b", "a+b", "a%20b"},
		{"a/b", "a%2Fb", "a/b"},
		{"+%2F", "%2B%252F", "%2B%252F"},
		{"é", "%C3%A9", "%C3%A9"},
		{"\xe9\x00", "%E9%00", "%E9%00"},
		{"!*'();:@&=$,?#[]", "%21%2A%27%28%29%3B%3A%40%26%3D%24%2C%3F%23%5B%5D", "%21%2A%27%28%29%3B%3A%40%26%3D%24%2C%3F%23%5B%5D"},
	} {
		if got := URLEscape(tt.in, true); got != tt.plus {
			t.Errorf("%q with plus: got %q, want %q", tt.in, got, tt.plus)
		}
		if got := URLEscape(tt.in, false); got != tt.path {
			t.Errorf("%q without plus: got %q, want %q", tt.in, got, tt.path)
		}
	}
}

func TestURLUnescape(t *testing.T) { // escape-8
	for _, tt := range []struct {
		in   string
		plus bool
		text string
		raw  string
	}{
		{"", true, "", ""},
		{"a+b%2B", true, "a b+", "a b+"},
		{"a+b%2B", false, "a+b+", "a+b+"},
		{"%C3%A9%c3%a9", true, "éé", "éé"},
		{"%e9", true, "\uFFFD", "\xe9"},
		{"%FF%FE", true, "\uFFFD\uFFFD", "\xff\xfe"},
		{"%E2%82x%F0%9F%98", true, "\uFFFDx\uFFFD", "\xe2\x82x\xf0\x9f\x98"},
		{"%ED%A0%80", true, "\uFFFD\uFFFD\uFFFD", "\xed\xa0\x80"},
		{"%zz%4%", true, "%zz%4%", "%zz%4%"},
		{"%%41%4g", true, "%A%4g", "%A%4g"},
		{"é%82", true, "é\uFFFD", "é\x82"},
		{"%EF%BF%BD", true, "\uFFFD", "\uFFFD"},
	} {
		if got := URLUnescape(tt.in, tt.plus); got != tt.text {
			t.Errorf("%q, plus %v: got %q, want %q", tt.in, tt.plus, got, tt.text)
		}
		if got := URLUnescapeBytes(tt.in, tt.plus); string(got) != tt.raw {
			t.Errorf("%q, plus %v: got bytes %q, want %q", tt.in, tt.plus, got, tt.raw)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("a b+c/%zz\xff", true)
	f.Add("%E2%82", false)
	f.Fuzz(func(t *testing.T, s string, plus bool) {
		escaped := URLEscape(s, plus)
		if got := URLUnescapeBytes(escaped, plus); !bytes.Equal(got, []byte(s)) {
			t.Errorf("%q: escaped %q, unescaped %q", s, escaped, got)
		}
		if i := strings.IndexFunc(escaped, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"'&=?#`, r) }); i >= 0 {
			t.Errorf("%q: unsafe %q", s, escaped)
		}
		text := URLUnescape(s, plus)
		if !utf8.ValidString(text) {
			t.Errorf("%q: unescaped to %q, which is not UTF-8", s, text)
		}
		if raw := URLUnescapeBytes(s, plus); utf8.Valid(raw) && text != string(raw) {
			t.Errorf("%q: as text %q, as bytes %q", s, text, raw)
		}
		unescape := url.PathUnescape
		if plus {
			unescape = url.QueryUnescape
		}
		if want, err := unescape(s); err == nil && want != string(URLUnescapeBytes(s, plus)) {
			t.Errorf("%q: got %q, net/url %q", s, URLUnescapeBytes(s, plus), want)
		}
	})
}

func TestParseQSBytes(t *testing.T) { // escape-9
	type args = map[string][]string
	keep, strict := QSOptions{KeepBlankValues: true}, QSOptions{StrictParsing: true}
	for _, tt := range []struct {
		in   string
		o    QSOptions
		want args
		err  string
	}{
		{"", QSOptions{}, args{}, ""},
		{"", strict, args{}, ""},
		{"a=1&b=2&a=3", QSOptions{}, args{"a": {"1", "3"}, "b": {"2"}}, ""},
		{"a=%e9&%E9=\xe9", QSOptions{}, args{"a": {"\xe9"}, "\xe9": {"\xe9"}}, ""},
		{"a+b=c+d%2B", QSOptions{}, args{"a b": {"c d+"}}, ""},
		{"a=b=c;d=e", QSOptions{}, args{"a": {"b=c;d=e"}}, ""},
		{"a=%zz", QSOptions{}, args{"a": {"%zz"}}, ""},
		{"a=&b&&=x&=", QSOptions{}, args{"": {"x"}}, ""},
		{"a=&b&&=x&=", keep, args{"a": {""}, "b": {""}, "": {"x", ""}}, ""},
		{"a=1&b=", strict, args{"a": {"1"}}, ""},
		{"a=1&b", strict, nil, `escape: bad query field "b"`},
		{"a=1&", strict, nil, `escape: bad query field ""`},
	} {
		got, err := ParseQSBytes(tt.in, tt.o)
		if text := errorText(err); !reflect.DeepEqual(got, tt.want) || text != tt.err {
			t.Errorf("%q %+v: got %q, %q, want %q, %q", tt.in, tt.o, got, text, tt.want, tt.err)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzParseQSBytes(f *testing.F) {
	f.Add("a=1&b=%ff&a=+&&c")
	f.Fuzz(func(t *testing.T, qs string) {
		args, err := ParseQSBytes(qs, QSOptions{KeepBlankValues: true})
		if err != nil {
			t.Fatalf("%q: %v", qs, err)
		}
		if want, err := url.ParseQuery(qs); err == nil && !reflect.DeepEqual(args, map[string][]string(want)) {
			t.Errorf("%q: got %q, net/url %q", qs, args, want)
		}
		var fields []string
		for name, values := range args {
			for _, v := range values {
				fields = append(fields, URLEscape(name, true)+"="+URLEscape(v, true))
			}
		}
		again, err := ParseQSBytes(strings.Join(fields, "&"), QSOptions{KeepBlankValues: true, StrictParsing: true})
		if err != nil || !reflect.DeepEqual(again, args) {
			t.Errorf("%q: got %q, written and read again %q, %v", qs, args, again, err)
		}
	})
}
