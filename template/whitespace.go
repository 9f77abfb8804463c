package template

import (
	"fmt"
	"strings"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// These are the modes of FilterWhitespace, Options.Whitespace and {% whitespace mode %}.
const (
	WhitespaceAll     = "all"     // keep it
	WhitespaceSingle  = "single"  // each run of white space becomes one space, or one line break
	WhitespaceOneline = "oneline" // one space for each run
)

// FilterWhitespace transforms the white space of text according to mode; any other mode
// than the constants is an error. Tornado: filter_whitespace.
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

// singleSpaces replaces a run that has a line break by one line break. Then it replaces each
// other run of spaces and tabs by one space.
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
