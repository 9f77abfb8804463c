package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

// TestMain runs a stand-in for ab if the test binary is called by that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "ab" {
		standIn()
		return
	}
	demotest.Main(m, main)
}

// standIn prints its arguments, and the response to one request.
func standIn() {
	fmt.Println("ab", strings.Join(os.Args[1:], " "))
	response, err := http.Get(os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(string(body), err)
}

func installStandIn(t *testing.T) {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	directory := t.TempDir()
	require.NoError(t, os.Symlink(binary, filepath.Join(directory, "ab")))
	t.Setenv("PATH", directory)
}

// measure runs the benchmark. It tries again if another process has the port.
func measure(t *testing.T, args ...string) string {
	t.Helper()
	for {
		output, status := demotest.Run(t, args...)
		if status == 0 || !strings.Contains(output, "address already in use") {
			require.Equal(t, 0, status, output)
			return output
		}
	}
}

func TestEachRunIsMeasured(t *testing.T) {
	installStandIn(t)
	output := measure(t, "--num_runs=3", "--min_port=20000", "--max_port=30000")
	require.Equal(t, 3, strings.Count(output, "Hello, world <nil>\n"), output)
	require.Regexp(t, `^ab -n 15000 -c 25 http://127.0.0.1:2\d{4}/\n`, output)
}

func TestOptionsOfTheTool(t *testing.T) {
	installStandIn(t)
	output := measure(t, "--n=10", "--c=2", "--keepalive", "--quiet", "--min_port=20000", "--max_port=30000")
	require.Contains(t, output, "ab -n 10 -c 2 -k -q http://")
}

func TestWithoutTheTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	output, status := demotest.Run(t, "--min_port=20000", "--max_port=30000")
	require.Equal(t, 1, status)
	require.Regexp(t, "install ab|address already in use", output)
	output, status = demotest.Run(t, "--min_port=20000", "--max_port=20000")
	require.Equal(t, 1, status)
	require.Contains(t, output, "max_port must be above min_port")
}
