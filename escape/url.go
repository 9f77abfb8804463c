package escape

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// URLEscape percent-encodes every byte of value but ASCII letters, digits and "_.-~".
// With plus, as in a query string and as Tornado does by default, a space becomes "+";
// without, as in a path, it becomes "%20" and "/" is kept. Tornado: url_escape.
func URLEscape(value string, plus bool) string {
	escaped := url.QueryEscape(value)
	if plus {
		return escaped
	}
	// In escaped text "+" is a space and "%2F" a slash, nothing else.
	return strings.ReplaceAll(strings.ReplaceAll(escaped, "+", "%20"), "%2F", "/")
}

// URLUnescape undoes URLEscape. With plus, "+" is a space. A percent sign without two
// hexadecimal digits is kept; bytes that are not UTF-8 become U+FFFD, one for each
// maximal part of a character (Unicode, section 3.9). Tornado: url_unescape.
func URLUnescape(value string, plus bool) string {
	return replaceInvalid(percentDecode(value, plus))
}

// URLUnescapeBytes undoes URLEscape, as URLUnescape does, but returns the bytes as they
// are, UTF-8 or not. Tornado: url_unescape with encoding=None.
func URLUnescapeBytes(value string, plus bool) []byte {
	return []byte(percentDecode(value, plus))
}

func percentDecode(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && !(plus && strings.IndexByte(s, '+') >= 0) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' && plus {
			c = ' '
		}
		if c == '%' && i+2 < len(s) {
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		b = append(b, c)
	}
	return string(b)
}

// unhex is the value of a hexadecimal digit, -1 if c is none.
func unhex(c byte) int {
	switch lower := c | 0x20; {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= lower && lower <= 'f':
		return int(lower-'a') + 10
	}
	return -1
}

func replaceInvalid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			// A part is maximal while one more byte could still belong to it.
			for size < len(s) && !utf8.FullRuneInString(s[:size+1]) {
				size++
			}
		}
		b.WriteRune(r)
		s = s[size:]
	}
	return b.String()
}

// QSOptions tune ParseQSBytes. The zero value does what Tornado does by default.
type QSOptions struct {
	KeepBlankValues bool // keep "a=" and "a" as an empty value; else they are dropped
	StrictParsing   bool // a field without "=" is an error; else it counts as blank
}

// ParseQSBytes splits a query string at "&" and decodes names and values to the exact
// bytes that were meant, which need not be UTF-8. "+" is a space, a bad escape is kept.
// An empty query has no fields. Without StrictParsing the error is nil.
// Tornado: parse_qs_bytes, whose names, but not values, are decoded as Latin-1.
func ParseQSBytes(qs string, o QSOptions) (map[string][]string, error) {
	args := make(map[string][]string)
	for field := range strings.SplitSeq(qs, "&") {
		name, value, found := strings.Cut(field, "=")
		if !found && o.StrictParsing && qs != "" {
			return nil, fmt.Errorf("escape: bad query field %q", field)
		}
		if field == "" || value == "" && !o.KeepBlankValues {
			continue
		}
		name = percentDecode(name, true)
		args[name] = append(args[name], percentDecode(value, true))
	}
	return args, nil
}
