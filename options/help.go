package options

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nameWidth = 30 // width of an option's name and its metavar in the help
	helpWidth = 44 // of the text beside it
)

// PrintHelp prints the help of the global parser's options on stderr. Tornado: print_help.
func PrintHelp() { Options.PrintHelp(nil) }

// PrintHelp prints all options by group, on the parser's Output if w is nil.
// Tornado: OptionParser.print_help.
func (p *OptionParser) PrintHelp(w io.Writer) {
	if w == nil {
		w = p.output()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [OPTIONS]\n\nOptions:\n\n", p.program())
	for _, group := range p.Groups() {
		if group != "" {
			fmt.Fprintf(&b, "\n%s options:\n\n", filepath.Clean(group))
		}
		var members []*option
		for _, o := range p.options {
			if o.group == group {
				members = append(members, o)
			}
		}
		slices.SortFunc(members, func(a, b *option) int { return strings.Compare(a.name, b.name) })
		for _, o := range members {
			o.writeHelp(&b)
		}
	}
	b.WriteByte('\n')
	io.WriteString(w, b.String())
}

func (o *option) writeHelp(b *strings.Builder) {
	name := normalize(o.name)
	if o.metavar != "" {
		name += "=" + o.metavar
	}
	text := o.help
	if o.fallback != nil && o.fallback != "" {
		text += " (default " + valueText(o.fallback) + ")"
	}
	lines := wrap(text, helpWidth)
	if utf8.RuneCountInString(name) > nameWidth || len(lines) == 0 {
		lines = slices.Insert(lines, 0, "")
	}
	fmt.Fprintf(b, "  --%-*s %s\n", nameWidth, name, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(b, "%*s %s\n", nameWidth+4, "", line)
	}
}

// wrap breaks text into lines as Python's textwrap.wrap does: at blanks and after hyphens
// within words, and within words that are longer than a line.
func wrap(text string, width int) (lines []string) {
	chunks := chunksOf(text)
	for len(chunks) > 0 {
		if isBlank(chunks[0]) && len(lines) > 0 {
			chunks = chunks[1:]
		}
		var line [][]rune
		length := 0
		for len(chunks) > 0 && length+len(chunks[0]) <= width {
			line, length = append(line, chunks[0]), length+len(chunks[0])
			chunks = chunks[1:]
		}
		if len(chunks) > 0 && len(chunks[0]) > width {
			end := breakWithin(chunks[0], width-length)
			line, chunks[0] = append(line, chunks[0][:end]), chunks[0][end:]
		}
		if n := len(line); n > 0 && isBlank(line[n-1]) {
			line = line[:n-1]
		}
		if len(line) > 0 {
			lines = append(lines, string(slices.Concat(line...)))
		}
	}
	return lines
}

// breakWithin returns where to break a chunk that is longer than a line.
func breakWithin(chunk []rune, room int) int {
	for i := room - 1; i > 0; i-- {
		if chunk[i] == '-' && strings.Trim(string(chunk[:i]), "-") != "" {
			return i + 1
		}
	}
	return max(room, 1)
}

func isBlank(chunk []rune) bool { return strings.TrimSpace(string(chunk)) == "" }

// chunksOf splits text into blanks, words, and parts of words that end in a hyphen.
func chunksOf(text string) (chunks [][]rune) {
	var runes []rune
	for _, r := range text { // like textwrap, expands tabs and makes other white space blanks
		switch {
		case r == '\t':
			for runes = append(runes, ' '); len(runes)%8 != 0; {
				runes = append(runes, ' ')
			}
		case unicode.IsSpace(r):
			runes = append(runes, ' ')
		default:
			runes = append(runes, r)
		}
	}
	begin := 0
	for i := range runes {
		last := i+1 == len(runes)
		if last || (runes[i] == ' ') != (runes[i+1] == ' ') || breaksAfter(runes, i) ||
			dashesAt(runes, i+1) > 0 || dashesEndAt(runes, i) {
			chunks = append(chunks, runes[begin:i+1])
			begin = i + 1
		}
	}
	return chunks
}

// dashesAt returns the number of hyphens of a dash between words that begins at i. It is 0 if
// there is no dash.
func dashesAt(runes []rune, i int) int {
	n := 0
	for i+n < len(runes) && runes[i+n] == '-' {
		n++
	}
	if n < 2 || i == 0 || i+n == len(runes) || !isWord(runes[i+n]) ||
		!isWord(runes[i-1]) && !strings.ContainsRune("!\"'&.,?", runes[i-1]) {
		return 0
	}
	return n
}

// dashesEndAt reports whether the hyphen at i is the last one of a dash between words.
func dashesEndAt(runes []rune, i int) bool {
	first := i
	for first > 0 && runes[first-1] == '-' {
		first--
	}
	n := dashesAt(runes, first)
	return n > 0 && i == first+n-1
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// breaksAfter reports whether a line may break after the hyphen at i: two letters before
// it, or a letter between hyphens, and two letters after it.
func breaksAfter(runes []rune, i int) bool {
	letter := func(j int) bool {
		return j >= 0 && j < len(runes) && (unicode.IsLetter(runes[j]) || runes[j] == '_')
	}
	hyphen := func(j int) bool { return j >= 0 && j < len(runes) && runes[j] == '-' }
	before := letter(i-1) && (letter(i-2) || hyphen(i-2) && letter(i-3))
	after := letter(i+1) && (letter(i+2) || hyphen(i+2) && letter(i+3))
	return runes[i] == '-' && before && after
}
