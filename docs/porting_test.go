package docs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A row is a row of a table in porting.md.
type row struct {
	section string   // the headings above it, such as "web: Settings"
	cells   []string // with their markup
}

// rows returns the rows of all tables of a page, without their headers.
func rows(page string) []row {
	var found []row
	var chapter, section string
	head := false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "## "):
			chapter, section = line[3:], line[3:]
		case strings.HasPrefix(line, "### "):
			section = chapter + ": " + line[4:]
		case !strings.HasPrefix(line, "|"):
			head = false
		case strings.HasPrefix(line, "| ---"):
			head = true
		case head:
			cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, "\x00"), "|"), " | ")
			for i := range cells {
				cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\x00", "|"))
			}
			found = append(found, row{section, cells})
		}
	}
	return found
}

var (
	codeSpan   = regexp.MustCompile("``( .*? )``|`([^`]*)`")
	word       = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	goName     = regexp.MustCompile(`(?:\b([a-z]+)\.)?\b([A-Z][A-Za-z0-9]*)\b`)
	goText     = regexp.MustCompile(`"[^"]*"`)
	pythonName = regexp.MustCompile(`\{%.*?%\}`)
)

// code returns the code spans of a cell.
func code(cell string) []string {
	var found []string
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		found = append(found, strings.TrimPrefix(strings.TrimSuffix(m[1]+m[2], " "), " "))
	}
	return found
}

// hasRow reports whether a name of Tornado's web, such as RequestHandler.write or
// settings.debug, has a row in the sections for its class.
func hasRow(found []row, name string) bool {
	class, member, isMember := strings.Cut(name, ".")
	return slices.ContainsFunc(found, func(r row) bool {
		if !strings.HasPrefix(r.section, "web") {
			return false
		}
		words := word.FindAllString(strings.Join(code(r.cells[0]), " "), -1)
		if !isMember {
			return slices.Contains(words, class)
		}
		// A row may also hold a class with its members.
		place := strings.EqualFold(strings.TrimPrefix(r.section, "web: "), class) || strings.Contains(r.section, class) || slices.Contains(words, class)
		return place && slices.Contains(words, member)
	})
}

func TestEveryNameOfTornadosWebHasARow(t *testing.T) {
	page, err := os.ReadFile("porting.md")
	require.NoError(t, err)
	names, err := os.ReadFile("testdata/tornado_web.txt")
	require.NoError(t, err)
	found := rows(string(page))
	list := strings.Fields(string(names))
	require.Greater(t, len(list), 200)
	for _, name := range list {
		if !hasRow(found, name) {
			t.Errorf("%s has no row in porting.md", name)
		}
	}
}

func TestHasRow(t *testing.T) {
	found := rows("## web\n| `no` |\n### A: x\n| T | h |\n| --- | --- |\n| `m(a)`, `n` | `M` |\n### Settings\n| T | h |\n| --- | --- |\n" +
		"| `debug` | |\n| `B`, its `k` | |\n| text | `q` |\n## ioloop\n| T |\n| --- |\n| `z` |\n")
	for _, tt := range []struct {
		name string
		want bool
	}{
		{"A.m", true}, {"A.n", true}, {"A.debug", false}, {"settings.debug", true}, {"settings.m", false},
		{"B", true}, {"B.k", true}, {"B.debug", false}, {"k", true}, {"no", false}, {"text", false}, {"q", false}, {"z", false},
	} {
		if got := hasRow(found, tt.name); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// exported returns the names that go doc shows of the module: the names of each package,
// and under "" all names, fields and methods included.
func exported(t *testing.T) map[string]map[string]bool {
	all := map[string]bool{}
	names := map[string]map[string]bool{"": all}
	for _, p := range packages(t) {
		own := map[string]bool{}
		names[p.doc.Name] = own
		value := func(list []*doc.Value) {
			for _, v := range list {
				for _, name := range v.Names {
					own[name], all[name] = true, true
				}
			}
		}
		function := func(list []*doc.Func) {
			for _, f := range list {
				own[f.Name], all[f.Name] = true, true
			}
		}
		value(p.doc.Consts)
		value(p.doc.Vars)
		function(p.doc.Funcs)
		for _, typ := range p.doc.Types {
			own[typ.Name], all[typ.Name] = true, true
			value(typ.Consts)
			value(typ.Vars)
			function(typ.Funcs)
			for _, m := range typ.Methods {
				all[m.Name] = true
			}
			ast.Inspect(typ.Decl, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok {
					for _, name := range field.Names {
						all[name.Name] = true
					}
				}
				return true
			})
		}
	}
	return names
}

// strangers lists the names in code that this project does not have. A name after one of
// its packages must belong to that package; other packages are not checked. Text in quotes
// and template directives are ignored.
func strangers(names map[string]map[string]bool, text string) []string {
	text = pythonName.ReplaceAllString(goText.ReplaceAllString(text, `""`), "")
	var found []string
	for _, m := range goName.FindAllStringSubmatch(text, -1) {
		own, ours := names[m[1]]
		switch {
		case strings.HasPrefix(m[2], "Example"): // see TestPagesNameExamplesThatExist
		case ours && m[1] != "":
			if !own[m[2]] && !(variables[m[1]] && names[""][m[2]]) {
				found = append(found, m[0])
			}
		case !names[""][m[2]] && !slices.Contains(foreign, m[1]) && !slices.Contains(examples, m[2]):
			found = append(found, m[0])
		}
	}
	return found
}

var (
	// variables are named like packages in some rows.
	variables = map[string]bool{"template": true, "locale": true}
	// foreign are the packages of the standard library that the tables name.
	foreign = []string{"big", "context", "embed", "encoding", "errors", "fmt", "fs", "http", "io", "json", "os", "slog", "strings", "suite", "time", "tls"}
	// examples are names that an application could choose.
	examples = []string{"C", "Entry", "Brief", "DB", "MySuite", "Run", "Story"}
)

func TestTheTablesNameWhatIsThere(t *testing.T) {
	page, err := os.ReadFile("porting.md")
	require.NoError(t, err)
	names := exported(t)
	for _, r := range rows(string(page)) {
		if len(r.cells) < 2 {
			t.Errorf("%s: %s has nothing beside it", r.section, r.cells[0])
			continue
		}
		for _, text := range code(r.cells[1]) {
			for _, name := range strangers(names, text) {
				t.Errorf("%s: %s: there is no %s", r.section, r.cells[0], name)
			}
		}
	}
}

func TestStrangers(t *testing.T) {
	names := map[string]map[string]bool{"": {"A": true, "B": true}, "web": {"A": true}}
	for _, tt := range []struct{ code, want string }{
		{"A(b)", ""}, {"web.A", ""}, {"web.B", "web.B"}, {"web.X", "web.X"}, {"X", "X"}, {"x.X", "x.X"}, {"http.X", ""},
		{`A("X")`, ""}, {"X{A}, Y", "X Y"}, {"{% module X() %}", ""}, {"x.A", ""},
	} {
		if got := strings.Join(strangers(names, tt.code), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.code, got, tt.want)
		}
	}
}

