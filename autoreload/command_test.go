package autoreload_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// exitSource is a program that prints its arguments and exits with CODE.
const exitSource = `package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("arguments", os.Args[1:])
	os.Exit(CODE)
}
`

func exiting(code string) string { return strings.Replace(exitSource, "CODE", code, 1) }

// buildCommand builds tornado-autoreload.
func buildCommand(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tornado-autoreload")
	out, err := exec.Command("go", "build", "-o", file, "../cmd/tornado-autoreload").CombinedOutput()
	require.NoError(t, err, string(out))
	return file
}

func TestUntilSuccess(t *testing.T) { // autoreload-11, autoreload-12
	m := newModule(t, exiting("3"))
	r := m.run(buildCommand(t), "--until-success", "-m", "example.com/app", "a", "-b")
	r.expect(`arguments \[a -b\]`)
	r.expect("Script exited with status 3")
	m.write("main.go", exiting("0"))
	select {
	case <-r.done:
		require.Equal(t, 0, r.cmd.ProcessState.ExitCode())
	case <-time.After(patience):
		t.Fatal("the command goes on after a success")
	}
}

func TestTheCommandWaitsForChanges(t *testing.T) { // autoreload-10, autoreload-11, autoreload-12, autoreload-13
	m := newModule(t, "package main\n\nfunc main() { missing() }\n")
	r := m.run(buildCommand(t), ".")
	r.expect("undefined: missing\n *waiting for the next change")
	m.write("main.go", exiting("0"))
	r.expect("Script exited normally")
	m.write("main.go", "package main\n\nimport (\n\t\"os\"\n\t\"syscall\"\n)\n\nfunc main() { syscall.Kill(os.Getpid(), syscall.SIGKILL) }\n")
	r.expect("Script ended by signal: killed")
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGINT))
	<-r.done
	require.Equal(t, 128+int(syscall.SIGINT), r.cmd.ProcessState.ExitCode())
}

// A program whose path does not exist is started when the path appears.
func TestThePathAppears(t *testing.T) { // autoreload-13
	m := newModule(t, exiting("0"))
	r := m.run(buildCommand(t), "./cmd/later")
	r.expect("waiting for the next change")
	m.write("cmd/later/main.go", exiting("0"))
	r.expect("Script exited normally")
}

// A server that tornado-autoreload runs keeps its port from one version to the next.
func TestTheCommandKeepsSockets(t *testing.T) { // autoreload-b2
	m := newModule(t, "")
	m.reply("first")
	r := m.run(buildCommand(t), ".")
	r.url = "http://" + r.expect(`serving on (\S+)`)
	r.answers("first")
	m.reply("second")
	r.answers("second")
}

func TestUsage(t *testing.T) { // autoreload-13
	peers.Program(t, "go")
	command := buildCommand(t)
	for _, tt := range []struct {
		args   []string
		code   int
		output string
	}{
		{nil, 1, "Either -m or a path must be specified\nUsage: tornado-autoreload"},
		{[]string{"-m"}, 1, "Either -m or a path must be specified\n"},
		{[]string{"--until-success"}, 1, "Either -m or a path must be specified\n"},
		{[]string{"--unknown"}, 2, "tornado-autoreload: unknown option --unknown\n"},
		{[]string{"--help"}, 0, "Usage: tornado-autoreload"},
	} {
		cmd := exec.Command(command, tt.args...)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		cmd.Run()
		require.Equal(t, tt.code, cmd.ProcessState.ExitCode(), "%q", tt.args)
		require.True(t, strings.HasPrefix(output.String(), tt.output), "%q: %s", tt.args, output.String())
	}
}
