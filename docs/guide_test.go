package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The guide shows pieces of an application that is compiled and tested: they must be its own.
func TestTheGuideShowsTheGuestbook(t *testing.T) {
	page, err := os.ReadFile("guide.md")
	require.NoError(t, err)
	sources := map[string]string{}
	for _, language := range []string{"go", "py"} {
		names, err := filepath.Glob("../cmd/guestbook/*." + language)
		require.NoError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			sources[language] += string(text)
		}
	}
	seen := 0
	for _, fence := range []struct{ name, language string }{{"go", "go"}, {"python", "py"}} {
		for _, block := range fenced(string(page), fence.name) {
			if seen++; !strings.Contains(sources[fence.language], block) {
				t.Errorf("the guestbook has no such %s:\n%s", fence.name, block)
			}
		}
	}
	require.Greater(t, seen, 15)
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
