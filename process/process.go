package process

import (
	"os"
	"runtime"
	"syscall"
)

// CPUCount returns the number of CPUs that this process may use, as of its start. Tornado:
// cpu_count.
func CPUCount() int { return runtime.NumCPU() }

// unknownCode is the code of an exit that the system does not report, because the parent
// ignores SIGCHLD or other code has waited for the child. asyncio uses the same number.
const unknownCode = 255

// exitCode returns the exit code, or the negated number of the signal that ended the
// process.
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
