package demotest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// preload lets demos of Tornado 6.5 run with Tornado 6.2: it imports the modules that 6.5
// imports on demand, and defines the names that 6.3 has added.
const preload = `
import json, os, sys
import tornado.web, tornado.websocket, tornado.httpserver, tornado.locks, tornado.escape, tornado.util
import tornado.ioloop, tornado.options, tornado.auth, tornado.httpclient, tornado.queues, tornado.gen
base = tornado.web.RequestHandler
base.get_signed_cookie = getattr(base, "get_signed_cookie", base.get_secure_cookie)
base.set_signed_cookie = getattr(base, "set_signed_cookie", base.set_secure_cookie)
sys.argv = sys.argv[1:]
source = open(sys.argv[0]).read()
for old, new in json.loads(os.environ["ADAPTATIONS"]):
    assert old in source, old
    source = source.replace(old, new)
if 'define("port"' not in source and any(arg.startswith("--port=") for arg in sys.argv):  # the demo has a fixed port
    tornado.options.define("port", type=int)
    listen = tornado.web.Application.listen
    tornado.web.Application.listen = lambda self, port, *rest: listen(self, tornado.options.options.port, *rest)
sys.path.insert(0, os.path.dirname(sys.argv[0]))
scope = {"__name__": "__main__", "__file__": sys.argv[0]}
exec(compile(source, sys.argv[0], "exec"), scope)
`

// An Original is one of Tornado's own demos.
type Original struct {
	t       testing.TB
	python  string
	file    string
	changes []string
}

// FindOriginal returns one of Tornado's own demos. path is the program below the directory that
// TORNADO_DEMOS names. Without that variable, or without the program, the test is skipped.
// changes are old and new texts in turn: old lines of the program that run differently in the
// test, such as the name of a host.
func FindOriginal(t testing.TB, path string, changes ...string) Original {
	t.Helper()
	directory := os.Getenv("TORNADO_DEMOS")
	if directory == "" {
		t.Skip("TORNADO_DEMOS does not name the directory of Tornado's demos")
	}
	file := filepath.Join(directory, path)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("TORNADO_DEMOS has no such demo: %v", err)
	}
	return Original{t, peers.Python(t, "tornado.web"), file, changes}
}

// Start starts the program with a free port and args, as the function Start does for the demo
// here.
func (o Original) Start(args ...string) *Program {
	o.t.Helper()
	return start(o.t, func(port int) *exec.Cmd {
		return o.command(append([]string{fmt.Sprintf("--port=%d", port)}, args...)...)
	})
}

// Run runs the program with args until it ends, and returns its output and its exit status.
func (o Original) Run(args ...string) (output string, status int) {
	o.t.Helper()
	return run(o.t, o.command(args...))
}

func (o Original) command(args ...string) *exec.Cmd {
	pairs := [][]string{}
	for pair := range slices.Chunk(o.changes, 2) {
		pairs = append(pairs, pair)
	}
	adaptations, err := json.Marshal(pairs)
	require.NoError(o.t, err)
	cmd := peers.Command(o.python, append([]string{"-B", "-u", "-c", preload, o.file}, args...)...)
	cmd.Dir = filepath.Dir(o.file)
	cmd.Env = append(os.Environ(), "ADAPTATIONS="+string(adaptations))
	return cmd
}

// StartOriginal starts one of Tornado's own demos with a free port and args. See FindOriginal.
func StartOriginal(t testing.TB, path string, args ...string) *Program {
	t.Helper()
	return FindOriginal(t, path).Start(args...)
}
