package web

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/web/internal/routematch"
)

// A pattern is a compiled URL pattern. It matches paths, and reverse makes paths.
type pattern struct {
	text     string
	template bool            // a template, which gorilla/mux compiles
	regex    *regexp.Regexp  // anchored; nil in a template
	scan     routematch.Scan // used instead of regex if not nil
	prefix   string          // the beginning of every path that matches
	literal  bool            // the pattern has no groups and matches only prefix
	names    []string        // of the groups; "" for positional ones
	pieces   []string        // the text around the groups; nil if the pattern cannot be reversed
}

func compilePattern(text string) (pattern, error) {
	if isTemplate(text) {
		return compileTemplate(text)
	}
	regex, err := regexp.Compile("^(?:" + text + ")$")
	if err != nil {
		var e *syntax.Error
		if errors.As(err, &e) {
			return pattern{}, fmt.Errorf("%w: write it for Go's package regexp", e)
		}
		return pattern{}, err
	}
	p := pattern{text: text, regex: regex, names: regex.SubexpNames()[1:], scan: routematch.NewScan(text)}
	named := 0
	for _, name := range p.names {
		if name != "" {
			named++
		}
	}
	if named != 0 && named != len(p.names) {
		return pattern{}, errors.New("groups must be all named or all positional: use (?:...) for a group that is not an argument")
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$")
	if plain, err := regexp.Compile(bare); err == nil {
		p.prefix, p.literal = plain.LiteralPrefix()
		p.literal = p.literal && len(p.names) == 0
	}
	p.pieces = reverseRegexp(bare, len(p.names))
	return p, nil
}

var (
	// regexpEscape matches the escapes of regular expressions that may contain braces: \{,
	// \p{Greek}.
	regexpEscape     = regexp.MustCompile(`\\[pPx]\{[^}]*\}|\\.`)
	templateVariable = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_]*[:}]`)
)

func isTemplate(text string) bool {
	return templateVariable.MatchString(regexpEscape.ReplaceAllString(text, ""))
}

func compileTemplate(text string) (pattern, error) {
	if err := checkTemplate(text); err != nil {
		return pattern{}, err
	}
	p := pattern{text: text, template: true}
	depth, end := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			if depth++; depth == 1 {
				p.pieces = append(p.pieces, text[end:i])
				end = i + 1
			}
		case '}':
			if depth--; depth == 0 {
				name, _, _ := strings.Cut(text[end:i], ":")
				p.names = append(p.names, name)
				end = i + 1
			}
		}
	}
	p.pieces = append(p.pieces, text[end:])
	p.prefix = p.pieces[0]
	return p, nil
}

// reverseRegexp returns the text around the groups of a regular expression, or nil if it
// has more than groups and plain text.
func reverseRegexp(text string, groups int) []string {
	if strings.Count(text, "(") != groups {
		return nil
	}
	var pieces []string
	for i, fragment := range strings.Split(text, "(") {
		if i > 0 {
			_, after, ok := strings.Cut(fragment, ")")
			if !ok {
				return nil
			}
			fragment = after
		}
		piece, ok := unescapeRegexp(fragment)
		if !ok {
			return nil
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

// unescapeRegexp returns the only text that a regular expression without groups matches; a
// dot counts as a dot. ok is false if it matches several texts.
func unescapeRegexp(s string) (text string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\':
			i++
			if i == len(s) || isAlphanumeric(s[i]) {
				return "", false // a class such as \d
			}
			c = s[i]
		case strings.IndexByte("?*+|[]{}^$)", c) >= 0:
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// plainText returns the only path that a pattern without groups matches, if there is one.
func (p *pattern) plainText() (path string, ok bool) {
	switch {
	case p.literal:
		return p.prefix, true
	case len(p.pieces) == 1:
		return p.pieces[0], true
	}
	return "", false
}

// reverse returns the path with args, percent-encoded, in place of the groups.
func (p *pattern) reverse(args []any) (string, error) {
	if p.pieces == nil {
		return "", fmt.Errorf("web: cannot reverse url regex %s: use a pattern of plain text and groups", p.text)
	}
	if len(args) != len(p.names) {
		return "", fmt.Errorf("web: required number of arguments not found: %s needs %d, not %d", p.text, len(p.names), len(args))
	}
	var b strings.Builder
	b.WriteString(p.pieces[0])
	for i, arg := range args {
		if raw, ok := arg.([]byte); ok {
			arg = string(raw)
		}
		b.WriteString(escape.URLEscape(fmt.Sprint(arg), false))
		b.WriteString(p.pieces[i+1])
	}
	return b.String(), nil
}
