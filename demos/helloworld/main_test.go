package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

func TestThePageAndItsLogLine(t *testing.T) {
	program := demotest.Start(t)
	response, err := http.Get(program.URL("/"))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "Hello, world", string(body))
	require.Equal(t, "text/html; charset=UTF-8", response.Header.Get("Content-Type"))
	program.WaitForOutput("200 GET / (127.0.0.1)")
}

func TestHelpNamesThePort(t *testing.T) {
	help, status := demotest.Run(t, "--help")
	require.Equal(t, 0, status)
	require.Regexp(t, `--port +run on the given port \(default 8888\)`, help)
}

func TestAnUnknownOptionEndsTheProgram(t *testing.T) {
	output, status := demotest.Run(t, "--prot=8000")
	require.Equal(t, 2, status)
	require.Contains(t, output, "prot")
}
