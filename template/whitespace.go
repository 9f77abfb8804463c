package template

import (
	"fmt"
	"strings"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// The modes of FilterWhitespace, Options.Whitespace and {% whitespace mode %}.
const (
	WhitespaceAll     = "all"     // white space stays as it is
	WhitespaceSingle  = "single"  // a run becomes one space, or one line break if it has one
	WhitespaceOneline = "oneline" // a run becomes one space
)

// FilterWhitespace returns text with its white space changed according to mode, one of the
// constants. Any other mode is an error. Tornado: filter_whitespace.
func FilterWhitespace(mode, text string) (string, error) {
	switch mode {
	case WhitespaceAll:
		return text, nil
	case WhitespaceSingle:
		return singleSpaces(text), nil
	case WhitespaceOneline:
		return replaceSpaces(text, func(string) string { return " " }), nil
	}
	return "", fmt.Errorf("template: invalid whitespace mode %s", mode)
}

// singleSpaces replaces a run with a line break by one line break, and the spaces and tabs
// of other runs by one space.
func singleSpaces(text string) string {
	return replaceSpaces(text, func(run string) string {
		if strings.Contains(run, "\n") {
			return "\n"
		}
		var b strings.Builder
		blank := false
		for _, r := range run {
			if isBlank := r == ' ' || r == '\t'; !isBlank {
				b.WriteRune(r)
				blank = false
			} else if !blank {
				b.WriteByte(' ')
				blank = true
			}
		}
		return b.String()
	})
}

// replaceSpaces replaces each run of white space.
func replaceSpaces(text string, replace func(run string) string) string {
	var b strings.Builder
	for text != "" {
		start := strings.IndexFunc(text, pyvalue.IsSpace)
		if start < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:start])
		text = text[start:]
		end := strings.IndexFunc(text, func(r rune) bool { return !pyvalue.IsSpace(r) })
		if end < 0 {
			end = len(text)
		}
		b.WriteString(replace(text[:end]))
		text = text[end:]
	}
	return b.String()
}
