package peers

import (
	"os/exec"
	"syscall"
)

// Command is exec.Command for a program that serves until the test ends it. On Linux, the
// program also receives SIGTERM when the test binary is killed.
func Command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return cmd
}
