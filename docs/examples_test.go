package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	namedExample    = regexp.MustCompile("`(Example\\w*)`")
	declaredExample = regexp.MustCompile(`(?m)^func (Example\w*)\(\)`)
)

// The examples that the pages name must exist in a package.
func TestPagesNameExamplesThatExist(t *testing.T) {
	exist := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declaredExample.FindAllSubmatch(text, -1) {
			exist[string(match[1])] = true
		}
		return err
	})
	require.NoError(t, err)
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	named := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range namedExample.FindAllSubmatch(text, -1) {
			named++
			if name := string(match[1]); !exist[name] {
				t.Errorf("%s: there is no %s", page, name)
			}
		}
	}
	require.Greater(t, named, 20)
}
