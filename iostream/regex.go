package iostream

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// directSearch is up to how many bytes a search from the start costs nothing to speak of.
const directSearch = 256

// A regexSearch looks for a regular expression in input that grows. Package regexp
// can only start anew, which for every byte of a slow peer would be quadratic: so
// that is done when the input has doubled, and a growingMatch tells in between
// whether it is worth doing.
type regexSearch struct {
	re      *regexp.Regexp
	scanned int // bytes of the last search from the start
	growing *growingMatch
}

// find returns where the first match in held ends. held is what it was at the call
// before, and more.
func (x *regexSearch) find(held []byte) (end int, ok bool) {
	if len(held) > directSearch && len(held) < 2*x.scanned && !x.mayMatch(held) {
		return 0, false
	}
	x.scanned = len(held)
	if at := x.re.FindIndex(held); at != nil {
		return at[1], true
	}
	return 0, false
}

func (x *regexSearch) mayMatch(held []byte) bool {
	if x.growing == nil {
		x.growing = newGrowingMatch(x.re)
	}
	return x.growing.match(held)
}

// A growingMatch runs the program of a regular expression once over input that
// comes in parts: all the ways to match at once, a rune at a time.
type growingMatch struct {
	prog    *syntax.Prog
	entries []uint32 // where to go on at the next rune
	threads []uint32 // rune instructions that wait for it
	seen    []uint   // by instruction: the last step that came there
	step    uint
	before  rune // the rune in front; -1 at the start
	done    int  // bytes the program has run over
	found   bool
}

func newGrowingMatch(re *regexp.Regexp) *growingMatch {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil { // only CompilePOSIX takes it
		return &growingMatch{found: true}
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return &growingMatch{found: true}
	}
	return &growingMatch{prog: prog, seen: make([]uint, len(prog.Inst)), before: -1}
}

// match reports whether there is a match in input, of which it has seen the front.
func (m *growingMatch) match(input []byte) bool {
	for !m.found && utf8.FullRune(input[m.done:]) {
		r, size := utf8.DecodeRune(input[m.done:])
		m.run(r)
		m.done += size
	}
	return m.found || m.matchesAtEnd(input[m.done:])
}

// matchesAtEnd says whether there is a match if the input ends with rest, the
// beginning of a rune; what comes next may say otherwise.
func (m *growingMatch) matchesAtEnd(rest []byte) bool {
	entries, before := slices.Clone(m.entries), m.before
	for range rest {
		m.run(utf8.RuneError)
	}
	m.run(-1)
	found := m.found
	m.entries, m.before, m.found = entries, before, false
	return found
}

// run goes on over the rune r; -1 is the end of the input.
func (m *growingMatch) run(r rune) {
	m.step++
	m.threads = m.threads[:0]
	m.follow(uint32(m.prog.Start), r) // a match may begin anywhere
	for _, pc := range m.entries {
		m.follow(pc, r)
	}
	m.entries = m.entries[:0]
	for _, pc := range m.threads {
		if i := &m.prog.Inst[pc]; i.MatchRune(r) {
			m.entries = append(m.entries, i.Out)
		}
	}
	m.before = r
}

// follow collects the rune instructions that are reached from pc without taking one.
func (m *growingMatch) follow(pc uint32, after rune) {
	if m.seen[pc] == m.step {
		return
	}
	m.seen[pc] = m.step
	switch i := &m.prog.Inst[pc]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		m.follow(i.Out, after)
		m.follow(i.Arg, after)
	case syntax.InstCapture, syntax.InstNop:
		m.follow(i.Out, after)
	case syntax.InstEmptyWidth:
		if i.MatchEmptyWidth(m.before, after) {
			m.follow(i.Out, after)
		}
	case syntax.InstMatch:
		m.found = true
	case syntax.InstFail:
	default:
		m.threads = append(m.threads, pc)
	}
}
