package httputil

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseQSBytes(t *testing.T) { // http-78
	for _, tt := range []struct{ query, want string }{
		{"a=1&b=2&a=3", `map["a":["1" "3"] "b":["2"]]`},
		{"a=1;b=2", `map["a":["1;b=2"]]`},
		{"a+b=c+d%2B", `map["a b":["c d+"]]`},
		{"a=%C3%A9%e9&%3d=%26", `map["=":["&"] "a":["é\xe9"]]`},
		{"a=&b&=c&&=", `map["":["c" ""] "a":[""] "b":[""]]`},
		{"a=b=c", `map["a":["b=c"]]`},
		{"a=%&b=%4&c=%4z%z4%41", `map["a":["%"] "b":["%4"] "c":["%4z%z4A"]]`},
		{"é=\xff", `map["é":["\xff"]]`},
		{"", "map[]"},
	} {
		if got := fmt.Sprintf("%q", ParseQSBytes(tt.query)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.query, got, tt.want)
		}
	}
}

func TestURLConcat(t *testing.T) { // http-97
	yz := []Pair{{"y", "y"}, {"z", "z"}}
	for _, tt := range []struct {
		url  string
		args []Pair
		want string
	}{
		{"https://localhost/path", yz, "https://localhost/path?y=y&z=z"},
		{"https://localhost/path?", yz, "https://localhost/path?y=y&z=z"},
		{"https://localhost/path?x", yz, "https://localhost/path?x=&y=y&z=z"},
		{"https://localhost/path?a=1&b=2", yz, "https://localhost/path?a=1&b=2&y=y&z=z"},
		{"https://localhost/path?r=1&t=2", []Pair{}, "https://localhost/path?r=1&t=2"},
		{"https://localhost/path?r=1&t=2#f", nil, "https://localhost/path?r=1&t=2#f"},
		{"https://localhost/path?x", nil, "https://localhost/path?x"},
		{"https://localhost/path#tab", []Pair{{"a", "1"}, {"a", "2"}}, "https://localhost/path?a=1&a=2#tab"},
		{"/path", []Pair{{"a b", "/é&=~*"}}, "/path?a+b=%2F%C3%A9%26%3D~%2A"},
		{"?x", []Pair{}, "?x="},
		{"http://x/;p?#", []Pair{}, "http://x/;p"},
		{"http://x?a=1;b=2", []Pair{{"a", "b"}}, "http://x?a=1%3Bb%3D2&a=b"},
		{"?a#b?c", []Pair{{"d", "e"}}, "?a=&d=e#b?c"},
		{"http://x/?a=%zz%41+b", []Pair{}, "http://x/?a=%25zzA+b"},
		{"http://[::1]/", yz, "http://[::1]/?y=y&z=z"},
		{"/a[b", yz, "/a[b?y=y&z=z"},
		{"http://[::1/", yz, "httputil: invalid IPv6 address in URL"},
	} {
		got, err := URLConcat(tt.url, tt.args)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s and %v: got %s, want %s", tt.url, tt.args, got, tt.want)
		}
	}
}

// FuzzParseQSBytes checks that arguments survive encoding and parsing again, and that net/url
// agrees where the rules are the same.
func FuzzParseQSBytes(f *testing.F) {
	for _, query := range []string{"a=1&b=2&a=3", "a+b=%2B&c", "&&=&%", "a;b", "%zz=%C3"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		args := ParseQSBytes(query)
		require.Equal(t, args, ParseQSBytes(url.Values(args).Encode()))
		judge, err := url.ParseQuery(query)
		if err == nil { // no ";" and no broken escape
			require.Equal(t, url.Values(args), judge)
		}
		again, err := URLConcat("/?"+strings.ReplaceAll(query, "#", "%23"), []Pair{})
		require.NoError(t, err)
		require.Equal(t, args, ParseQSBytes(strings.TrimPrefix(strings.TrimPrefix(again, "/"), "?")))
	})
}
