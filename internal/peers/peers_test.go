package peers

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A recorder is a test that records how it was ended, and goes on.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) { r.end("fatal: "+format, args...) }
func (r *recorder) Skipf(format string, args ...any)  { r.end("skip: "+format, args...) }

func (r *recorder) end(format string, args ...any) {
	r.ended = fmt.Sprintf(format, args...)
	panic(r)
}

// ending returns how fn has ended its test; it is "" if fn has returned.
func ending(fn func(t testing.TB)) (ended string) {
	r := new(recorder)
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
		ended = r.ended
	}()
	fn(r)
	return
}

// setShort sets the flag -short until the end of the test.
func setShort(t *testing.T, short bool) {
	t.Helper()
	before := testing.Short()
	flag.Set("test.short", strconv.FormatBool(short))
	t.Cleanup(func() { flag.Set("test.short", strconv.FormatBool(before)) })
}

func TestPeersThatAreMissing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		find  func(t testing.TB)
		cause string
	}{
		{"no-such-program", func(t testing.TB) { Program(t, "no-such-program", "nor-this") }, "executable file not found in $PATH"},
		{"python3 no_such_module", func(t testing.TB) { Python(t, "no_such_module") }, "fork/exec /no/python: no such file or directory"},
		{"x", func(t testing.TB) { Check(t, "x", "false") }, "exit status 1"},
	} {
		t.Setenv("TORNADO_PYTHON", "/no/python")
		for _, mode := range []struct {
			short            bool
			require, outcome string
		}{
			{false, "", "skip: peer missing: " + tt.name + ": " + tt.cause},
			{false, "1", "fatal: peer missing: " + tt.name + ": " + tt.cause},
			{true, "", "skip: short: not compared with " + tt.name},
			{true, "1", "skip: short: not compared with " + tt.name},
		} {
			setShort(t, mode.short)
			t.Setenv("TORNADO_REQUIRE_PEERS", mode.require)
			if got := ending(tt.find); got != mode.outcome {
				t.Errorf("short %v, require %q: got %q, want %q", mode.short, mode.require, got, mode.outcome)
			}
		}
	}
}

func TestPeersThatAreThere(t *testing.T) {
	setShort(t, false)
	if got := ending(func(t testing.TB) { Check(t, "true", "true") }); got != "" {
		t.Errorf("Check: %s", got)
	}
	var path string
	if got := ending(func(t testing.TB) { path = Program(t, "no-such-program", "sh") }); got != "" || !strings.HasSuffix(path, "/sh") {
		t.Errorf("Program: %q %s", path, got)
	}
}

// TestMain lets TestCommandEndsWithTheTests run this binary as a test binary that has
// started a program.
func TestMain(m *testing.M) {
	if os.Getenv("PEERS_TEST") == "" {
		os.Exit(m.Run())
	}
	cmd := Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	fmt.Println(cmd.Process.Pid)
	cmd.Wait()
}

func TestCommandEndsWithTheTests(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux signals the death of a parent")
	}
	tests := exec.Command(os.Args[0])
	tests.Env = append(os.Environ(), "PEERS_TEST=1")
	out, err := tests.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tests.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the program does not run: %v", err)
	}
	tests.Process.Kill()
	tests.Wait()
	for end := time.Now().Add(20 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the program outlives the tests")
		}
	}
}

// alive reports whether a process runs. A zombie does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
