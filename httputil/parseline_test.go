package httputil

import (
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) { // httputil-4
	for _, tt := range []struct{ lines, want, err string }{
		{"a: 1|b: 2", "A: 1|B: 2|", ""},
		{"a: 1\r\n|b: 2\n|\r\n", "A: 1|B: 2|", ""},
		{"a:1|a:2|  more ", "A: 1|A: 2 more|", ""},
		{"a:1|b:2|a:3|\tmore", "A: 1|A: 3 more|B: 2|", ""},
		{"a:|  more", "A: more|", ""},
		{"a: 1| ", "A: 1|", ""},
		{" a: 1", "", "first header line cannot start with white space"},
		{"a: 1|b", "A: 1|", "header"},
		{"a: 1|b: \x00", "A: 1|", "invalid header value"},
		{"a: 1|b: 2\nc: 3", "A: 1|", "more than one header line"},
		{"content-length: 1| 2", "Content-Length: 1|", "folded Content-Length header"},
	} {
		var h HTTPHeaders
		var err error
		for line := range strings.SplitSeq(tt.lines, "|") {
			if err = h.ParseLine(line); err != nil {
				break
			}
		}
		if got := strings.ReplaceAll(h.String(), "\n", "|"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.lines, got, tt.want)
		}
		if _, ok := err.(*HTTPInputError); ok != (tt.err != "") || ok && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got error %v, want %q", tt.lines, err, tt.err)
		}
	}
}
