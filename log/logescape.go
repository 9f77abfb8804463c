package log

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns text with everything escaped that could forge a line of a log or
// command a terminal: control characters (C0, DEL, C1), line and paragraph separators,
// marks that change the direction of text, and bytes that are not UTF-8. The escapes
// are Go's and Python's, such as \n, \x1b and \u202e. Other text is returned as it is.
func Escape(text string) string {
	i := unsafeIndex(text)
	if i < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	for i >= 0 {
		b.WriteString(text[:i])
		r, size := utf8.DecodeRuneInString(text[i:])
		writeEscape(&b, r, text[i:i+size])
		text = text[i+size:]
		i = unsafeIndex(text)
	}
	b.WriteString(text)
	return b.String()
}

// unsafeIndex returns the index of the first byte that Escape has to escape, or -1.
func unsafeIndex[T string | []byte](text T) int {
	for i := 0; ; {
		for i < len(text) && text[i]-' ' < 0x7f-' ' { // printable ASCII
			i++
		}
		switch {
		case i == len(text):
			return -1
		case text[i] < utf8.RuneSelf:
			return i
		}
		r, size := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
		if isUnsafe(r, size) {
			return i
		}
		i += size
	}
}

func isUnsafe(r rune, size int) bool {
	return r == utf8.RuneError && size == 1 || unicode.IsControl(r) ||
		unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

func writeEscape(b *strings.Builder, r rune, bytes string) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case len(bytes) == 1:
		fmt.Fprintf(b, `\x%02x`, bytes[0])
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}
