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

// XHTMLEscape makes s safe as HTML or XML text and inside quoted attribute values: it
// writes & < > " ' as entities. Tornado: xhtml_escape.
func XHTMLEscape(s string) string {
	return xhtmlReplacer.Replace(s)
}

// AppendXHTMLEscape appends to dst s with & < > " ' written as entities, as
// [XHTMLEscape] makes it.
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

// XHTMLUnescape replaces character references by what they stand for, by the rules of
// HTML 5 for text: all its names, old names also without their semicolon ("&lt"),
// decimal and hexadecimal numbers. What is no reference stays. A number that is no
// character gives U+FFFD, one of a control or noncharacter gives nothing.
// Tornado: xhtml_unescape.
func XHTMLUnescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	// Package html knows the names. Its numbers differ from Python's ("&#x;" and
	// "&#1;"), so those are cut out here; no name reaches across "&#".
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

// charRef reads the number of a character reference, which s holds from behind "&#",
// and its semicolon if there is one. It returns the character and the bytes read,
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
		code = min(code*base+digit, utf8.MaxRune+1) // stays there, whatever follows
	}
	if i == first {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return charRefText(rune(code)), i
}

// charRefText is the table of HTML 5, section 13.2.5.80, as Python applies it.
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
	return string(code) // U+FFFD for a surrogate and beyond the last character
}
