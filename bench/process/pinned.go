// Package process starts child processes on a core of their own and reads kernel statistics
// about them.
package process

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Command returns a command that runs this program with GOMAXPROCS=1 and ends with its parent.
// Start it with StartOn.
func Command(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	// The signal is sent when the forking thread ends. In this program threads live as long as the process.
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	return cmd, nil
}

// StartOn starts cmd pinned to one core. A child inherits the affinity of the thread that forks
// it, so all its threads are pinned from the start.
func StartOn(core int, cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, pinned unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("process: %w", err)
	}
	pinned.Set(core)
	if err := unix.SchedSetaffinity(0, &pinned); err != nil {
		return fmt.Errorf("process: pin to core %d: %w", core, err)
	}
	err := cmd.Start()
	if restored := unix.SchedSetaffinity(0, &before); err == nil && restored != nil {
		err = restored
	}
	if err != nil {
		return fmt.Errorf("process: %w", err)
	}
	return nil
}

// Kill ends a started command and waits until it has exited.
func Kill(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait() // returns an error, because the process was killed
}

// CPUTime returns the CPU time, user and kernel, of all threads of a process, including threads
// that have ended. It reads the process's CPU clock, which has nanoseconds from the scheduler;
// /proc/PID/stat has only ticks. For a thread that is running on another core, the value may lag
// by up to one tick (1 to 10 ms).
func CPUTime(pid int) (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED; the pid is stored inverted above three bits
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &ts); err != nil {
		return 0, fmt.Errorf("process: CPU clock of %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// Resident returns the memory of a process that is in RAM (VmRSS), in bytes.
func Resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("process: %w", err)
	}
	return parseResident(status)
}

func parseResident(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			number, _ := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
			kib, err := strconv.ParseInt(string(number), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("process: VmRSS: %w", err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("process: status without VmRSS")
}
