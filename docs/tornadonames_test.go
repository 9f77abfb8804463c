package docs

import (
	"go/ast"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goPackages are the packages with the names of each of Tornado's modules. A name that one of
// them has in Go's spelling needs no row in porting.md. Only names of package web always need a
// row.
var goPackages = map[string][]string{
	"auth":              {"auth"},
	"concurrent":        {"ioloop"},
	"escape":            {"escape"},
	"gen":               {"ioloop"},
	"http1connection":   {"httpserver"},
	"httpclient":        {"httpclient"},
	"curl_httpclient":   {"httpclient"},
	"simple_httpclient": {"httpclient"},
	"httpserver":        {"httpserver", "httputil", "tcpserver"},
	"httputil":          {"httputil"},
	"ioloop":            {"ioloop"},
	"iostream":          {"iostream"},
	"locale":            {"locale"},
	"locks":             {"locks"},
	"log":               {"log"},
	"netutil":           {"tcpserver", "tcpclient"},
	"options":           {"options"},
	"process":           {"process"},
	"queues":            {"queues"},
	"routing":           {"web", "httputil"},
	"tcpclient":         {"tcpclient"},
	"tcpserver":         {"tcpserver"},
	"template":          {"template"},
	"testing":           {"webtest"},
	"tornado":           {"tornado"},
	"websocket":         {"websocket"},
}

// spelling returns a name without what differs between Python and Go: case and underscores.
func spelling(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// goNames returns the exported names of each package in the spelling of spelling. Methods
// and fields have the name of their type before them, also those of embedded types.
func goNames(t *testing.T) map[string]map[string]bool {
	names := map[string]map[string]bool{}
	members := map[string]map[string]bool{} // by type, without its package
	embedded := map[string][]string{}
	types := map[string][]string{} // by package
	for _, p := range packages(t) {
		own := map[string]bool{}
		names[p.doc.Name] = own
		for _, f := range p.doc.Funcs {
			own[spelling(f.Name)] = true
		}
		for _, v := range append(p.doc.Consts, p.doc.Vars...) {
			for _, name := range v.Names {
				own[spelling(name)] = true
			}
		}
		for _, typ := range p.doc.Types {
			own[spelling(typ.Name)] = true
			types[p.doc.Name] = append(types[p.doc.Name], typ.Name)
			for _, v := range append(typ.Consts, typ.Vars...) {
				for _, name := range v.Names {
					own[spelling(name)] = true
				}
			}
			for _, f := range typ.Funcs {
				own[spelling(f.Name)] = true
			}
			list := members[typ.Name]
			if list == nil {
				list = map[string]bool{}
				members[typ.Name] = list
			}
			for _, m := range typ.Methods {
				list[spelling(m.Name)] = true
			}
			ast.Inspect(typ.Decl, func(n ast.Node) bool {
				field, ok := n.(*ast.Field)
				if !ok {
					return true
				}
				for _, name := range field.Names {
					list[spelling(name.Name)] = true
				}
				if len(field.Names) == 0 {
					embedded[typ.Name] = append(embedded[typ.Name], baseName(field.Type))
				}
				return true
			})
		}
	}
	for name, list := range types {
		for _, typ := range list {
			for _, from := range append(embedded[typ], typ) {
				for member := range members[from] {
					names[name][spelling(typ)+"."+member] = true
				}
			}
		}
	}
	return names
}

// baseName returns the name of an embedded type, without its package.
func baseName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return baseName(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// hasGoName reports whether one of the module's packages has the name in Go's spelling.
func hasGoName(names map[string]map[string]bool, module, name string) bool {
	return slices.ContainsFunc(goPackages[module], func(p string) bool {
		return names[p][spelling(name)]
	})
}

// rowNames returns, for each module that a heading names, the names in the first cells of the
// tables below. A member is Class.member if its class is in the same cell or in the heading.
// Class.* stands for all members of Class.
func rowNames(found []row) map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for _, r := range found {
		heading := word.FindAllString(r.section, -1)
		words := word.FindAllString(strings.Join(code(r.cells[0]), " "), -1)
		for _, module := range heading {
			if names[module] == nil {
				names[module] = map[string]bool{}
			}
			for _, w := range words {
				names[module][w] = true
				for _, class := range append(heading, words...) {
					names[module][class+"."+w] = true
				}
			}
			for _, text := range code(r.cells[0]) {
				if class, isAll := strings.CutSuffix(text, ".*"); isAll {
					names[module][class], names[module][text] = true, true
				}
			}
		}
	}
	return names
}

// lastWord returns the last part of a module's dotted name, which is the word that stands
// in a heading.
func lastWord(module string) string {
	return module[strings.LastIndex(module, ".")+1:]
}

// hasPlace reports whether a name has a row or a Go name.
func hasPlace(inGo, inRows map[string]map[string]bool, module, name string) bool {
	if hasGoName(inGo, module, name) {
		return true
	}
	here := inRows[lastWord(module)]
	class, member, isMember := strings.Cut(name, ".")
	return here[name] || isMember && (here[class+".*"] || here[class+"."+member])
}

func TestEveryNameOfTornadoHasARow(t *testing.T) {
	page, err := os.ReadFile("porting.md")
	require.NoError(t, err)
	text, err := os.ReadFile("testdata/tornado_names.txt")
	require.NoError(t, err)
	inGo, inRows := goNames(t), rowNames(rows(string(page)))
	missing := map[string][]string{}
	count := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		require.GreaterOrEqual(t, len(fields), 3, line)
		module, name := fields[0], fields[1]
		count++
		if !hasPlace(inGo, inRows, module, name) {
			missing[module] = append(missing[module], name)
		}
	}
	require.Greater(t, count, 900)
	for _, module := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("%s: no row in porting.md: %s", module, strings.Join(missing[module], ", "))
	}
}

func TestHasPlace(t *testing.T) {
	inGo := map[string]map[string]bool{"ioloop": {"ioloop": true, "ioloop.callat": true}}
	inRows := rowNames(rows("## ioloop, asyncio\n| T | h |\n| --- | --- |\n| `IOLoop.install()`, `moment` | `X` |\n| `Runner.*` | |\n| Old `no` and `f` | |\n" +
		"## iostream.IOStream\n| T | h |\n| --- | --- |\n| `close()` | |\n"))
	for _, tt := range []struct {
		module, name string
		want         bool
	}{
		{"ioloop", "IOLoop", true}, {"ioloop", "IOLoop.call_at", true}, {"ioloop", "IOLoop.install", true}, {"ioloop", "IOLoop.close", false},
		{"ioloop", "moment", true}, {"platform.asyncio", "moment", true}, {"gen", "moment", false}, {"ioloop", "Runner", true},
		{"ioloop", "Runner.run", true}, {"ioloop", "Old", false}, {"iostream", "IOStream.close", true}, {"iostream", "Other.close", false},
	} {
		if got := hasPlace(inGo, inRows, tt.module, tt.name); got != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.module, tt.name, got, tt.want)
		}
	}
}
