package httputil

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
)

func TestParseRequestStartLine(t *testing.T) {
	for _, tt := range []struct{ rule, line, want string }{
		{"http-6", "GET /foo HTTP/1.1", "GET|/foo|HTTP/1.1"},
		{"http-6", "GET  /foo HTTP/1.1", "malformed"},
		{"http-6", "GET /foo  HTTP/1.1", "malformed"},
		{"http-6", "GET /foo HTTP/1.1 ", "malformed"},
		{"http-6", " GET /foo HTTP/1.1", "malformed"},
		{"http-6", "GET /foo", "malformed"},
		{"http-6", "GET HTTP/1.1", "malformed"},
		{"http-6", "GET  HTTP/1.1", "malformed"},
		{"http-6", "/foo HTTP/1.1", "malformed"},
		{"http-6", "", "malformed"},
		{"http-6", " HTTP/1.1", "malformed"},
		{"http-6", "G(T /foo HTTP/1.1", "malformed"},
		{"http-6", "G\x00T /foo HTTP/1.1", "malformed"},
		{"http-6", "GET\t/foo\tHTTP/1.1", "malformed"},
		{"http-6", "GET /foo HTTP/1.10", "malformed"},
		{"http-6", "GET /foo HTTP/11.1", "malformed"},
		{"http-6", "GET /foo HTTP/1", "malformed"},
		{"http-6", "GET /foo http/1.1", "malformed"},
		{"http-6", "GET /foo HTTP/1,1", "malformed"},
		{"http-6", "GET /foo HTTP/1.x", "malformed"},
		{"http-7", "GET /\x80\xff!~ HTTP/1.1", "GET|/\x80\xff!~|HTTP/1.1"},
		{"http-7", "GET /\x7f HTTP/1.1", "malformed"},
		{"http-7", "GET /a b HTTP/1.1", "malformed"},
		{"http-7", "GET /a\tb HTTP/1.1", "malformed"},
		{"http-7", "GET /a\rb HTTP/1.1", "malformed"},
		{"http-8", "GET / HTTP/1.0", "GET|/|HTTP/1.0"},
		{"http-8", "GET / HTTP/1.2", "GET|/|HTTP/1.2"},
		{"http-8", "GET / HTTP/0.9", "unexpected version HTTP/0.9"},
		{"http-8", "PRI * HTTP/2.0", "unexpected version HTTP/2.0"},
		{"http-9", "get / HTTP/1.1", "get|/|HTTP/1.1"},
		{"http-9", "CONNECT example.com:443 HTTP/1.1", "CONNECT|example.com:443|HTTP/1.1"},
		{"http-10", "GET http://host/x HTTP/1.1", "GET|http://host/x|HTTP/1.1"},
	} {
		if got := shownRequestLine(tt.line); got != tt.want && got != tt.want+" request line" {
			t.Errorf("%s: %q: got %q, want %q", tt.rule, tt.line, got, tt.want)
		}
	}
}

func shownRequestLine(line string) string {
	start, err := ParseRequestStartLine(line)
	var input *HTTPInputError
	if errors.As(err, &input) {
		return input.Reason
	}
	return start.Method + "|" + start.Path + "|" + start.Version
}

func TestParseResponseStartLine(t *testing.T) {
	for _, tt := range []struct{ line, want string }{ // http-100
		{"HTTP/1.1 200 OK", "HTTP/1.1|200|OK"},
		{"HTTP/1.0 304 Not Modified", "HTTP/1.0|304|Not Modified"},
		{"HTTP/1.1 007 \tx\xff", "HTTP/1.1|7|\tx\xff"},
		{"HTTP/1.1 200 ", "HTTP/1.1|200|"},
		{"HTTP/1.1 200", "malformed"},
		{"HTTP/1.1 20 OK", "malformed"},
		{"HTTP/1.1 2000 OK", "malformed"},
		{"HTTP/1.1 +20 OK", "malformed"},
		{"HTTP/1.1  200 OK", "malformed"},
		{"HTTP/1.1\t200 OK", "malformed"},
		{"HTTP/1.1 200\tOK", "malformed"},
		{"HTTP/1.1 200 O\nK", "malformed"},
		{"HTTP/2.0 200 OK", "unexpected version HTTP/2.0"},
		{"", "malformed"},
	} {
		start, err := ParseResponseStartLine(tt.line)
		got := fmt.Sprintf("%s|%d|%s", start.Version, start.Code, start.Reason)
		var input *HTTPInputError
		if errors.As(err, &input) {
			got = input.Reason
		}
		if got != tt.want && got != tt.want+" status line" {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

// FuzzParseRequestStartLine compares the parser with the grammar as a regular expression.
func FuzzParseRequestStartLine(f *testing.F) {
	grammar := regexp.MustCompile("^(?s:([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\x00- \x7f]+) (HTTP/1\\.[0-9]))$")
	for _, line := range []string{"GET / HTTP/1.1", "GET / HTTP/2.0", "GET  HTTP/1.1", "A b c HTTP/1.0", "HTTP/1.1", ""} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for i := range len(line) {
			if line[i] >= 0x80 {
				line = line[:i] // the regular expression works on UTF-8
				break
			}
		}
		want := []string{"", "", "", ""}
		if m := grammar.FindStringSubmatch(line); m != nil {
			want = m
		}
		start, err := ParseRequestStartLine(line)
		if err == nil && (start.Method != want[1] || start.Path != want[2] || start.Version != want[3]) || err != nil && want[1] != "" {
			t.Errorf("%q: got %q, %v, want %q", line, start, err, want[1:])
		}
	})
}
