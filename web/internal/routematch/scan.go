// Package routematch matches paths with routes: a Scan matches one simple pattern without a
// regular expression, and a PrefixIndex finds the few routes that can match a path.
package routematch

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A Scan matches a pattern of text and groups such as ([0-9]+) or ([^/]+) in one pass. It
// gives the same result as the regular expression that it was made from. A pattern that
// needs backtracking, such as (.*)/edit, has no Scan.
type Scan []scanStep

// A scanStep matches a text, or a number of bytes of a class.
type scanStep struct {
	text     string
	class    *[256]bool // nil for text
	min, max int        // bytes; max -1 means no limit
	group    bool
}

// NewScan returns the Scan of a regular expression for a whole path, or nil if it has none.
func NewScan(text string) Scan {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	parts := []*syntax.Regexp{parsed}
	if parsed.Op == syntax.OpConcat {
		parts = parsed.Sub
	}
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	if n := len(parts) - 1; n >= 0 && parts[n].Op == syntax.OpEndText {
		parts = parts[:n]
	}
	var s Scan
	for _, part := range parts {
		step, ok := newScanStep(part)
		if !ok || len(s) > 0 && !s[len(s)-1].endsBefore(step) {
			return nil
		}
		s = append(s, step)
	}
	return s
}

// endsBefore reports whether s cannot take the first byte of next. Then there is only one
// way to match: s takes every byte that it can.
func (s scanStep) endsBefore(next scanStep) bool {
	return s.class == nil || next.class == nil && !s.class[next.text[0]]
}

func newScanStep(part *syntax.Regexp) (s scanStep, ok bool) {
	if part.Op == syntax.OpLiteral {
		s.text = string(part.Rune)
		return s, part.Flags&syntax.FoldCase == 0 && isASCII(s.text)
	}
	if part.Op == syntax.OpCapture {
		s.group, part = true, part.Sub[0]
	}
	if part.Flags&syntax.NonGreedy != 0 {
		return s, false
	}
	switch part.Op {
	case syntax.OpStar:
		s.min, s.max = 0, -1
	case syntax.OpPlus:
		s.min, s.max = 1, -1
	case syntax.OpRepeat:
		s.min, s.max = part.Min, part.Max
	default:
		return s, false
	}
	s.class = byteClass(part.Sub[0])
	// A character counts once, however many bytes it has.
	return s, s.class != nil && (!s.class[utf8.RuneSelf] || s.min <= 1 && s.max < 0)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// byteClass returns the bytes of a class that has all characters beyond ASCII or none of
// them, and nil for other classes. Like package regexp it takes each byte that is not UTF-8
// for a character beyond ASCII.
func byteClass(r *syntax.Regexp) *[256]bool {
	var ranges []rune
	switch r.Op {
	case syntax.OpCharClass:
		ranges = r.Rune
	case syntax.OpAnyChar:
		ranges = []rune{0, utf8.MaxRune}
	case syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
	default:
		return nil
	}
	class := new([256]bool)
	for i := 0; i < len(ranges); i += 2 {
		low, high := ranges[i], ranges[i+1]
		if high >= utf8.RuneSelf && (low > utf8.RuneSelf || high != utf8.MaxRune) {
			return nil
		}
		for c := low; c <= min(high, 255); c++ {
			class[c] = true
		}
	}
	return class
}

// Match appends the bounds of the groups to groups, those of the whole path first, as
// [regexp.Regexp.FindStringSubmatchIndex] does. It returns false if path does not match.
func (s Scan) Match(path string, groups []int) ([]int, bool) {
	groups = append(groups, 0, len(path))
	at := 0
	for i := range s {
		step, start := &s[i], at
		if step.class == nil {
			if !strings.HasPrefix(path[at:], step.text) {
				return nil, false
			}
			at += len(step.text)
			continue
		}
		limit := len(path)
		if step.max >= 0 {
			limit = min(limit, at+step.max)
		}
		for at < limit && step.class[path[at]] {
			at++
		}
		if at-start < step.min {
			return nil, false
		}
		if step.group {
			groups = append(groups, start, at)
		}
	}
	return groups, at == len(path)
}
