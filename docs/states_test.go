package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A state machine of the source has its transitions in a file state.go, in a variable
// "transitions" that maps each state to the states that may follow it. A Mermaid diagram in
// docs/architecture.md has the same transitions. It begins with a comment that names the file.

// sourceTransitions returns the lines "state --> next" of a state.go. A state that no state
// follows leads to "[*]".
func sourceTransitions(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "transitions" {
			return true
		}
		for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
			entry := element.(*ast.KeyValueExpr)
			state, following := entry.Key.(*ast.Ident).Name, entry.Value.(*ast.CompositeLit).Elts
			for _, next := range following {
				found = append(found, state+" --> "+next.(*ast.Ident).Name)
			}
			if len(following) == 0 {
				found = append(found, state+" --> [*]")
			}
		}
		return false
	})
	slices.Sort(found)
	return found
}

var arrow = regexp.MustCompile(`^\w+ --> (\w+|\[\*\])`)

// drawnTransitions returns the lines "state --> next" of the diagram of a file. The arrow to
// the first state is left out.
func drawnTransitions(page, file string) []string {
	_, rest, _ := strings.Cut(page, "```mermaid\n%% "+file+"\n")
	diagram, _, _ := strings.Cut(rest, "```")
	var found []string
	for line := range strings.Lines(diagram) {
		if transition := arrow.FindString(strings.TrimSpace(line)); transition != "" {
			found = append(found, transition)
		}
	}
	slices.Sort(found)
	return found
}

func TestStateDiagramsShowTheTransitionsOfTheSource(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	require.NoError(t, err)
	for _, name := range []string{"httpserver/state.go", "websocket/state.go", "httpclient/state.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../"+name, nil, 0)
		require.NoError(t, err)
		source := sourceTransitions(file)
		require.NotEmpty(t, source, name)
		require.Equal(t, source, drawnTransitions(string(page), name), name)
	}
}

func TestStateDiagramsAreComparedByTransition(t *testing.T) {
	source := "package p\nvar transitions = map[state][]state{open: {halfOpen, closed}, halfOpen: {closed}, closed: {}}\n"
	file, err := parser.ParseFile(token.NewFileSet(), "state.go", source, 0)
	require.NoError(t, err)
	want := []string{"closed --> [*]", "halfOpen --> closed", "open --> closed", "open --> halfOpen"}
	require.Equal(t, want, sourceTransitions(file))
	page := "```mermaid\n%% p/state.go\nstateDiagram-v2\n [*] --> open\n open --> halfOpen: FIN\n" +
		" open --> closed\n halfOpen --> closed: reset\n closed --> [*]\n```\nopen --> open\n"
	require.Equal(t, want, drawnTransitions(page, "p/state.go"))
	require.Empty(t, drawnTransitions(page, "q/state.go"))
}
