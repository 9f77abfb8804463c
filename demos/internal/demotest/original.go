package demotest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// preload lets demos of Tornado 6.5 run with Tornado 6.2: it imports the modules that 6.5
// imports on demand, and defines the names that 6.3 has added.
const preload = `
import runpy, sys
import tornado.web, tornado.websocket, tornado.httpserver, tornado.locks, tornado.escape, tornado.util
import tornado.ioloop, tornado.options, tornado.auth, tornado.httpclient, tornado.queues, tornado.gen
base = tornado.web.RequestHandler
base.get_signed_cookie = getattr(base, "get_signed_cookie", base.get_secure_cookie)
base.set_signed_cookie = getattr(base, "set_signed_cookie", base.set_secure_cookie)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
`

// StartOriginal starts one of Tornado's own demos with a free port and args, as Start does for
// the demo here. path is the program below the directory that TORNADO_DEMOS names. Without that
// variable, the test is skipped.
func StartOriginal(t testing.TB, path string, args ...string) *Program {
	t.Helper()
	directory := os.Getenv("TORNADO_DEMOS")
	if directory == "" {
		t.Skip("TORNADO_DEMOS does not name the directory of Tornado's demos")
	}
	python := peers.Python(t, "tornado.web")
	file := filepath.Join(directory, path)
	_, err := os.Stat(file)
	require.NoError(t, err)
	return start(t, func(port int) *exec.Cmd {
		cmd := peers.Command(python, append([]string{"-B", "-c", preload, file, fmt.Sprintf("--port=%d", port)}, args...)...)
		cmd.Dir = filepath.Dir(file)
		return cmd
	})
}
