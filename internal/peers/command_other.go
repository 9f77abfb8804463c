//go:build !linux

package peers

import "os/exec"

// Command is exec.Command for a program that serves until the test ends it. On Linux, the
// program also receives SIGTERM when the test binary is killed.
func Command(path string, args ...string) *exec.Cmd { return exec.Command(path, args...) }
