package template

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"github.com/gotornado/tornado/template/internal/pyvalue"
	"github.com/stretchr/testify/require"
	"go.starlark.net/syntax"
)

// The emitter and package pysyntax call intrinsics by name; package pyvalue defines them.
func TestEveryIntrinsicThatIsCalledExists(t *testing.T) {
	in := newEngine(Options{}).interpreter
	literal := regexp.MustCompile(`"(_tt_[a-z]+)"`)
	seen := map[string]bool{
		argumentName: true, "_tt_modules": true, // names of the emitter and of Tornado
		"_tt_i": true, "_tt_none": true, "_tt_y": true, // a prefix, and names of tests
	}
	require.Error(t, load(in, "_tt_none"), "an unknown name is found")
	found := 0
	for _, pattern := range []string{"*.go", "internal/pysyntax/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, match := range literal.FindAllStringSubmatch(string(source), -1) {
				name := match[1]
				if seen[name] {
					continue
				}
				seen[name] = true
				found++
				if err := load(in, name); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
	for _, method := range pysyntax.MethodNames {
		if err := load(in, "_tt_call_"+method); err != nil {
			t.Error(err)
		}
	}
	require.Greater(t, found, 20)
}

// load compiles a program that uses name.
func load(in *pyvalue.Interpreter, name string) error {
	pos := syntax.MakePosition(&name, 1, 1)
	_, err := in.Load("test", pos, nil, []syntax.Stmt{&syntax.ExprStmt{X: pysyntax.Ident(pos, name)}})
	return err
}
