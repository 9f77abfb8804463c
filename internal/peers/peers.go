// Package peers finds the programs that judge Tornado for Go in tests: Tornado for Python,
// curl, nginx, a browser and others.
//
// If a peer is missing, its test is skipped, or fails if the environment variable
// TORNADO_REQUIRE_PEERS is set. With -short, all tests that need a peer are skipped.
package peers

import (
	"cmp"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Missing skips a test whose peer is missing because of err, or fails it if
// TORNADO_REQUIRE_PEERS is set.
func Missing(t testing.TB, name string, err error) {
	t.Helper()
	if os.Getenv("TORNADO_REQUIRE_PEERS") != "" {
		t.Fatalf("peer missing: %s: %v", name, err)
	}
	t.Skipf("peer missing: %s: %v", name, err)
}

// skipShort skips a test that needs a peer if the tests run with -short.
func skipShort(t testing.TB, name string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("short: not compared with %s", name)
	}
}

// Program returns the path of the first program of these names that is installed. It also
// looks in /usr/sbin, where Debian installs servers.
func Program(t testing.TB, names ...string) (path string) {
	t.Helper()
	skipShort(t, names[0])
	for _, name := range names {
		for _, file := range []string{name, "/usr/sbin/" + name} {
			if path, err := exec.LookPath(file); err == nil {
				return path
			}
		}
	}
	Missing(t, names[0], exec.ErrNotFound)
	return ""
}

// Python returns the Python interpreter if it can import all modules. It is the one that
// TORNADO_PYTHON names, or /usr/bin/python3, for which Debian installs python3-tornado.
func Python(t testing.TB, modules ...string) (path string) {
	t.Helper()
	python := cmp.Or(os.Getenv("TORNADO_PYTHON"), "/usr/bin/python3")
	script := "pass"
	if len(modules) > 0 {
		script = "import " + strings.Join(modules, ", ")
	}
	name := strings.TrimSpace("python3 " + strings.Join(modules, " "))
	Check(t, name, python, "-c", script)
	return python
}

var checked sync.Map // the result of each command line that was run: its error

// Check runs a command that fails if the peer of that name is missing. Each command runs
// once in a test binary.
func Check(t testing.TB, name, command string, args ...string) {
	t.Helper()
	skipShort(t, name)
	run := sync.OnceValue(func() error { return exec.Command(command, args...).Run() })
	once, _ := checked.LoadOrStore(command+" "+strings.Join(args, " "), run)
	if err := once.(func() error)(); err != nil {
		Missing(t, name, err)
	}
}
