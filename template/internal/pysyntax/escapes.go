package pysyntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Unescape replaces the backslash escapes of a string literal, or of a bytes literal. The
// error says which escape Python refuses.
func Unescape(s string, isBytes bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' || len(s) == 1 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		char, size, err := unescapeOne(s, isBytes)
		if err != nil {
			return "", err
		}
		b.WriteString(char)
		s = s[size:]
	}
	return b.String(), nil
}

// unescapeOne returns the character that the escape at the start of s denotes, and the
// length of the escape.
func unescapeOne(s string, isBytes bool) (char string, size int, err error) {
	const simple = "\\'\"abfnrtv"
	const value = "\\'\"\a\b\f\n\r\t\v"
	if i := strings.IndexByte(simple, s[1]); i >= 0 {
		return value[i : i+1], 2, nil
	}
	digits, base := 0, 16
	switch c := s[1]; {
	case c == '\n':
		return "", 2, nil
	case '0' <= c && c <= '7':
		size = 1
		for size < 4 && size < len(s) && '0' <= s[size] && s[size] <= '7' {
			size++
		}
		n, _ := strconv.ParseUint(s[1:size], 8, 32)
		return codePoint(rune(n), isBytes), size, nil
	case c == 'x':
		digits = 2
	case c == 'u' && !isBytes:
		digits = 4
	case c == 'U' && !isBytes:
		digits = 8
	case c == 'N' && !isBytes:
		return "", 0, fmt.Errorf(`\N{...} is not supported: write the character, or \u and its number`)
	default:
		return s[:2], 2, nil // Python keeps unknown escapes
	}
	if len(s) < 2+digits {
		return "", 0, fmt.Errorf("truncated \\%c escape", s[1])
	}
	n, err := strconv.ParseUint(s[2:2+digits], base, 32)
	if err != nil || n > unicode.MaxRune {
		return "", 0, fmt.Errorf("invalid \\%c escape", s[1])
	}
	return codePoint(rune(n), isBytes), 2 + digits, nil
}

// codePoint returns r in UTF-8, or as one byte of a bytes literal.
func codePoint(r rune, isBytes bool) string {
	if isBytes {
		return string([]byte{byte(r)})
	}
	return string(r)
}
