package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	definition = regexp.MustCompile(`(?m)^- <a id="([a-z0-9]+-[0-9]+)"></a>\*\*([a-z0-9]+-[0-9]+)\*\* .+$`)
	number     = regexp.MustCompile(`\b[a-z]+[0-9]*-[0-9]+\b`)
)

// A ledger holds the behaviour numbers that the pages define and the tests mention.
type ledger struct {
	defined     map[string]bool // in behaviours.md
	tested      map[string]bool // named in a test
	differences map[string]bool // named in differences.md
}

// findings lists the numbers that are named and not defined, and those that are defined
// and neither tested nor a difference. Only numbers of the defined kinds (http, web, ...)
// count, because a test may hold other text of that form.
func (l ledger) findings() []string {
	kinds := map[string]bool{}
	for n := range l.defined {
		kinds[kind(n)] = true
	}
	var found []string
	for _, named := range []map[string]bool{l.tested, l.differences} {
		for n := range named {
			if kinds[kind(n)] && !l.defined[n] {
				found = append(found, n+" is named, but behaviours.md does not define it")
			}
		}
	}
	for n := range l.defined {
		if !l.tested[n] && !l.differences[n] {
			found = append(found, n+" is defined, but no test names it and differences.md has no row")
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// kind returns the part before the number: http for http-12.
func kind(number string) string {
	before, _, _ := strings.Cut(number, "-")
	return before
}

// numbers returns the set of everything in text that looks like a behaviour's number.
func numbers(text string) map[string]bool {
	found := map[string]bool{}
	for _, n := range number.FindAllString(text, -1) {
		found[n] = true
	}
	return found
}

// goTests returns the text of all Go tests of the module except those of this package.
func goTests(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../docs/") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	require.NoError(t, err)
	return all.String()
}

func TestEveryBehaviourIsDefinedAndTested(t *testing.T) {
	page, err := os.ReadFile("behaviours.md")
	require.NoError(t, err)
	differences, err := os.ReadFile("differences.md")
	require.NoError(t, err)
	l := ledger{defined: map[string]bool{}, tested: numbers(goTests(t)), differences: numbers(string(differences))}
	for _, m := range definition.FindAllStringSubmatch(string(page), -1) {
		require.Equal(t, m[1], m[2], "the anchor of a row is its number")
		require.False(t, l.defined[m[1]], "%s is defined twice", m[1])
		l.defined[m[1]] = true
	}
	require.Equal(t, strings.Count(string(page), "\n- "), len(l.defined), "every row has an anchor and a number")
	for _, finding := range l.findings() {
		t.Error(finding)
	}
}

func TestFindings(t *testing.T) {
	set := func(names string) map[string]bool { return numbers(names) }
	for _, tt := range []struct{ defined, tested, differences, want string }{
		{"http-1 ws22-3", "http-1", "ws22-3", ""},
		{"http-1", "http-1 utf-8", "", ""},
		{"http-1", "http-1 http-2", "", "http-2 is named"},
		{"http-1", "http-1", "http-3", "http-3 is named"},
		{"http-1", "", "", "http-1 is defined"},
	} {
		got := strings.Join(ledger{set(tt.defined), set(tt.tested), set(tt.differences)}.findings(), "\n")
		if !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
			t.Errorf("%v: got %q", tt, got)
		}
	}
}

// unlinked lists the numbers in the first cells of a page's tables that do not link to
// their row in behaviours.md.
func unlinked(page string) []string {
	var found []string
	for _, r := range rows(page) {
		cell := linkedNumber.ReplaceAllStringFunc(r.cells[0], func(link string) string {
			m := linkedNumber.FindStringSubmatch(link)
			if m[1] != m[2] {
				return m[1]
			}
			return ""
		})
		found = append(found, number.FindAllString(cell, -1)...)
	}
	return found
}

var linkedNumber = regexp.MustCompile(`\[([a-z0-9]+-[0-9]+)\]\(behaviours\.md#([a-z0-9]+-[0-9]+)\)`)

func TestNumbersOfDifferencesAreLinks(t *testing.T) {
	page, err := os.ReadFile("differences.md")
	require.NoError(t, err)
	for _, n := range unlinked(string(page)) {
		t.Errorf("differences.md: write [%s](behaviours.md#%s)", n, n)
	}
}

func TestUnlinked(t *testing.T) {
	page := "| number | a |\n| --- | --- |\n| [http-1](behaviours.md#http-1), http-2, [http-3](behaviours.md#http-4) | http-5 |\n| | x |\n"
	require.Equal(t, []string{"http-2", "http-3"}, unlinked(page))
}
