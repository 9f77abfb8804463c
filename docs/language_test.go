package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pattern finds one habit that makes a reader stop. It is applied to a sentence or a paragraph.
type pattern struct {
	bad  *regexp.Regexp
	fine *regexp.Regexp // a match of re that also matches fine is good English; a nil fine matches nothing
	hint string
}

// patterns are the checked part of the language rules in CONTRIBUTING and the style guide:
// subject, verb and object; names instead of pronouns; modern words; terms of the field.
var patterns = []pattern{
	{
		regexp.MustCompile(`(^|[.;!] )[Ww](hat|ho) [^.;:?]*([.;:]|$)`), nil,
		`name the thing or person: a sentence does not begin with "what" or "who"`,
	},
	{
		regexp.MustCompile(`(:|, and|, but|, so|, or|\bthat|\buntil|\bwhen|\bif|\bunless|\bbecause|\bwhile) what ` +
			`[^.,;:?]*\b(is|are|was|were|does?|has|have|can|may|comes?|goes)\b[^.,;:?]* ` +
			`(is|are|was|were|gets|goes|comes|stays|waits|ends|fails|leaves|takes|has|must|may|can|does)\b`),
		nil,
		`name the thing: "what" is not the subject of a clause`,
	},
	{
		regexp.MustCompile(`\b([Ii]s|[Aa]re|[Ww]as|[Ww]ere) (who|what|whoever|whatever) \w+`), nil,
		`"X is what ..." is a riddle: say "X is the ..." or say what X does`,
	},
	{
		regexp.MustCompile(`\b(for|of|by|from|with|in|after|before|behind|over) (who|what (is|was|are|were|must|may|can|comes?|came|goes|went|has|had|does|nobody|it|they)) \w+`), nil,
		`name the thing: "what" and "who" do not stand for it after a preposition`,
	},
	{
		regexp.MustCompile(`(?i)\b(somebody|nobody|whoever|everybody)\b`), nil,
		"name the caller, the client, the peer, the handler or the user",
	},
	{
		regexp.MustCompile(`(\w+ )?\b([Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Bb]e) no [A-Za-z]\w*`),
		regexp.MustCompile(`(?i)\bthere|no (longer|more|less|fewer|better|worse|larger|later|earlier|one|more)$`),
		`write "is not a" or "are not"`,
	},
	{
		regexp.MustCompile(`(?i)\bbehind( [\w/-]+){0,3}`),
		regexp.MustCompile(`(?i)behind .*(prox|nginx|haproxy|caddy|balancer|load|tls|firewall|middleware|net/http|gateway|cdn)`),
		`write "after", unless a proxy is meant`,
	},
	{
		regexp.MustCompile(`\b(is|are) (for|of|to) (changes|change)\b`), nil,
		"say what the function returns or does",
	},
	{regexp.MustCompile(`(?i)\btime-outs?\b`), nil, "write timeout"},
	{
		regexp.MustCompile(`(?i)\b(an?|the|its|his|their|our|each|every|no|this|these|those|of|with|without|in|by|from|for|` +
			`all|both|some|any|one|two|whole|empty|large|small|long|short|same|first|second|last|next|other|more|[45]\d\d) answers?\b`),
		nil,
		"write response: an answer belongs to a question",
	},
	{
		regexp.MustCompile(`(?i)\b(guests|rosters?|census|youth|deaf|rests|resting)\b`), nil,
		"no metaphors: name the thing",
	},
	{
		regexp.MustCompile(`(?i)\b(held|holds?|holding)( \w+){0,3} back\b`), nil,
		"say that reading pauses, that the sender waits, or backpressure",
	},
	{regexp.MustCompile(`(?i)\bfor ever\b`), nil, "write forever, or say until when"},
}

// hits lists the habits in a text, each with its hint.
func hits(text string) []string {
	var found []string
	for _, p := range patterns {
		for _, match := range p.bad.FindAllString(text, -1) {
			if p.fine == nil || !p.fine.MatchString(match) {
				found = append(found, fmt.Sprintf("%q: %s", strings.TrimSpace(match), p.hint))
			}
		}
	}
	return found
}

// allowed lists the hits that are right as they are, at most ten: a file and a part of the
// hit.
var allowed = []struct{ file, text string }{
	{"web/signed_test.go", "everybody"}, // the secret of Tornado's own test vectors
}

// passage is a piece of text with its place.
type passage struct {
	where, text string
}

// goPassages returns the comments and the string literals of a Go file. An empty line ends a
// passage of a comment.
func goPassages(name string, source []byte) ([]passage, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []passage
	add := func(pos token.Pos, text string) {
		for _, paragraph := range strings.Split(text, "\n\n") {
			where := fmt.Sprintf("%s:%d", name, fset.Position(pos).Line)
			found = append(found, passage{where, strings.Join(strings.Fields(paragraph), " ")})
		}
	}
	for _, group := range file.Comments {
		add(group.Pos(), group.Text())
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				add(literal.Pos(), text)
			}
		}
		return true
	})
	return found, nil
}

var markup = regexp.MustCompile(`(?s)<[^>]*>|\{\{.*?\}\}|\{%.*?%\}`) // tags and template directives

var inlineCode = regexp.MustCompile("`[^`]*`")