// receiver matches examples that are method declarations. Page embeds RequestHandler, Note
// embeds UIModule, Files embeds StaticFileHandler.
var receiver = regexp.MustCompile(`\*(Page|Note|Files)\)`)

// exampleFile returns a Go file with the examples of the tables. Each example has its own line.
func exampleFile(found []row) string {
	var b strings.Builder
	b.WriteString(prelude)
	for i, r := range found {
		if len(r.cells) < 3 || r.cells[2] == "" {
			continue
		}
		lines := code(r.cells[2])
		fmt.Fprintf(&b, "\n// %s\n", r.cells[0])
		if first := lines[0]; strings.HasPrefix(first, "func (") || strings.HasPrefix(first, "type ") {
			for base, embedded := range map[string]string{"Page": "web.RequestHandler; File io.Writer", "Note": "web.UIModule", "Files": "web.StaticFileHandler"} {
				if strings.Contains(first, "*"+base+")") {
					fmt.Fprintf(&b, "type %s%d struct{ %s }\n", base, i, embedded)
				}
			}
			for _, line := range lines {
				fmt.Fprintln(&b, receiver.ReplaceAllString(line, fmt.Sprintf("*${1}%d)", i)))
			}
			continue
		}
		fmt.Fprintf(&b, "func example%d(h *web.RequestHandler, app *web.Application, db *DB, files fs.FS, token string, err error) {\n{\n%s\n}\n}\n", i, strings.Join(lines, "\n"))
	}
	return b.String()
}

const prelude = `package docs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gotornado/tornado/autoreload"
	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
)

var _ = []any{errors.New, fmt.Sprint, io.EOF, fs.ErrExist, slog.Info, http.NewRequest, os.Exit, strings.Cut, time.Now,
	autoreload.Start, httpserver.New, httputil.ParseHeaders, ioloop.New, iostream.New, locale.New, log.App, template.New, web.NewApplication}

type DB struct{}

type Story struct {
	web.RequestHandler
	DB  *DB
	Old bool
}

type Note struct{ web.UIModule }

func (m *Note) Render(text string) string { return text }
`

var (
	// unused is the compiler's error for the unused variables of examples.
	unused = regexp.MustCompile(`declared and not used`)
	place  = regexp.MustCompile(`\.go:([0-9]+):`)
)

// compile returns the compiler's errors for a file of this package, without those that
// every example has.
func compile(t *testing.T, source string) []string {
	t.Helper()
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "examples.go"), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o644))
	here, err := filepath.Abs("examples.go")
	require.NoError(t, err)
	text, err := json.Marshal(map[string]map[string]string{"Replace": {here: file}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, text, 0o644))
	out, err := exec.Command("go", "build", "-gcflags=-e", "-overlay", overlay, ".").CombinedOutput()
	if err == nil {
		return nil
	}
	var said []string
	for line := range strings.Lines(string(out)) {
		if !unused.MatchString(line) && !strings.HasPrefix(line, "#") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	return said
}

func TestTheExamplesCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("short: compiling takes 10 s")
	}
	page, err := os.ReadFile("porting.md")
	require.NoError(t, err)
	source := exampleFile(rows(string(page)))
	require.Greater(t, strings.Count(source, "\nfunc "), 100)
	if said := compile(t, source); said != nil {
		lines := strings.Split(source, "\n")
		for _, text := range said {
			n, _ := strconv.Atoi(place.FindStringSubmatch(text)[1])
			t.Errorf("%s\n\t%s", text, lines[max(n-1, 0)])
		}
	}
}

func TestCompile(t *testing.T) {
	wrong := exampleFile([]row{{"web", []string{"`x`", "`X`", "`err = h.GetStatus()`"}}})
	require.Len(t, compile(t, wrong), 1)
	right := exampleFile([]row{{"web", []string{"`x`", "`X`", "`status := h.GetStatus()`"}}})
	require.Empty(t, compile(t, right))
}

func TestRows(t *testing.T) {
	got := rows("## A\n\n| T | h |\n| --- | --- |\n| `x` | `a \\| b`<br>`` c` ``|\n\n### B\n| T | h |\n| --- | --- |\n| `y` | z |\n")
	want := []row{{"A", []string{"`x`", "`a | b`<br>`` c` ``"}}, {"A: B", []string{"`y`", "z"}}}
	require.Equal(t, want, got)
	require.Equal(t, []string{"a | b", "c`"}, code(got[0].cells[1]))
}
