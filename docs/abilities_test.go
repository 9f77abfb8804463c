package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An optional ability of a connection must be a named interface, with "var _" lines for the types
// that implement it. With an anonymous interface, code would still build after a signature has
// changed, and the ability would be missing silently.
func TestAbilitiesAreNamed(t *testing.T) {
	asserted := 0
	for _, dir := range []string{"httpserver", "httputil", "iostream", "tcpserver", "web", "websocket"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(f, func(n ast.Node) bool {
				var types []ast.Expr
				switch n := n.(type) {
				case *ast.TypeAssertExpr:
					types = []ast.Expr{n.Type}
				case *ast.CaseClause: // the assertion is in a type switch, or its type is not an interface
					types = n.List
				}
				asserted += len(types)
				for _, named := range types {
					if i, ok := named.(*ast.InterfaceType); ok && len(i.Methods.List) > 0 {
						t.Errorf("%s: an assertion to an anonymous interface: give it a name", set.Position(n.Pos()))
					}
				}
				return true
			})
		}
	}
	require.Greater(t, asserted, 20)
}
