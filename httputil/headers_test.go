package httputil

import (
	"bufio"
	"bytes"
	"errors"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown returns headers on one line, "A: 1|B: 2", or an error as "error: reason".
func shown(h *HTTPHeaders, err error) string {
	var input *HTTPInputError
	if errors.As(err, &input) {
		return "error: " + input.Reason
	}
	return strings.ReplaceAll(strings.TrimSuffix(h.String(), "\n"), "\n", "|")
}

func TestParseHeaders(t *testing.T) {
	for _, tt := range []struct{ rule, block, want string }{
		{"", "", ""},
		{"", "A: 1\r\nB: 2\r\n", "A: 1|B: 2"},
		{"", "A: 1\r\nB: 2", "A: 1|B: 2"},
		{"http-1", "A: 1\nB: 2\n", "A: 1|B: 2"},
		{"empty lines", "\r\nA: 1\r\n\nB: 2\r\n\r\n", "A: 1|B: 2"},
		{"http-14", "A : 1\r\n", "error: invalid header name"},
		{"http-14", "a b: 1\r\n", "error: invalid header name"},
		{"http-14", ": 1\r\n", "error: empty header name"},
		{"http-14", "A\x00: 1\r\n", "error: invalid header name"},
		{"http-14", "Ä: 1\r\n", "error: invalid header name"},
		{"http-14", "a(b): 1\r\n", "error: invalid header name"},
		{"http-14", "!#$%&'*+-.^_`|~09: 1\r\n", "!#$%&'*+-.^_`|~09: 1"},
		{"http-15", "FOO-bar_baZ: 1\r\n", "Foo-Bar_baz: 1"},
		{"http-15", "-a--B-: 1\r\n", "-A--B-: 1"},
		{"http-15", "1ab-2CD: 1\r\n", "1ab-2cd: 1"},
		{"http-16", "A: \t x\ty  z \t\r\n", "A: x\ty  z"},
		{"http-16", "A:\r\n", "A: "},
		{"http-16", "A:  \t\r\n", "A: "},
		{"http-16", "A:1\r\n", "A: 1"},
		{"http-16", "A: x\x00y\r\n", "error: invalid header value"},
		{"http-16", "A: xxxxxxxxxxxxxxxx\x7fy\r\n", "error: invalid header value"},
		{"http-16", "A: x\x1fy\r\n", "error: invalid header value"},
		{"http-16", "A: x\ry\r\n", "error: invalid header value"},
		{"http-16", "A: x\r\r\n", "error: invalid header value"},
		{"http-16", "A: x\r", "error: invalid header value"},
		{"http-16", "A: \x80\xff~!\r\n", "A: \x80\xff~!"},
		{"http-17", "A: \x85x\u0085y\u2028\x0a", "A: \x85x\u0085y\u2028"},
		{"http-17", "A: \u00a0x\u00a0\r\n", "A: \u00a0x\u00a0"},
		{"http-18", "A: 1\r\n  2\r\n\t3 \r\nB: 4\r\n", "A: 1 2 3|B: 4"},
		{"http-18", "A:\r\n 1\r\n \t\r\n 2\r\n", "A: 1 2"},
		{"http-18", "A: 1\n 2\nA: 3\n 4", "A: 1 2|A: 3 4"},
		{"http-18", "A: 1\r\n 2\x00\r\n", "error: invalid header value"},
		{"http-18", " A: 1\r\n", "error: first header line cannot start with white space"},
		{"http-18", "A: 1\r\n\r\n 2\r\n", "error: first header line cannot start with white space"},
		{"folded framing", "Content-Length:\r\n 5\r\n", "error: folded Content-Length header"},
		{"folded framing", "transfer-encoding: chunked\r\n \r\n", "error: folded Transfer-Encoding header"},
		{"folded framing", "HOST: a\r\n\tb\r\n", "error: folded Host header"},
		{"http-19", "A\r\n", "error: no colon in header line"},
		{"http-19", "A\r\nB: 1\r\n", "error: no colon in header line"},
		{"http-19", "A", "error: no colon in header line"},
		{"http-21", "A: 1\r\nB: 2\r\na: 3\r\nC: 4\r\nb: 5\r\n", "A: 1|A: 3|B: 2|B: 5|C: 4"},
	} {
		h, err := ParseHeaders(tt.block)
		if got := shown(&h, err); got != tt.want {
			t.Errorf("%s: %q: got %q, want %q", tt.rule, tt.block, got, tt.want)
		}
	}
}

func TestHeadersAsMap(t *testing.T) { // http-20, http-22, http-23
	const block = "Set-Cookie: a=1\nHost: x\nset-cookie: b=2\nEmpty:\n"
	for _, tt := range []struct {
		what string
		do   func(h *HTTPHeaders) string
		want string
	}{
		{"Get joins with a comma and no space", func(h *HTTPHeaders) string { return h.Get("SET-cookie") }, "a=1,b=2"},
		{"Get of one", func(h *HTTPHeaders) string { return h.Get("host") }, "x"},
		{"Get of none", func(h *HTTPHeaders) string { return h.Get("Hosts") }, ""},
		{"Get does not match a Kelvin sign with a k", func(h *HTTPHeaders) string { return h.Get("Set-Cooie") + h.Get("Set-Coo\u212aie") }, ""},
		{"GetList keeps them apart", func(h *HTTPHeaders) string { return strings.Join(h.GetList("set-COOKIE"), "|") }, "a=1|b=2"},
		{"GetList of none", func(h *HTTPHeaders) string { return strings.Join(h.GetList("X"), "|") }, ""},
		{"Has an empty one", func(h *HTTPHeaders) string { return yes(h.Has("empty")) }, "yes"},
		{"Has none", func(h *HTTPHeaders) string { return yes(h.Has("X")) }, "no"},
		{"Set replaces all, in place", func(h *HTTPHeaders) string { h.Set("set-cookie", "c"); return shown(h, nil) }, "Set-Cookie: c|Host: x|Empty: "},
		{"Set appends", func(h *HTTPHeaders) string { h.Set("x-Y", "z"); return shown(h, nil) }, "Set-Cookie: a=1|Set-Cookie: b=2|Host: x|Empty: |X-Y: z"},
		{"Set does not validate", func(h *HTTPHeaders) string { h.Set("host", "a\nb"); return h.Get("Host") }, "a\nb"},
		{"Add appends", func(h *HTTPHeaders) string { err := h.Add("hOST", "y"); return shown(h, err) }, "Set-Cookie: a=1|Set-Cookie: b=2|Host: x|Host: y|Empty: "},
		{"Add validates the name", func(h *HTTPHeaders) string { return shown(h, h.Add("a b", "y")) }, "error: invalid header name"},
		{"Add rejects an empty name", func(h *HTTPHeaders) string { return shown(h, h.Add("", "y")) }, "error: invalid header name"},
		{"Add validates the value", func(h *HTTPHeaders) string { return shown(h, h.Add("a", "y\rz")) }, "error: invalid header value"},
		{"Add rejects a space around a value", func(h *HTTPHeaders) string { return shown(h, h.Add("a", "y ")) }, "error: invalid header value"},
		{"Del removes all", func(h *HTTPHeaders) string { h.Del("SET-COOKIE"); return shown(h, nil) }, "Host: x|Empty: "},
		{"Del of none", func(h *HTTPHeaders) string { h.Del("X"); return yes(h.Len() == 4) }, "yes"},
		{"Copy is independent", func(h *HTTPHeaders) string {
			c := h.Copy()
			c.Set("host", "y")
			c.Del("empty")
			return h.Get("Host") + yes(h.Has("Empty"))
		}, "xyes"},
		{"Reset", func(h *HTTPHeaders) string { h.Reset(); return shown(h, nil) }, ""},
		{"All stops", func(h *HTTPHeaders) string {
			for name := range h.All() {
				return name
			}
			return ""
		}, "Set-Cookie"},
	} {
		h, err := ParseHeaders(block)
		require.NoError(t, err)
		if got := tt.do(&h); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func TestAllIsTheSameForFewAndManyFields(t *testing.T) { // http-21
	var h HTTPHeaders
	for i := range 100 {
		require.NoError(t, h.Add([]string{"C", "A", "B", "A"}[i%4], strings.Repeat("x", i)))
	}
	var few, many []Field
	h.allByPairs(func(name, value string) bool { few = append(few, Field{name, value}); return true })
	h.allByLinks(func(name, value string) bool { many = append(many, Field{name, value}); return true })
	require.Equal(t, few, many)
	h.allByLinks(func(string, string) bool { return false })
	require.Len(t, many, 100)
}

func TestParsingManyHeadersIsLinear(t *testing.T) { // http-24
	for _, tt := range []struct{ what, line string }{
		{"repeated", "X-Foo: bar\r\n"},
		{"different", "X-%d: bar\r\n"},
		{"folded", "\t x\r\n"},
		{"repeated and folded", "X-Foo: bar\r\n a\r\n"},
	} {
		requireLinear(t, tt.what, 500, func(n int) func() {
			block := []byte("A: b\r\n")
			for i := range n {
				block = append(block, strings.ReplaceAll(tt.line, "%d", strconv.Itoa(i))...)
			}
			return func() {
				h, err := ParseHeaderBlock(block)
				require.NoError(t, err)
				_, _, _ = h.Get("X-Foo"), h.GetList("X-Foo"), h.String()
			}
		})
	}
}

func TestParsedHeadersAreViewsIntoTheirBlock(t *testing.T) {
	block := []byte("host: a\r\nx-Y: b\r\n c\r\n")
	if got := testing.AllocsPerRun(10, func() { _, _ = ParseHeaderBlock(block) }); got != 1 {
		t.Errorf("%v allocations, want one slice of fields", got)
	}
}

func TestEqualFold(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Chunked", "chuNKED", true},
		{"", "", true},
		{"a", "", false},
		{"chunked", "chunke", false},
		{"chunked", "chun\u212aed", false},
		{"\u212a", "kkk", false},
		{"@", "`", false},
		{"[^", "{~", false},
		{"\xc3\x89", "\xc3\xa9", false},
	} {
		if got := EqualFold(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: got %v", tt.a, tt.b, got)
		}
	}
}

func TestNormalizeName(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		allocs     float64
	}{
		{"Content-Type", "Content-Type", 0},
		{"content-type", "Content-Type", 1},
		{"CONTENT-TYPE-", "Content-Type-", 1},
		{"FOO-bar_baZ", "Foo-Bar_baz", 1},
		{"Sec-Websocket-Key1", "Sec-Websocket-Key1", 0},
		{"", "", 0},
		{"X y", "X y", 0},
	} {
		if got := NormalizeName(tt.name); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
		if got := testing.AllocsPerRun(10, func() { NormalizeName(tt.name) }); got != tt.allocs {
			t.Errorf("%q: %v allocations, want %v", tt.name, got, tt.allocs)
		}
	}
}

func TestControlIndexFindsEveryControlAtEveryPlace(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := bytes.Repeat([]byte{0x80}, 20)
			b[at] = byte(c)
			b[19] = 0x01 // a match at a later byte must not be reported instead of the first one
			want := at
			if c >= 0x20 && c != 0x7f && at != 19 {
				want = 19
			}
			if at == 19 && c >= 0x20 && c != 0x7f {
				continue
			}
			if got := controlIndex(b); got != want {
				t.Fatalf("byte %#x at %d: got %d, want %d", c, at, got, want)
			}
		}
	}
	require.Equal(t, 11, controlIndex([]byte("no controls")))
}

