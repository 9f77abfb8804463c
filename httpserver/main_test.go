package httpserver

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
)

// programs lists the programs that the test binary can run as a separate process.
var programs = map[string]func(args []string) error{
	"handover": handoverProgram,
	"loris":    lorisProgram,
}

// programVariable is an environment variable: the name of the program, and its arguments.
const programVariable = "HTTPSERVER_TEST_PROGRAM"

func TestMain(m *testing.M) {
	name, args, _ := strings.Cut(os.Getenv(programVariable), " ")
	if name == "" {
		os.Exit(looptest.Main(m))
	}
	if err := programs[name](strings.Fields(args)); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// program returns the command that runs one of programs.
func program(name string, args ...any) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programVariable+"="+name+" "+fmt.Sprintln(args...))
	cmd.Stderr = os.Stderr
	return cmd
}
