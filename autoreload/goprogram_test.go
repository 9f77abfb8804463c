package autoreload

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadSources(t *testing.T) {
	list := `
{"Dir": "/go/src/fmt", "Standard": true}
{"Dir": "/cache/example.com/lib@v1.0.0", "Module": {"GoMod": "/cache/example.com/lib@v1.0.0/go.mod"}}
{"Dir": "/src/app", "EmbedFiles": ["page.html", "static/a.css"], "Module": {"GoMod": "/src/app/go.mod", "Main": true}}
{"Dir": "/src/app/sub", "Module": {"GoMod": "/src/app/go.mod", "Main": true}}
{"Dir": "/cache2/x", "Module": {"GoMod": "/cache2/go.mod"}}
`
	set, err := readSources(strings.NewReader(list), "/cache")
	require.NoError(t, err)
	require.Equal(t, fileSet{
		dirs: []string{"src/app", "src/app/sub", "cache2/x"},
		files: []string{
			"src/app/page.html", "src/app/static/a.css", "src/app/go.mod", "src/app/go.sum", "cache2/go.mod", "cache2/go.sum",
		},
	}, set)

	_, err = readSources(strings.NewReader(`{"Dir": "/go/src/fmt", "Standard": true}`), "/cache")
	require.EqualError(t, err, "autoreload: the program has no sources here")
	_, err = readSources(strings.NewReader(`{"Dir": 1}`), "/cache")
	require.ErrorContains(t, err, "autoreload: go list: ")
}

func TestNameOfAProgram(t *testing.T) {
	for _, tt := range []struct{ pkg, want string }{
		{"example.com/x/cmd/app", "example.com/x/cmd/app"}, {".", "/src/app"}, {"./cmd/tool", "/src/app/cmd/tool"},
	} {
		require.Equal(t, tt.want, goProgram{Package: tt.pkg, Dir: "/src/app"}.name())
	}
}
