package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two pages show pieces of a program that is compiled and tested. Each piece must be in the program.
func TestPagesShowTheirPrograms(t *testing.T) {
	for _, page := range []struct {
		name, program string
		pieces        int // at least
	}{
		{"guide.md", "guestbook", 15},
		{"tutorial.md", "poll", 10},
	} {
		t.Run(page.name, func(t *testing.T) {
			text, err := os.ReadFile(page.name)
			require.NoError(t, err)
			seen := 0
			for _, fence := range []struct{ name, files string }{{"go", "*.go"}, {"python", "*.py"}, {"html", "templates/*.html"}} {
				source := concatenate(t, "../cmd/"+page.program+"/"+fence.files)
				for _, block := range fenced(string(text), fence.name) {
					if strings.HasPrefix(block, "package main\n") {
						continue // a program of its own: TestProgramsInPagesCompile
					}
					seen++
					for _, piece := range pieces(block) {
						if !strings.Contains(source, piece) {
							t.Errorf("cmd/%s has no such %s:\n%s", page.program, fence.name, piece)
						}
					}
				}
			}
			require.GreaterOrEqual(t, seen, page.pieces)
		})
	}
}

// concatenate returns the text of all files that match pattern.
func concatenate(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

// pieces splits a block at its empty lines, because a page may leave out lines there.
func pieces(block string) []string {
	return strings.SplitAfter(block, "\n\n")
}

// fenced lists the blocks of a page in a language.
func fenced(page, language string) []string {
	var blocks []string
	for _, rest := range strings.Split(page, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(rest, "\n```\n")
		blocks = append(blocks, block+"\n")
	}
	return blocks
}
