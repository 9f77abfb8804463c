package escape

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// URLEscape percent-encodes every byte of value except ASCII letters, digits and "_.-~".
// With plus, a space becomes "+", as in a query string; this is Tornado's default. Without
// plus, as in a path, it becomes "%20", and "/" is kept. Tornado: url_escape.
func URLEscape(value string, plus bool) string {
	escaped := url.QueryEscape(value)
	if plus {
		return escaped
	}
	// In escaped text every "+" is a space and every "%2F" is a slash.
	return strings.ReplaceAll(strings.ReplaceAll(escaped, "+", "%20"), "%2F", "/")
}

// URLUnescape reverses URLEscape. With plus, "+" is a space. A percent sign without two
// hexadecimal digits is kept. Bytes that are not UTF-8 become U+FFFD, one for each maximal
// part of a character (Unicode, section 3.9). Tornado: url_unescape.
func URLUnescape(value string, plus bool) string {
	return replaceInvalid(percentDecode(value, plus))
}

// URLUnescapeBytes reverses URLEscape as URLUnescape does, but returns the bytes unchanged
// if they are not UTF-8. Tornado: url_unescape with encoding=None.
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

// unhex returns the value of a hexadecimal digit, or -1 if c is not one.
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
			// Extend the invalid part while one more byte could still continue the character.
			for size < len(s) && !utf8.FullRuneInString(s[:size+1]) {
				size++
			}
		}
		b.WriteRune(r)
		s = s[size:]
	}
	return b.String()
}

// QSOptions configure ParseQSBytes. The zero value does what Tornado does by default.
type QSOptions struct {
	KeepBlankValues bool // keep "a=" and "a" as an empty value; otherwise they are dropped
	StrictParsing   bool // a field without "=" is an error; otherwise its value is blank
}

// ParseQSBytes splits a query string at "&" and decodes names and values to bytes, which
// need not be UTF-8. "+" is a space; an invalid escape is kept. An empty query has no
// fields. Without StrictParsing the error is always nil. Tornado: parse_qs_bytes, which
// decodes names, but not values, as Latin-1.
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
