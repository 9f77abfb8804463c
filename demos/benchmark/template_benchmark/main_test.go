package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/template"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

func TestTheProgramPrintsTheAverage(t *testing.T) {
	output, status := demotest.Run(t, "--num=2")
	require.Equal(t, 0, status)
	require.Regexp(t, `^\d+\.\d{3} ms per iteration\n$`, output)
}

func TestThePageIsComplete(t *testing.T) {
	page, err := template.New("page.html", source, template.Options{})
	require.NoError(t, err)
	text, err := page.Generate(context())
	require.NoError(t, err)
	require.Contains(t, string(text), "<h1>Tornado&#x27;s &lt;benchmark&gt;</h1>")
	require.Equal(t, rows, strings.Count(string(text), "<tr><td>"))
	require.Equal(t, 10*rows, strings.Count(string(text), "</td>"))
}
