package servers

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/socket"
)

//go:embed c/echo.c
var echoSource string

// compiler is the path of the C compiler. Without one, the C server is left out.
const compiler = "gcc"

// echoC compiles the C server and executes it in this process, which keeps its CPU clock and
// core. The socket is opened before, so the server is ready when this calls ready.
func echoC(port int, ready func()) error {
	listener, err := socket.Listen(port)
	if err != nil {
		return err
	}
	program, err := compile()
	if err != nil {
		return err
	}
	if _, err := unix.FcntlInt(uintptr(listener), unix.F_SETFD, 0); err != nil {
		return err
	}
	ready()
	return unix.Exec(program, []string{"echo", strconv.Itoa(listener)}, os.Environ())
}

// compile returns a path of the compiled program. Its file is already removed, so that no
// cleanup is needed.
func compile() (path string, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "echo")
	cmd := exec.Command(compiler, "-O2", "-Wall", "-Werror", "-x", "c", "-o", name, "-")
	cmd.Stdin = strings.NewReader(echoSource)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("servers: %s: %w\n%s", compiler, err, out)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("/proc/self/fd/%d", fd), nil
}
