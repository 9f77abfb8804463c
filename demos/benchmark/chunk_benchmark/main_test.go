package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// measureDemo runs the benchmark on a free port. It tries again if another process takes the port.
func measureDemo(t *testing.T, args ...string) string {
	t.Helper()
	for {
		probe, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		probe.Close()
		output, status := demotest.Run(t, append(args, fmt.Sprintf("--port=%d", probe.Addr().(*net.TCPAddr).Port))...)
		if status == 0 || !strings.Contains(output, "address already in use") {
			require.Equal(t, 0, status, output)
			return output
		}
	}
}

func TestBothClientsFetchAllChunks(t *testing.T) {
	for _, args := range [][]string{{}, {"--num_chunks=3", "--chunk_size=100000"}, {"--num_chunks=0"}} {
		output := measureDemo(t, args...)
		require.Contains(t, output, "fetch completed client=net/http time=", args)
		require.Contains(t, output, "fetch completed client=simple time=", args)
		require.Equal(t, 2, strings.Count(output, "200 GET /"), output)
	}
}
