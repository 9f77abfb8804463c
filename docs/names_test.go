package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A name that occurs twice hides both things from a search. These tests list the names of
// types and files that occur in more than one package, and the one-word methods of many
// types. Tests are not checked: their files have the names of the files that they cover.

// sharedNames may occur in several packages: Tornado's own names, and Go idioms.
var sharedNames = []string{
	"Handler", // each of web and websocket has Tornado's handler class
	"Error",   // of options and template, as in Tornado
	"Options", // the configuration of the package's main type
	"doc.go", "errors.go", "main.go", "options.go",
	"Broker",    // an interface of websocket, and its implementations in packages of their own
	"state.go",  // the states of a connection and their transitions
	"locale.go", // the package, and the locale methods of a request handler as in Tornado's web.py
}

// nameUse maps a name to the places that use it.
type nameUse map[string]map[string]bool

func (u nameUse) add(name, place string) {
	if u[name] == nil {
		u[name] = map[string]bool{}
	}
	u[name][place] = true
}

// declared holds the names of a set of packages.
type declared struct {
	types, files nameUse
	methods      nameUse // unexported one-word methods, by type
	demanded     nameUse // methods of interfaces, by package
}

var oneWord = regexp.MustCompile(`^[a-z]+$`)

// read adds the names of a Go file.
func (d *declared) read(name string, file *ast.File) {
	dir := filepath.ToSlash(filepath.Dir(name))
	d.files.add(filepath.Base(name), dir)
	ast.Inspect(file, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				for _, id := range m.Names {
					d.demanded.add(id.Name, dir)
				}
			}
		}
		return true
	})
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					d.types.add(spec.Name.Name, dir)
				}
			}
		case *ast.FuncDecl:
			if decl.Recv != nil && oneWord.MatchString(decl.Name.Name) {
				d.methods.add(decl.Name.Name, dir+"."+receiverName(decl.Recv.List[0].Type))
			}
		}
	}
}

// receiverName returns the name of a receiver's type.
func receiverName(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return receiverName(typ.X)
	case *ast.IndexExpr:
		return receiverName(typ.X)
	case *ast.IndexListExpr:
		return receiverName(typ.X)
	case *ast.Ident:
		return typ.Name
	}
	return ""
}

// duplicates returns the types and files that occur in several places, and the methods that
// more than four types share without an interface of their package.
func (d *declared) duplicates() map[string][]string {
	found := map[string][]string{}
	for _, use := range []nameUse{d.types, d.files} {
		for name, places := range use {
			if len(places) > 1 {
				found[name] = slices.Sorted(maps.Keys(places))
			}
		}
	}
	for name, types := range d.methods {
		var free []string
		for _, typ := range slices.Sorted(maps.Keys(types)) {
			if dir, _, _ := strings.Cut(typ, "."); !d.demanded[name][dir] {
				free = append(free, typ)
			}
		}
		if len(free) > 4 {
			found["method "+name] = free
		}
	}
	return found
}

func newDeclared() *declared { return &declared{nameUse{}, nameUse{}, nameUse{}, nameUse{}} }

func TestNamesOccurOnce(t *testing.T) {
	d := newDeclared()
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == filepath.Join("..", "demos"):
			return fs.SkipDir // each demo is a program of its own, with the names of Tornado's demo
		case e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") && path != ".."):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err == nil {
			d.read(strings.TrimPrefix(filepath.ToSlash(path), "../"), file)
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(d.types), 100)
	found := d.duplicates()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(sharedNames, name) {
			t.Errorf("%s occurs in %v: give each its own name", name, found[name])
		}
	}
}

func TestDuplicates(t *testing.T) {
	d := newDeclared()
	for _, tt := range []struct{ name, source string }{
		{"a/x.go", "package a; type T int; type U[V any] int; func (T) put() {}; func (*U[V]) put() {}; func (T) putAll() {}"},
		{"b/x.go", "package b; type T int; type A int; type B int; func (T) put() {}; func (A) put() {}; func (B) put() {}"},
		{"c/y.go", "package c; type I interface{ put() }; type C int; func (C) put() {}"},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), tt.name, tt.source, 0)
		require.NoError(t, err)
		d.read(tt.name, file)
	}
	require.Equal(t, map[string][]string{
		"T": {"a", "b"}, "x.go": {"a", "b"}, "method put": {"a.T", "a.U", "b.A", "b.B", "b.T"},
	}, d.duplicates())
}
