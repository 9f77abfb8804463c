package process

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestParseResident(t *testing.T) {
	for _, tt := range []struct {
		status string
		want   int64 // -1: error
	}{
		{"Name:\tx\nVmRSS:\t    9876 kB\nThreads:\t3\n", 9876 << 10},
		{"VmRSS:\t0 kB", 0},
		{"VmHWM:\t1 kB\nRssAnon:\t2 kB\n", -1},
		{"VmRSS:\t kB\n", -1},
		{"", -1},
	} {
		got, err := parseResident([]byte(tt.status))
		if err != nil {
			got = -1
		}
		if got != tt.want {
			t.Errorf("%q: got %d (%v), want %d", tt.status, got, err, tt.want)
		}
	}
}

func TestResidentOfThisProcess(t *testing.T) {
	if got, err := Resident(os.Getpid()); err != nil || got < 1<<20 || got > 1<<30 {
		t.Errorf("%d bytes, %v", got, err)
	}
}

func TestCPUTimeIsWhatGetrusageSays(t *testing.T) {
	var usage unix.Rusage
	for spent := time.Duration(0); spent < 50*time.Millisecond; {
		if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		spent = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	got, err := CPUTime(os.Getpid())
	want := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	if err != nil || got < want-10*time.Millisecond || got > want+100*time.Millisecond {
		t.Errorf("got %v (%v), want about %v", got, err, want)
	}
}

func TestCPUTimeOfAnEndedProcess(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if got, err := CPUTime(cmd.Process.Pid); err == nil {
		t.Errorf("got %v", got)
	}
}

func TestStartOnPinsTheChildAndNotTheParent(t *testing.T) {
	runtime.LockOSThread() // affinity belongs to the thread
	defer runtime.UnlockOSThread()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := exec.Command("grep", "Cpus_allowed_list", "/proc/self/status")
	cmd.Stdout = &out
	if err := StartOn(0, cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "Cpus_allowed_list:\t0\n" {
		t.Errorf("child: %q", got)
	}
	if err := unix.SchedGetaffinity(0, &after); err != nil || after != before {
		t.Errorf("parent: %v before, %v after, %v", before, after, err)
	}
}

func TestStartOnACoreThatIsNotThere(t *testing.T) {
	if err := StartOn(1000, exec.Command("true")); err == nil {
		t.Error("no error")
	}
}
