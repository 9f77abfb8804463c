package pyvalue

import (
	"unicode"
	"unicode/utf8"
)

// IsSpace reports whether Python's str.isspace is true for r: for Go's white space and for
// the separators U+001C to U+001F.
func IsSpace(r rune) bool {
	return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f'
}

// isPrintable reports whether Python's str.isprintable is true for r, which is not ASCII.
func isPrintable(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Z, r)
}

// isASCII reports whether all characters of s are ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// InvalidUTF8 returns the position of the first byte of s that is not UTF-8, -1 if there
// is none.
func InvalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// decodeError returns the exception of decoding s. The byte at index at is not UTF-8.
func decodeError(s string, at int) error {
	reason := "invalid start byte"
	if s[at] >= 0xC2 && s[at] <= 0xF4 {
		if reason = "invalid continuation byte"; at+1 == len(s) {
			reason = "unexpected end of data"
		}
	}
	return raise("UnicodeDecodeError", "'utf-8' codec can't decode byte 0x%02x in position %d: %s", s[at], at, reason)
}
