package escape

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

var xhtmlReplacer = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;",
)

// XHTMLEscape returns s with & < > " ' written as entities. The result is safe as HTML or
// XML text and inside quoted attribute values. Tornado: xhtml_escape.
func XHTMLEscape(s string) string {
	return xhtmlReplacer.Replace(s)
}

// AppendXHTMLEscape appends s to dst, escaped as by [XHTMLEscape].
func AppendXHTMLEscape(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		var entity string
		switch s[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			entity = "&quot;"
		case '\'':
			entity = "&#x27;"
		default:
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, entity...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}

// XHTMLUnescape replaces character references by their characters, with the rules of HTML 5
// for text: all its names, old names also without a semicolon ("&lt"), decimal and
// hexadecimal numbers. Other text is kept. A number that is not a character gives U+FFFD;
// the number of a control or noncharacter gives nothing. Tornado: xhtml_unescape.
func XHTMLUnescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	// Package html replaces the names of characters. Numbers are handled here, because package
	// html treats some of them ("&#x;", "&#1;") unlike Python. No name contains "&#".
	var b strings.Builder
	b.Grow(len(s))
	text, rest, found := strings.Cut(s, "&#")
	for {
		b.WriteString(html.UnescapeString(text))
		if !found {
			return b.String()
		}
		text, rest, found = strings.Cut(rest, "&#")
		if char, size := charRef(text); size > 0 {
			b.WriteString(char)
			text = text[size:]
		} else {
			b.WriteString("&#")
		}
	}
}

// charRef reads the number of a character reference, without "&#", at the start of s, and
// its semicolon if there is one. It returns the character and the number of bytes read, or
// 0 if there is no number.
func charRef(s string) (char string, size int) {
	base, i := 10, 0
	if s != "" && s[0]|0x20 == 'x' {
		base, i = 16, 1
	}
	first, code := i, 0
	for ; i < len(s); i++ {
		digit := unhex(s[i])
		if digit < 0 || digit >= base {
			break
		}
		code = min(code*base+digit, utf8.MaxRune+1) // limited, so that more digits cannot overflow
	}
	if i == first {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return charRefText(rune(code)), i
}

// charRefText returns the text for a numeric reference, as Python does (HTML 5, section
// 13.2.5.80).
func charRefText(code rune) string {
	switch {
	case code == 0:
		return "\uFFFD"
	case 0x80 <= code && code <= 0x9F:
		return html.UnescapeString(fmt.Sprintf("&#%d;", code)) // Windows-1252
	case code < 0x20 && !strings.ContainsRune("\t\n\f\r", code),
		code == 0x7F,
		0xFDD0 <= code && code <= 0xFDEF,
		code&0xFFFE == 0xFFFE:
		return ""
	}
	return string(code) // U+FFFD for a surrogate, and for a number beyond the last character
}
