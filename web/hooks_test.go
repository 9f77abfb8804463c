package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHooksAreCalledOnSelf reads this package: a method may call what a handler can
// override only on self, or embedding structs would not be asked.
func TestHooksAreCalledOnSelf(t *testing.T) {
	files := parseSources(t)
	hooks := interfaceMethods(files, "Handler")
	require.Greater(t, len(hooks), 15)
	onSelf := map[string]bool{}
	for _, fn := range methods(files) {
		receiver := fn.Recv.List[0].Names[0].Name
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(hooks, call.Sel.Name) {
				return true
			}
			switch x := call.X.(type) {
			case *ast.Ident:
				if x.Name == receiver {
					t.Errorf("%s calls %s.%s, which skips overrides: call it on self", fn.Name.Name, receiver, call.Sel.Name)
				}
			case *ast.SelectorExpr:
				if x.Sel.Name == "self" {
					onSelf[call.Sel.Name] = true
				}
			}
			return true
		})
	}
	for _, hook := range hooks {
		if !onSelf[hook] {
			t.Errorf("nothing calls the hook %s on self", hook)
		}
	}
}

func parseSources(t *testing.T) (files []*ast.File) {
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	return files
}

// interfaceMethods are the exported methods of an interface.
func interfaceMethods(files []*ast.File, name string) (methods []string) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			for _, m := range spec.Type.(*ast.InterfaceType).Methods.List {
				if len(m.Names) > 0 && m.Names[0].IsExported() {
					methods = append(methods, m.Names[0].Name)
				}
			}
			return false
		})
	}
	return methods
}

// methods are those with a named receiver.
func methods(files []*ast.File) (methods []*ast.FuncDecl) {
	for _, file := range files {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && len(fn.Recv.List[0].Names) > 0 {
				methods = append(methods, fn)
			}
		}
	}
	return methods
}
