package iostream

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// directSearch is the number of input bytes up to which a search from the start is cheap.
const directSearch = 256

// A regexSearch searches for a regular expression in growing input. Package regexp can only
// search from the start, which would take quadratic time with a slow peer. So regexSearch
// does that only when the input has doubled, or when a growingMatch finds a match.
type regexSearch struct {
	re      *regexp.Regexp
	scanned int // number of input bytes at the last search from the start
	growing *growingMatch
}

// findEnd returns the end of the first match in held. held is the input of the previous
// call, and more.
func (x *regexSearch) findEnd(held []byte) (end int, ok bool) {
	if len(held) > directSearch && len(held) < 2*x.scanned && !x.mayMatch(held) {
		return 0, false
	}
	x.scanned = len(held)
	if at := x.re.FindIndex(held); at != nil {
		return at[1], true
	}
	return 0, false
}

// mayMatch reports whether held may contain a match.
func (x *regexSearch) mayMatch(held []byte) bool {
	if x.growing == nil {
		x.growing = newGrowingMatch(x.re)
	}
	return x.growing.match(held)
}

// A growingMatch runs a regular expression once over input that comes in parts. It follows
// all possible matches at the same time, rune by rune.
type growingMatch struct {
	prog    *syntax.Prog
	entries []uint32 // instructions at which the match goes on with the next rune
	threads []uint32 // instructions that compare the next rune
	seen    []uint   // for each instruction, the last step that has reached it
	step    uint
	before  rune // the previous rune; -1 at the start
	done    int  // bytes that the program has processed
	found   bool
}

// newGrowingMatch returns the matcher of re. For an expression that it cannot compile, the
// matcher always reports a match.
func newGrowingMatch(re *regexp.Regexp) *growingMatch {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil { // an expression of regexp.CompilePOSIX
		return &growingMatch{found: true}
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return &growingMatch{found: true}
	}
	return &growingMatch{prog: prog, seen: make([]uint, len(prog.Inst)), before: -1}
}

// match reports whether input contains a match. input begins with the input of the previous
// call.
func (m *growingMatch) match(input []byte) bool {
	for !m.found && utf8.FullRune(input[m.done:]) {
		r, size := utf8.DecodeRune(input[m.done:])
		m.stepRune(r)
		m.done += size
	}
	return m.found || m.matchesAtEnd(input[m.done:])
}

// matchesAtEnd reports whether there is a match if the input ends with rest, the beginning
// of a rune. It leaves the state unchanged, because more input may come.
func (m *growingMatch) matchesAtEnd(rest []byte) bool {
	entries, before := slices.Clone(m.entries), m.before
	for range rest {
		m.stepRune(utf8.RuneError)
	}
	m.stepRune(-1)
	found := m.found
	m.entries, m.before, m.found = entries, before, false
	return found
}

// stepRune processes the rune r; -1 is the end of the input.
func (m *growingMatch) stepRune(r rune) {
	m.step++
	m.threads = m.threads[:0]
	m.followEmpty(uint32(m.prog.Start), r) // a match may begin anywhere
	for _, pc := range m.entries {
		m.followEmpty(pc, r)
	}
	m.entries = m.entries[:0]
	for _, pc := range m.threads {
		if i := &m.prog.Inst[pc]; i.MatchRune(r) {
			m.entries = append(m.entries, i.Out)
		}
	}
	m.before = r
}

// followEmpty collects the rune instructions that are reachable from pc without consuming a
// rune.
func (m *growingMatch) followEmpty(pc uint32, after rune) {
	if m.seen[pc] == m.step {
		return
	}
	m.seen[pc] = m.step
	switch i := &m.prog.Inst[pc]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		m.followEmpty(i.Out, after)
		m.followEmpty(i.Arg, after)
	case syntax.InstCapture, syntax.InstNop:
		m.followEmpty(i.Out, after)
	case syntax.InstEmptyWidth:
		if i.MatchEmptyWidth(m.before, after) {
			m.followEmpty(i.Out, after)
		}
	case syntax.InstMatch:
		m.found = true
	case syntax.InstFail:
	default:
		m.threads = append(m.threads, pc)
	}
}
