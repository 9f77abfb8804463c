// Package escape ports tornado.escape: escaping and unescaping for HTML, JSON and
// URLs, links in plain text, and a few string functions that go with them.
//
// A Go string stands for both Python's str and bytes. Text is expected to be UTF-8;
// functions that need not decode pass other bytes through unchanged. Tornado's utf8,
// native_str and to_basestring are therefore plain conversions here: []byte(s) and
// string(b). [ToUnicode] remains, because it also checks.
//
// All functions are pure and may be called from any goroutine.
//
//	html := "<p>" + escape.XHTMLEscape(comment) + "</p>"
//	link := "/search?q=" + escape.URLEscape(query, true)
//	script, err := escape.JSONEncode(map[string]any{"id": 7}) // safe inside <script>
package escape

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNotUTF8 is returned for bytes that must be text but are not UTF-8; Tornado raises
// Python's UnicodeDecodeError.
var ErrNotUTF8 = errors.New("escape: text is not UTF-8")

// ToUnicode returns b as text, or ErrNotUTF8. Tornado: to_unicode.
func ToUnicode(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", ErrNotUTF8
	}
	return string(b), nil
}

// RecursiveUnicode returns a copy of v in which every []byte is a string. It walks []any,
// map[string]any, [][]byte (which becomes []string) and map[string][]byte (which becomes
// map[string]string); other values are kept. It returns ErrNotUTF8 for bytes that are not
// UTF-8. Tornado: recursive_unicode.
func RecursiveUnicode(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		return ToUnicode(v)
	case []any:
		return convertSlice(v, RecursiveUnicode)
	case [][]byte:
		return convertSlice(v, ToUnicode)
	case map[string]any:
		return convertMap(v, RecursiveUnicode)
	case map[string][]byte:
		return convertMap(v, ToUnicode)
	}
	return v, nil
}

func convertSlice[A, B any](in []A, convert func(A) (B, error)) (any, error) {
	out := make([]B, len(in))
	for i, a := range in {
		b, err := convert(a)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

func convertMap[A, B any](in map[string]A, convert func(A) (B, error)) (any, error) {
	out := make(map[string]B, len(in))
	for key, a := range in {
		b, err := convert(a)
		if err != nil {
			return nil, err
		}
		out[key] = b
	}
	return out, nil
}

// Squeeze replaces each run of the characters U+0000 to U+0020 by one space, and removes
// Unicode white space from both ends. Tornado: squeeze.
func Squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	inRun := false
	for i := range len(s) {
		if c := s[i]; c > ' ' {
			b.WriteByte(c)
			inRun = false
		} else if !inRun {
			b.WriteByte(' ')
			inRun = true
		}
	}
	return strings.TrimSpace(b.String())
}

// isSpace reports whether Python's str.isspace accepts r, which also accepts U+001C to U+001F.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f'
}
