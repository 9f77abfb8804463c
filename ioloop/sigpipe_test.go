package ioloop

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/log"
)

// A server goes on running after the reader of its log has gone away, with any handler of slog.
func TestALoopLivesWithoutAReaderOfStderr(t *testing.T) {
	if os.Getenv("IOLOOP_TEST_SIGPIPE") != "" {
		logWithoutReader()
	}
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), "IOLOOP_TEST_SIGPIPE=1")
	var out strings.Builder
	c.Stdout, c.Stderr = &out, writer
	stdin, err := c.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	defer c.Process.Kill()
	writer.Close()
	reader.Close()
	stdin.Close()
	require.NoError(t, c.Wait())
	require.Equal(t, "lives, lost 1\n", out.String())
}

func logWithoutReader() {
	l, err := New(Options{})
	if err != nil {
		panic(err)
	}
	l.AddCallback(func() {
		io.ReadAll(os.Stdin)
		log.App().Error("no reader sees this")
		fmt.Printf("lives, lost %d\n", log.Lost())
		l.Stop()
	})
	l.Start()
	os.Exit(0)
}
