// Package docs has no code. Its tests compare the pages, the floors in architecture.md and the
// doc comments with the source.
package docs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/gotornado/tornado/"

// floors returns the floor of each package, read from the lines "number package package
// ..." of a page.
func floors(page string) (map[string]int, error) {
	_, rest, _ := strings.Cut(page, "```floors\n")
	block, _, ok := strings.Cut(rest, "```")
	if !ok {
		return nil, errors.New("no floors block")
	}
	floor := map[string]int{}
	for line := range strings.Lines(block) {
		fields := strings.Fields(line)
		n, err := strconv.Atoi(fields[0])
		if err != nil {
			return nil, err
		}
		for _, name := range fields[1:] {
			floor[name] = n
		}
	}
	return floor, nil
}

// faults lists the errors of a package: it has no floor, or imports a package that is not
// on a lower floor.
func faults(floor map[string]int, name string, imports []string) []string {
	own, ok := floor[name]
	if !ok {
		return []string{fmt.Sprintf("%s has no floor", name)}
	}
	var found []string
	for _, path := range imports {
		imported, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		if n, ok := floor[imported]; !ok || n >= own {
			found = append(found, fmt.Sprintf("%s (floor %d) imports %s (floor %d)", name, own, imported, n))
		}
	}
	return found
}

func TestImportsGoDown(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	require.NoError(t, err)
	floor, err := floors(string(page))
	require.NoError(t, err)
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = ".."
	out, err := list.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, list.Start())
	seen := 0
	for decoder := json.NewDecoder(out); ; seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		name := strings.TrimPrefix(p.ImportPath, module)
		if name+"/" == module || name == "docs" || strings.HasPrefix(name, "cmd/") {
			continue
		}
		for _, fault := range faults(floor, name, p.Imports) {
			t.Error(fault)
		}
	}
	require.NoError(t, list.Wait())
	require.Greater(t, seen, 5, "go list listed the packages")
}

func TestFaults(t *testing.T) {
	floor := map[string]int{"ioloop": 0, "escape": 0, "iostream": 1, "web": 4, "web/internal/parts": 3}
	for _, tt := range []struct {
		name, imports string
		want          int
	}{
		{"web", "fmt " + module + "iostream " + module + "ioloop", 0},
		{"iostream", module + "web", 1},
		{"ioloop", module + "escape", 1},
		{"web", module + "unknown", 1},
		{"unknown", "", 1},
		{"web", module + "web/internal/parts", 0},
		{"web/internal/parts", module + "web", 1},
		{"web/internal/unknown", "", 1},
	} {
		if got := faults(floor, tt.name, strings.Fields(tt.imports)); len(got) != tt.want {
			t.Errorf("%s imports %q: %v", tt.name, tt.imports, got)
		}
	}
	_, err := floors("no block here")
	require.Error(t, err)
	got, err := floors("x\n```floors\n0 a b\n1 c\n```\n")
	require.NoError(t, err)
	require.True(t, slices.Equal([]int{got["a"], got["b"], got["c"]}, []int{0, 0, 1}))
}