// pagePassages returns the paragraphs, list items and table cells of a Markdown page,
// without its code.
func pagePassages(name, page string) []passage {
	var found []passage
	var paragraph []string
	start, fenced := 0, false
	end := func() {
		if text := strings.Join(paragraph, " "); text != "" {
			text = inlineCode.ReplaceAllString(text, "`code`")
			found = append(found, passage{fmt.Sprintf("%s:%d", name, start), text})
		}
		paragraph = nil
	}
	for i, line := range strings.Split(page, "\n") {
		line = strings.TrimSpace(line)
		fence := strings.HasPrefix(line, "```")
		fenced = fenced != fence
		item := strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "#")
		if fenced || fence || line == "" || item || strings.HasPrefix(line, "|") {
			end()
		}
		switch {
		case fenced || fence || line == "":
		case strings.HasPrefix(line, "|"):
			for _, cell := range strings.Split(strings.Trim(line, "| "), " | ") {
				start, paragraph = i+1, []string{cell}
				end()
			}
		default:
			if paragraph == nil {
				start = i + 1
			}
			paragraph = append(paragraph, strings.TrimPrefix(strings.TrimPrefix(line, "- "), "* "))
		}
	}
	end()
	return found
}

// scriptComments returns the comments of a script, with an empty line between two comments.
func scriptComments(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		before, comment, _ := strings.Cut(line, "// ")
		if strings.TrimSpace(before) != "" {
			b.WriteString("\n")
		}
		b.WriteString(strings.TrimSpace(comment) + "\n")
	}
	return b.String()
}

// passages returns the passages of all Go files and pages of the repository, by file. The files
// are read once. Of a script in a page, only the comments are passages.
var passages = sync.OnceValues(func() (map[string][]passage, error) {
	found := map[string][]passage{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && path != ".."):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../"))
		source, err := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".go":
			if name == "docs/language_test.go" || name == "docs/names_test.go" || strings.Contains(string(source), "DO NOT EDIT") {
				return err // the patterns and names themselves; generated code
			}
			found[name], err = goPassages(name, source)
		case ".md":
			found[name] = pagePassages(name, string(source))
		case ".html":
			found[name] = pagePassages(name, markup.ReplaceAllString(string(source), ""))
		case ".js":
			found[name] = pagePassages(name, scriptComments(string(source)))
		}
		return err
	})
	return found, err
})

// isAllowed reports whether a hit of a file is in the list of exceptions.
func isAllowed(file, hit string) bool {
	for _, a := range allowed {
		if a.file == file && strings.Contains(hit, a.text) {
			return true
		}
	}
	return false
}

func TestPlainLanguage(t *testing.T) {
	require.LessOrEqual(t, len(allowed), 10, "the list of exceptions is short or it is worth nothing")
	all, err := passages()
	require.NoError(t, err)
	require.Greater(t, len(all), 100)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		for _, p := range all[file] {
			for _, hit := range hits(p.text) {
				if !isAllowed(file, hit) {
					t.Errorf("%s: %s", p.where, hit)
				}
			}
		}
	}
}

func TestPlainLanguagePatterns(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool // it is a hit
	}{
		{"What stalls is closed.", true},
		{"It stops; what is queued is dropped.", true},
		{"what is queued is dropped", true},
		{"Who waits is served in order.", true},
		{"What is a loop?", false},
		{"It says what is wrong and what to do.", false},
		{"It parks, and what is written is sent.", true},
		{"Say how to reproduce it, and what you expected.", false},
		{"It runs until what is queued is empty.", true},
		{"A room is what was said.", true},
		{"A room is who is in it.", true},
		{"room for what comes next", true},
		{"a message for who waits longest", true},
		{"nobody keeps it", true},
		{"Whoever comes first wins.", true},
		{"X is no UI module.", true},
		{"X is not a UI module.", false},
		{"There is no loop.", false},
		{"X is no longer used.", false},
		{"The verb runs behind its end.", true},
		{"It runs behind a reverse proxy.", false},
		{"extra is for changes.", true},
		{"a time-out of 5 s", true},
		{"a timeout of 5 s", false},
		{"The answer is sent.", true},
		{"404 answers are cached.", true},
		{"The server answers 404.", false},
		{"the guests of a server", true},
		{"the rest of the body", false},
		{"A child rests for a second.", true},
		{"the peer is held back", true},
		{"The stream holds the bytes.", false},
		{"It waits for ever.", true},
	} {
		if got := len(hits(tt.text)) > 0; got != tt.want {
			t.Errorf("%q: got %v, want %v: %q", tt.text, got, tt.want, hits(tt.text))
		}
	}
}

// misnamed lists the functions of a Go file whose comment begins with another word than their
// name. The comment of a test may begin with a behaviour's number, and that of an example with
// its subject.
func misnamed(name string, source []byte) ([]passage, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []passage
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Doc.Text() == "" || testName.MatchString(f.Name.Name) {
			continue
		}
		if !begins(f.Doc.Text(), f.Name.Name) && !joint.MatchString(f.Doc.Text()) {
			where := fmt.Sprintf("%s:%d", name, fset.Position(f.Pos()).Line)
			found = append(found, passage{where, f.Name.Name})
		}
	}
	return found, nil
}

var (
	testName = regexp.MustCompile(`^(Test|Benchmark|Fuzz|Example)`)
	joint    = regexp.MustCompile(`^\w+(, \w+)* and \w+ `) // "start and stop bracket ..."
)

func TestFunctionCommentsBeginWithTheName(t *testing.T) {
	all, err := passages()
	require.NoError(t, err)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		if filepath.Ext(file) != ".go" {
			continue
		}
		source, err := os.ReadFile("../" + file)
		require.NoError(t, err)
		found, err := misnamed(file, source)
		require.NoError(t, err)
		for _, p := range found {
			t.Errorf("%s: the comment of %s does not begin with its name", p.where, p.text)
		}
	}
}
