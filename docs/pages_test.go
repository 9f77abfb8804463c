package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// imports are the packages that Go code in the pages uses. A page need not use all of them, so
// each is used once below.
const imports = `import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/process"
	"github.com/gotornado/tornado/tcpserver"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

var _ = []any{context.Background, sql.Open, slog.Info, os.Exit, signal.Notify, syscall.Kill, time.Now,
	httpserver.New, ioloop.New, log.Flush, process.Ready, tcpserver.New, web.URL[web.RequestHandler], websocket.Text}
`

// These are the declarations that the pieces of a page assume.
const (
	readmeContext = `
type Story string

func load(*sql.DB, string) (Story, error) { return "", nil }
`
	deploymentContext = `
var (
	app    *web.Application
	server *httpserver.HTTPServer
	loop   *ioloop.IOLoop
	ctx    context.Context
	hangup chan os.Signal
)
`
)

// declaration matches a block of declarations; other blocks are statements.
var declaration = regexp.MustCompile(`^(//[^\n]*\n)*(type|func|var|const) `)

// program returns a Go file of this package for a block: the block itself if it is a
// program, else the block in the context of its page.
func program(block, context string) string {
	switch whole, isProgram := strings.CutPrefix(block, "package main\n"); {
	case isProgram:
		return "package docs\n" + whole
	case declaration.MatchString(block):
		return "package docs\n" + imports + context + block
	default:
		return fmt.Sprintf("package docs\n%s%sfunc piece() error {\n%s\nreturn nil\n}\n", imports, context, block)
	}
}

// The test takes seconds, because the compiler runs.
func TestTheGoOfThePagesCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("short: compiling takes 10 s")
	}
	for _, page := range []struct {
		name, context string
		programsOnly  bool // the other blocks are checked elsewhere
		atLeast       int
	}{
		{name: "../README.md", context: readmeContext, atLeast: 3},
		{name: "deployment.md", context: deploymentContext, atLeast: 4},
		{name: "tutorial.md", programsOnly: true, atLeast: 1},
	} {
		text, err := os.ReadFile(page.name)
		require.NoError(t, err)
		seen := 0
		for _, block := range fenced(string(text), "go") {
			if page.programsOnly && !strings.HasPrefix(block, "package main\n") {
				continue
			}
			seen++
			if said := compile(t, program(block, page.context)); said != nil {
				t.Errorf("%s: %s\n%s", page.name, strings.Join(said, "\n"), block)
			}
		}
		require.GreaterOrEqual(t, seen, page.atLeast, page.name)
	}
}

func TestProgram(t *testing.T) {
	for _, tt := range []struct {
		block    string
		compiles bool
	}{
		{"package main\n\nfunc main() {}\n", true},
		{"package main\n\nfunc main() { web.URL() }\n", false},
		{"// T is.\ntype T struct{ web.RequestHandler }\n", true},
		{"type T struct{ web.NoHandler }\n", false},
		{"x := web.NewApplication(nil, web.Settings{})\n", true},
		{"x := web.NewApplication()\n", false},
	} {
		if said := compile(t, program(tt.block, "")); (said == nil) != tt.compiles {
			t.Errorf("%s: %v", tt.block, said)
		}
	}
}
