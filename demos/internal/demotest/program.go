// Package demotest runs the demos in tests: as programs, with the command line that a user
// types, and beside the Python originals.
package demotest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// Timeout limits each step of a test. It is long, because a busy machine is slow.
const Timeout = time.Minute

// pollInterval is the time between two looks at a program that a test waits for.
const pollInterval = 5 * time.Millisecond

// runDemo is the environment variable that makes the test binary run the demo.
const runDemo = "TORNADO_RUN_DEMO"

// Main runs the tests of a demo, or the demo itself in a process that Start has started:
//
//	func TestMain(m *testing.M) { demotest.Main(m, main) }
func Main(m *testing.M, main func()) {
	if os.Getenv(runDemo) == "" {
		os.Setenv("ASYNC_TEST_TIMEOUT", fmt.Sprint(Timeout.Seconds())) // for package webtest
		status := m.Run()
		os.RemoveAll(builds.directory)
		os.Exit(status)
	}
	main()
	os.Exit(0)
}

// A Program is a running demo, or a running original.
type Program struct {
	t       testing.TB
	port    int
	process *exec.Cmd
	output  buffer
	ended   chan struct{}
}

// Start starts the demo of the running test with a free port and args, and waits until it
// accepts connections. The program ends with the test.
func Start(t testing.TB, args ...string) *Program {
	t.Helper()
	return start(t, func(port int) *exec.Cmd { return demo(append([]string{fmt.Sprintf("--port=%d", port)}, args...)...) })
}

// Run runs the demo of the running test with args until it ends, and returns its output and
// its exit status.
func Run(t testing.TB, args ...string) (output string, status int) {
	t.Helper()
	return run(t, demo(args...))
}

// RunMeasured is Run. It also returns the most memory that the demo has used, in bytes. On systems
// other than Linux it returns 0.
func RunMeasured(t testing.TB, args ...string) (output string, status int, peak int64) {
	t.Helper()
	cmd := demo(args...)
	output, status = run(t, cmd)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" {
		peak = int64(usage.Maxrss) << 10
	}
	return output, status, peak
}

func run(t testing.TB, cmd *exec.Cmd) (output string, status int) {
	t.Helper()
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// StartNeighbor is Start for the demo in another directory, such as "../server", which it builds.
func StartNeighbor(t testing.TB, directory string, args ...string) *Program {
	t.Helper()
	program, err := build(directory)
	require.NoError(t, err)
	return start(t, func(port int) *exec.Cmd {
		return peers.Command(program, append([]string{fmt.Sprintf("--port=%d", port)}, args...)...)
	})
}

// builds is the directory of the programs that were built. It is "" until the first one.
var builds struct {
	sync.Mutex
	directory string
}

// build builds the program in a directory once, and returns its path.
func build(directory string) (program string, err error) {
	builds.Lock()
	defer builds.Unlock()
	if builds.directory == "" {
		if builds.directory, err = os.MkdirTemp("", "demotest"); err != nil {
			return "", err
		}
	}
	program = filepath.Join(builds.directory, filepath.Base(directory))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	output, err := exec.Command("go", "build", "-o", program, directory).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return program, err
}

// demo returns the command of the demo with args.
func demo(args ...string) *exec.Cmd {
	cmd := peers.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), runDemo+"=1")
	return cmd
}

// start starts a program on a free port. Another process may take the port before the
// program listens, so start tries again with another port.
func start(t testing.TB, command func(port int) *exec.Cmd) *Program {
	t.Helper()
	var p *Program
	for range 5 {
		p = &Program{t: t, port: freePort(t), ended: make(chan struct{})}
		p.process = command(p.port)
		p.process.Stdout, p.process.Stderr = &p.output, &p.output
		require.NoError(t, p.process.Start())
		go func() {
			p.process.Wait()
			close(p.ended)
		}()
		if p.listens() {
			t.Cleanup(p.Stop)
			return p
		}
	}
	t.Fatalf("the program does not listen on its port:\n%s", p.Output())
	return nil
}

// freePort returns a port on which no process listens. The system gives ports above 32767 to
// connections and to listeners that ask for any port, so freePort stays below: otherwise another
// test could get the port first, or listens could connect to itself.
func freePort(t testing.TB) int {
	t.Helper()
	for {
		port := 20000 + rand.IntN(12000)
		probe, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err == nil {
			probe.Close()
			return port
		}
		require.ErrorIs(t, err, syscall.EADDRINUSE)
	}
}

// listens waits until the program accepts connections. It returns false if the program ends.
func (p *Program) listens() bool {
	for deadline := time.Now().Add(Timeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		conn, err := net.Dial("tcp", p.Addr())
		if err == nil {
			conn.Close()
		}
		select {
		case <-p.ended:
			return false
		default:
		}
		if err == nil {
			return true
		}
	}
	p.Stop()
	return false
}

// Port returns the program's port.
func (p *Program) Port() int { return p.port }

// Addr returns the program's address and port.
func (p *Program) Addr() string { return fmt.Sprintf("127.0.0.1:%d", p.port) }

// URL returns the URL of a path of the program.
func (p *Program) URL(path string) string { return "http://" + p.Addr() + path }

// PeakMemory returns the most memory that the program has used so far, in bytes. On systems other
// than Linux it returns 0.
func (p *Program) PeakMemory() int64 {
	p.t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Process.Pid))
	require.NoError(p.t, err)
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	require.True(p.t, found)
	var kilobytes int64
	_, err = fmt.Sscan(rest, &kilobytes)
	require.NoError(p.t, err)
	return kilobytes << 10
}

// Output returns what the program has written so far.
func (p *Program) Output() string { return p.output.String() }

// WaitForOutput waits until the program has written text.
func (p *Program) WaitForOutput(text string) {
	p.t.Helper()
	p.WaitFor(func(output string) bool { return strings.Contains(output, text) }, text)
}

// WaitFor waits until holds returns true for the program's output. want says what it waits for.
func (p *Program) WaitFor(holds func(output string) bool, want string) {
	p.t.Helper()
	for deadline := time.Now().Add(Timeout); !holds(p.Output()); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			p.t.Fatalf("the program does not write %q but:\n%s", want, p.Output())
		}
	}
}

// Stop ends the program and waits for its end.
func (p *Program) Stop() {
	p.process.Process.Kill()
	<-p.ended
}

// A buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.Write(p)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.String()
}