func TestIsText(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			b := []byte("text with\ta tab, 20 b")
			b[at] = byte(c)
			require.Equal(t, c >= 0x20 && c != 0x7f || c == '\t', IsText(string(b)), "byte %#x at %d", c, at)
		}
	}
	require.True(t, IsText(""))
}

// FuzzParseHeaders checks that every error is an *HTTPInputError, that headers survive
// writing and parsing again, and that net/textproto agrees where both accept.
func FuzzParseHeaders(f *testing.F) {
	for _, block := range []string{
		"A: 1\r\nB: 2\r\n", "a-B_c:x\n\ty\r\n z\n", "A: 1\r\n", "A : 1\r\n", ":\r\n", "A:\r\n \r\n 1\r\n",
		"Host: x\r\nCookie: a=b\r\ncookie: c=d\r\nX: \xff\u0085\r\n", " A: 1\r\n", "A: x\ry\r\n", "A\r\n", "\r\n",
	} {
		f.Add(block)
	}
	f.Fuzz(func(t *testing.T, block string) {
		h, err := ParseHeaders(block)
		if err != nil {
			var input *HTTPInputError
			require.ErrorAs(t, err, &input)
			return
		}
		again, err := ParseHeaders(h.String())
		require.NoError(t, err)
		require.Equal(t, slices.Collect(pairs(&h)), slices.Collect(pairs(&again)))
		for _, field := range h.Fields() {
			require.True(t, IsToken(field.Name) && IsFieldValue(field.Value), "%q", field)
			require.Equal(t, field.Name, NormalizeName(field.Name))
		}
		judge, err := textproto.NewReader(bufio.NewReader(strings.NewReader(block + "\r\n\r\n"))).ReadMIMEHeader()
		if err != nil || hasBlankLine(block) {
			return // textproto stops at an empty line, and keeps the white space of a line of white space
		}
		for name, values := range judge {
			require.Equal(t, values, h.GetList(name), "%q", block)
		}
	})
}

func hasBlankLine(block string) bool {
	for line := range strings.SplitSeq(strings.TrimSuffix(block, "\n"), "\n") {
		if strings.Trim(line, " \t\r") == "" {
			return true
		}
	}
	return false
}

func pairs(h *HTTPHeaders) func(yield func(Field) bool) {
	return func(yield func(Field) bool) {
		for name, value := range h.All() {
			if !yield(Field{name, value}) {
				return
			}
		}
	}
}
