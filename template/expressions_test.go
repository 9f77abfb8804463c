package template

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/expressions.txt anew, with the outcomes of this machine's Python")

const expressionTable = "testdata/expressions.txt"

// An expressionRow is an expression with its outcome in Python: the repr of its value, or "! "
// and the exception.
type expressionRow struct{ section, source, want string }

func expressionRows(t testing.TB) []expressionRow {
	t.Helper()
	table, err := os.ReadFile(expressionTable)
	require.NoError(t, err)
	var rows []expressionRow
	section := ""
	for line := range strings.Lines(string(table)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# "); ok {
			section = name
			continue
		}
		source, want, _ := strings.Cut(line, "\t")
		rows = append(rows, expressionRow{section, source, want})
	}
	return rows
}

// TestExpressionTableIsPythons runs real Python and compares its outcomes with the stored ones.
func TestExpressionTableIsPythons(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), peers.Python(t), "testdata/expressions.py").Output()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(expressionTable, out, 0o644))
	}
	stored, err := os.ReadFile(expressionTable)
	require.NoError(t, err)
	want, got := strings.Split(string(out), "\n"), strings.Split(string(stored), "\n")
	if want[0] != got[0] {
		t.Skipf("peer missing: the table is of another version: %s", got[0])
	}
	if bytes.Equal(out, stored) {
		return
	}
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("line %d is not what Python says: run go test ./template -run TestExpression -update\nstored %s\nPython %s", i+1, got[i], want[i])
		}
	}
	t.Fatalf("%d lines stored, %d lines of Python", len(got), len(want))
}

// TestExpressions evaluates every expression of the table. Its outcome is Python's, or an
// error that says that something is not supported.
func TestExpressions(t *testing.T) {
	engine := newEngine(Options{})
	unsupported := map[string]int{}
	rows := expressionRows(t)
	if len(rows) < 1500 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		got, named := evaluate(engine, row.source)
		switch {
		case got == row.want || got == "! SyntaxError" && strings.HasPrefix(row.want, "! SyntaxError: "), sameFloat(row.source, got, row.want):
		case slices.Contains(ownWords, row.source) && strings.HasPrefix(got, "! TypeError: ") && strings.HasPrefix(row.want, "! TypeError: "):
		case named:
			unsupported[row.section]++
		default:
			t.Errorf("%s: %s\n  ours %s\nPython %s", row.section, row.source, got, row.want)
		}
	}
	t.Logf("%d expressions; not supported: %v", len(rows), unsupported)
}

// ownWords are expressions whose error has the same class as in Python, but another message.
var ownWords = []string{"enumerate()", "enumerate(start=1)", "(lambda a, *, k: k)(1)"}

// sameFloat reports whether the results of a power or of a function of math differ by no more
// than two in the last place: each C library has its own.
func sameFloat(source, got, want string) bool {
	x, err1 := strconv.ParseFloat(got, 64)
	y, err2 := strconv.ParseFloat(want, 64)
	inexact := strings.HasPrefix(source, "math.") || strings.Contains(source, "**")
	return inexact && err1 == nil && err2 == nil && math.Abs(x-y) <= 2*(math.Nextafter(math.Abs(y), math.Inf(1))-math.Abs(y))
}

// evaluate returns the outcome of an expression in the form of the table. named reports whether
// the outcome is an error that names an unsupported feature, or a limit.
func evaluate(e *engine, source string) (outcome string, named bool) {
	f := &file{name: "expression"}
	for _, m := range []string{"json", "math"} {
		f.body = append(f.body, &node{kind: statementNode, line: 1, text: "import " + m, file: f})
	}
	f.body = append(f.body, &node{kind: rawNode, line: 1, text: "repr((" + source + "))", file: f})
	defer func() {
		if r := recover(); r != nil {
			outcome, named = fmt.Sprint("panic: ", r), false
		}
	}()
	p, err := e.compileFiles([]*file{f}, nil)
	var out []byte
	if err == nil {
		out, err = e.execute(context.Background(), p, nil)
	}
	if err == nil {
		return string(out), false
	}
	named = errors.Is(err, ErrLimit) || strings.Contains(err.Error(), "not supported")
	if parse := (*ParseError)(nil); errors.As(err, &parse) {
		return "! SyntaxError", named
	}
	run := (*Error)(nil)
	if !errors.As(err, &run) {
		return "error of Go: " + err.Error(), false
	}
	var b strings.Builder
	for _, c := range fmt.Sprintf("! %s: %v", run.Kind, run.Err) {
		if c < ' ' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String(), named && (run.Kind == "TypeError" || run.Kind == "")
}
