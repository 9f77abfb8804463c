package docs

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sourcePackage is a package as go doc shows it.
type sourcePackage struct {
	path string // below the module, such as web/webtest
	doc  *doc.Package
}

// packages parses every package of the module that has a floor.
func packages(t *testing.T) []sourcePackage {
	t.Helper()
	page, err := os.ReadFile("architecture.md")
	require.NoError(t, err)
	floor, err := floors(string(page))
	require.NoError(t, err)
	var found []sourcePackage
	for _, path := range slices.Sorted(maps.Keys(floor)) {
		fset := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join("..", path, "*.go"))
		require.NoError(t, err)
		var files []*ast.File
		for _, name := range names {
			file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
			require.NoError(t, err)
			files = append(files, file)
		}
		p, err := doc.NewFromFiles(fset, files, module+path)
		require.NoError(t, err, path)
		found = append(found, sourcePackage{path, p})
	}
	return found
}

// silent are methods of well-known interfaces. They need no comment.
var silent = []string{"Error", "Unwrap", "String", "Is"}

// undocumented lists the names in go doc that have no comment, or a comment that begins
// with another name.
func undocumented(p *doc.Package) []string {
	var found []string
	check := func(name, text string) {
		if !begins(text, name[strings.LastIndexByte(name, '.')+1:]) {
			found = append(found, name)
		}
	}
	functions := func(list []*doc.Func, receiver string) {
		for _, f := range list {
			if receiver == "" || f.Doc != "" || !slices.Contains(silent, f.Name) {
				check(receiver+f.Name, f.Doc)
			}
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			found = append(found, bareValues(v)...)
		}
	}
	if !begins(p.Doc, "Package "+p.Name) {
		found = append(found, "package "+p.Name)
	}
	values(p.Consts)
	values(p.Vars)
	functions(p.Funcs, "")
	for _, typ := range p.Types {
		check(typ.Name, typ.Doc)
		values(typ.Consts)
		values(typ.Vars)
		functions(typ.Funcs, "")
		functions(typ.Methods, typ.Name+".")
	}
	return found
}

// begins reports whether a comment begins with name, after an article if it has one.
func begins(text, name string) bool {
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name)
	return ok && (rest == "" || !isLetter(rest[0]))
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// bareValues lists the exported names of a declaration that have no comment: neither on the
// group, nor above the name, nor after it.
func bareValues(v *doc.Value) []string {
	var bare []string
	for _, spec := range v.Decl.Specs {
		spec := spec.(*ast.ValueSpec)
		for _, name := range spec.Names {
			if name.IsExported() && v.Doc == "" && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
				bare = append(bare, name.Name)
			}
		}
	}
	return bare
}

func TestEveryExportedNameHasADocComment(t *testing.T) {
	found := packages(t)
	require.Greater(t, len(found), 10)
	for _, p := range found {
		for _, name := range undocumented(p.doc) {
			t.Errorf("%s: %s needs a doc comment that begins with its name", p.path, name)
		}
	}
}

func TestUndocumented(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"// Package p is.\npackage p", ""},
		{"package p", "package p"},
		{"// Package p is.\npackage p\n// F does.\nfunc F() {}", ""},
		{"// Package p is.\npackage p\nfunc F() {}\nfunc f() {}", "F"},
		{"// Package p is.\npackage p\n// Does F.\nfunc F() {}", "F"},
		{"// Package p is.\npackage p\n// Fs do.\nfunc F() {}", "F"},
		{"// Package p is.\npackage p\n// A T is.\ntype T int\nfunc (T) M() {}", "T.M"},
		{"// Package p is.\npackage p\n// A T is.\ntype T int\nfunc (T) Error() string { return \"\" }", ""},
		{"// Package p is.\npackage p\nfunc Error() {}", "Error"},
		{"// Package p is.\npackage p\n// These are.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
		{"// Package p is.\npackage p\nconst (\n\tA = 1 // one\n\tB = 2\n)", "B"},
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", tt.source, parser.ParseComments)
		require.NoError(t, err)
		p, err := doc.NewFromFiles(fset, []*ast.File{file}, "p")
		require.NoError(t, err)
		if got := strings.Join(undocumented(p), " "); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.source, got, tt.want)
		}
	}
}

// shy lists the functions and methods of package web that are in a list of Tornado's names,
// and whose comments do not mention Tornado.
func shy(p *doc.Package, names []string) []string {
	var found []string
	check := func(class string, list []*doc.Func) {
		for _, f := range list {
			same := func(name string) bool { return strings.EqualFold(strings.ReplaceAll(name, "_", ""), class+f.Name) }
			if i := slices.IndexFunc(names, same); i >= 0 && !strings.Contains(f.Doc, "Tornado") {
				found = append(found, names[i])
			}
		}
	}
	check("", p.Funcs)
	for _, typ := range p.Types {
		switch typ.Name {
		case "RequestHandler", "Application", "StaticFileHandler", "UIModule": // others override these
			check(typ.Name+".", typ.Methods)
		}
	}
	return found
}

func TestWebCommentsNameTornado(t *testing.T) {
	names, err := os.ReadFile("testdata/tornado_web.txt")
	require.NoError(t, err)
	found := packages(t)
	i := slices.IndexFunc(found, func(p sourcePackage) bool { return p.path == "web" })
	for _, name := range shy(found[i].doc, strings.Fields(string(names))) {
		t.Errorf("web: the comment of %s does not say what it is called in Tornado", name)
	}
}

func TestShy(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"// Clear does.\nfunc (RequestHandler) Clear() {}", "RequestHandler.clear"},
		{"// Clear does. Tornado: clear.\nfunc (RequestHandler) Clear() {}", ""},
		{"// Own does.\nfunc (RequestHandler) Own() {}", ""},
		{"// SetEtag does.\nfunc (RequestHandler) SetEtag() {}", "RequestHandler.set_etag"},
		{"// Make does.\nfunc Make() {}", "make"},
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", "package p\ntype RequestHandler int\n"+tt.source, parser.ParseComments)
		require.NoError(t, err)
		p, err := doc.NewFromFiles(fset, []*ast.File{file}, "p")
		require.NoError(t, err)
		if got := strings.Join(shy(p, []string{"RequestHandler.clear", "RequestHandler.set_etag", "make"}), " "); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.source, got, tt.want)
		}
	}
}

// The files and packages to which the guides link must exist.
func TestPagesLinkToWhatIsThere(t *testing.T) {
	for _, pattern := range []string{"*.md", "../*.md", "../bench/*.md", "../demos/*.md", "../demos/*/*.md"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			for _, target := range links(string(text)) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(name), target)); err != nil {
					t.Errorf("%s links to %s: %v", name, target, err.(*fs.PathError).Err)
				}
			}
		}
	}
}

// links lists the files that a page links to, without their anchors.
func links(page string) []string {
	var found []string
	for _, part := range strings.Split(page, "](")[1:] {
		target, _, _ := strings.Cut(part, ")")
		target, _, _ = strings.Cut(target, "#")
		if target != "" && !strings.Contains(target, "://") && !strings.ContainsAny(target, " \"`") {
			found = append(found, target)
		}
	}
	return found
}

func TestLinks(t *testing.T) {
	got := links("[a](a.md) [b](b.md#x) [c](#x) [d](https://example.com/) `u[\"x\"](y z)`")
	if !slices.Equal(got, []string{"a.md", "b.md"}) {
		t.Errorf("got %v", got)
	}
}
