package process

import (
	"os"
	"runtime"
	"syscall"
)

// CPUCount returns the number of CPUs that this process may use, as it was when it
// started. Tornado: cpu_count.
func CPUCount() int { return runtime.NumCPU() }

// unknownCode stands for an exit that the system does not tell: the parent's SIGCHLD
// is ignored, or somebody else waited for the child. It is asyncio's choice.
const unknownCode = 255

// exitCode is the exit code, or the signal that ended the process, negated.
func exitCode(state *os.ProcessState) int {
	if state == nil {
		return unknownCode
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case !ok:
		return state.ExitCode()
	case status.Signaled():
		return -int(status.Signal())
	default:
		return status.ExitStatus()
	}
}

// logger is Tornado's general log.
