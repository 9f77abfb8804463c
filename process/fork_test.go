package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// patience limits every wait for another process.
const patience = 30 * time.Second

// programs are the programs that the test binary runs instead of tests. The environment variable
// PROCESS_TEST names one of them.
var programs = map[string]func(){
	"server":  func() { forkServer(Options{Open: openAnnounced}) },
	"nothing": func() { forkServer(Options{}) },
	"crash":   func() { forkServer(Options{MaxRestarts: 3}) },
	"refused": func() {
		forkServer(Options{Open: func() ([]*os.File, error) { return nil, errors.New("no such address") }})
	},
	"task":        func() { fmt.Println(TaskID()) },
	"predecessor": succeed,
	"which":       whichProgram,
}

func TestMain(m *testing.M) {
	if program, ok := programs[os.Getenv("PROCESS_TEST")]; ok {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// forkServer is the main of these programs. The environment variable ACT says what its
// children do.
func forkServer(o Options) {
	n, _ := strconv.Atoi(os.Getenv("N"))
	id, files, err := ForkProcesses(n, o)
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(7)
	}
	switch os.Getenv("ACT") {
	case "tell":
		task, child := TaskID()
		fmt.Println("task", id, task, child, len(files), os.Args[1:])
	case "exit 3":
		os.Exit(3)
	case "twice":
		_, _, err := ForkProcesses(n, o)
		fmt.Println(err)
	case "polite":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, unix.SIGTERM)
		go func() { <-stop; fmt.Println("goodbye from", id); os.Exit(0) }()
		serveLines(id, files[0])
	default:
		serveLines(id, files[0])
	}
}

func openAnnounced() ([]*os.File, error) {
	sockets, err := tcpserver.BindSockets(0, "127.0.0.1", tcpserver.SocketOptions{})
	if err != nil {
		return nil, err
	}
	fmt.Println("listening", sockets[0].Addr())
	files, err := Files(sockets)
	if err == nil {
		files[0].Fd() // makes it blocking
	}
	signal.Notify(make(chan os.Signal, 1), unix.SIGTERM) // the parent enables the signal, which has no effect
	return files, err
}

// serveLines reads lines and does what they say.
func serveLines(id int, socket *os.File) {
	flags := describeSocket(socket) // before other code changes it
	server := tcpserver.New(func(stream *iostream.IOStream, _ netip.AddrPort) error {
		for {
			line, err := stream.ReadUntil([]byte("\n"), 100).Await()
			if err != nil {
				return err
			}
			stream.Write([]byte(answer(id, strings.TrimSpace(string(line)), flags) + "\n"))
		}
	}, tcpserver.Options{})
	err := server.AddFile(socket)
	if err == nil {
		err = ioloop.Instance().Start()
	}
	fmt.Println("error:", err)
	os.Exit(8)
}

func answer(id int, line, flags string) string {
	word, value, _ := strings.Cut(line, " ")
	number, _ := strconv.Atoi(value)
	switch word {
	case "exit":
		os.Exit(number)
	case "kill":
		unix.Kill(os.Getpid(), unix.Signal(number))
		select {}
	case "pid":
		return strconv.Itoa(os.Getpid())
	case "program":
		program, _ := os.Executable()
		return program
	case "flags":
		return flags
	case "grandchild":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PROCESS_TEST=task")
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)) + fmt.Sprint(" ", err)
	}
	return strconv.Itoa(id)
}

func describeSocket(socket *os.File) string {
	status, _ := unix.FcntlInt(socket.Fd(), unix.F_GETFL, 0)
	flags, _ := unix.FcntlInt(socket.Fd(), unix.F_GETFD, 0)
	lifeline, _ := unix.FcntlInt(lifelineFD, unix.F_GETFD, 0)
	return fmt.Sprintf("non-blocking %v, closed on exec %v %v, own group %v", status&unix.O_NONBLOCK != 0,
		flags&unix.FD_CLOEXEC != 0, lifeline&unix.FD_CLOEXEC != 0, unix.Getpgrp() == os.Getpid())
}

// A program is a running parent with its children.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	output chan string   // lines of the parent and its children
	ended  chan struct{} // closed when the parent and all children have closed their output
}

func startProgram(t *testing.T, name string, env ...string) *program {
	t.Helper()
	return startProgramAt(t, os.Args[0], name, env...)
}

func startProgramAt(t *testing.T, path, name string, env ...string) *program {
	t.Helper()
	cmd := exec.Command(path, "-test.v=false", "argument")
	cmd.Env = append(append(os.Environ(), "PROCESS_TEST="+name, "GORACE=atexit_sleep_ms=0"), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &program{t, cmd, make(chan string, 1000), make(chan struct{})}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.output <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill() // the children end after it
		p.waitAll()
		cmd.Wait()
	})
	return p
}

// line returns the next line of output.
func (p *program) line() string {
	p.t.Helper()
	select {
	case line := <-p.output:
		return line
	case <-time.After(patience):
		p.t.Fatal("no output")
		return ""
	}
}

func (p *program) address() string {
	p.t.Helper()
	address, ok := strings.CutPrefix(p.line(), "listening ")
	require.True(p.t, ok)
	return address
}

// waitAll waits until the parent and all children have ended.
func (p *program) waitAll() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Error("processes are left over")
	}
}

// wait waits for the parent and all children. It returns the parent's exit code, and the rest of
// the output in sorted lines.
func (p *program) wait() (code int, rest []string) {
	p.t.Helper()
	p.waitAll()
	p.cmd.Wait()
	for len(p.output) > 0 {
		rest = append(rest, <-p.output)
	}
	slices.Sort(rest)
	return exitCode(p.cmd.ProcessState), rest
}

// ask sends a line on a new connection. If the child dies, the error is io.EOF.
func ask(t *testing.T, address, line string) (string, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err, "the socket is open all the time")
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintln(c, line)
	got, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(got), err
}

// reach calls ask until child id has responded, and sends it line on that connection.
func reach(t *testing.T, address string, id int, line string) (answer string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err, "the socket is open all the time")
		c.SetDeadline(deadline)
		lines := bufio.NewScanner(c)
		fmt.Fprintln(c, "id")
		if lines.Scan() && lines.Text() == strconv.Itoa(id) {
			fmt.Fprintln(c, line)
			lines.Scan()
			c.Close()
			return lines.Text()
		}
		c.Close()
	}
	t.Fatalf("child %d does not answer", id)
	return ""
}

// misc-10: children that fail or are killed are replaced under their number. Children that
// exit with 0 are not, and then the parent exits with 0 too.
func TestForkProcesses(t *testing.T) {
	p := startProgram(t, "server", "N=2")
	address := p.address()
	for _, line := range []string{"exit 2", "kill 9"} {
		for id := range 2 {
			before := reach(t, address, id, "pid")
			require.Empty(t, reach(t, address, id, line))
			require.NotEqual(t, before, reach(t, address, id, "pid"), "child %d after %s", id, line)
		}
	}
	reach(t, address, 1, "exit 0")
	reach(t, address, 0, "exit 0")
	code, _ := p.wait()
	require.Zero(t, code)
}

// misc-10: ForkProcesses starts one child for each CPU. The children are numbered from 0 and get
// the program's arguments.
func TestEachChildHasItsNumber(t *testing.T) {
	for n, count := range map[string]int{"-1": CPUCount(), "0": CPUCount(), "3": 3} {
		var want []string
		for id := range count {
			want = append(want, fmt.Sprintf("task %d %d true 0 [-test.v=false argument]", id, id))
		}
		code, got := startProgram(t, "nothing", "N="+n, "ACT=tell").wait()
		require.Equal(t, want, got)
		require.Zero(t, code)
	}
}

// misc-10: at most MaxRestarts restarts.
func TestGivingUp(t *testing.T) {
	code, got := startProgram(t, "crash", "N=2", "ACT=exit 3").wait()
	require.Equal(t, []string{"error: process: too many child restarts, giving up"}, got)
	require.Equal(t, 7, code)
}

// While children are killed again and again, every connection is accepted.
func TestNoConnectionIsRefusedDuringRestarts(t *testing.T) {
	p := startProgram(t, "server", "N=2")
	address := p.address()
	var connections atomic.Int64
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(failed)
		for {
			select {
			case <-stop:
				return
			default:
			}
			c, err := net.Dial("tcp", address)
			if err != nil {
				failed <- err
				return
			}
			connections.Add(1)
			c.Close()
		}
	}()
	for range 10 {
		_, err := ask(t, address, "kill 9")
		require.Error(t, err)
	}
	close(stop)
	require.NoError(t, <-failed)
	require.Greater(t, connections.Load(), int64(10))
	reach(t, address, 0, "pid")
	reach(t, address, 1, "pid")
}

func TestSignalsArePassedOn(t *testing.T) {
	for _, tt := range []struct {
		act  string
		sig  unix.Signal
		code int
		rest []string
	}{
		{"polite", unix.SIGTERM, 0, []string{"goodbye from 0", "goodbye from 1"}},
		{"serve", unix.SIGTERM, -int(unix.SIGTERM), nil},
		{"serve", unix.SIGINT, -int(unix.SIGINT), nil},
	} {
		p := startProgram(t, "server", "N=2", "ACT="+tt.act)
		address := p.address()
		for id := range 2 {
			reach(t, address, id, "pid") // the children are ready
		}
		p.cmd.Process.Signal(tt.sig)
		code, rest := p.wait()
		require.Equal(t, tt.code, code, "%s, %v", tt.act, tt.sig)
		require.Equal(t, tt.rest, rest, "%s, %v", tt.act, tt.sig)
	}
}

// The children end when their parent is killed.
func TestChildrenFollowAKilledParent(t *testing.T) {
	p := startProgram(t, "server", "N=2", "ACT=polite")
	address := p.address()
	for id := range 2 {
		reach(t, address, id, "pid")
	}
	p.cmd.Process.Kill()
	_, rest := p.wait()
	require.Equal(t, []string{"goodbye from 0", "goodbye from 1"}, rest)
}

func TestInheritedDescriptors(t *testing.T) {
	p := startProgram(t, "server", "N=1")
	address := p.address()
	const flags = "non-blocking true, closed on exec true true, own group true"
	got, err := ask(t, address, "flags")
	require.NoError(t, err)
	require.Equal(t, flags, got)
	got, err = ask(t, address, "grandchild")
	require.NoError(t, err)
	require.Equal(t, "0 false <nil>", got, "a child's own children are none of ours")
	ask(t, address, "kill 9") // the socket has been passed on again; its mode must not have changed
	got, err = ask(t, address, "flags")
	require.NoError(t, err)
	require.Equal(t, flags, got)
}

func TestForkProcessesFails(t *testing.T) {
	code, got := startProgram(t, "refused", "N=2").wait()
	require.Equal(t, []string{"error: process: open: no such address"}, got)
	require.Equal(t, 7, code)

	_, got = startProgram(t, "nothing", "N=1", "ACT=twice").wait()
	require.Equal(t, []string{"process: ForkProcesses was called twice in child 0: call it once"}, got)

	_, got = startProgram(t, "nothing", "N=1", taskVariable+"=first").wait()
	require.Equal(t, []string{`error: process: the environment variable TORNADO_TASK="first" is not from ForkProcesses: unset it`}, got)
}

// misc-10: ForkProcesses on a loop is an error, because it would block the loop until the
// end.
func TestForkProcessesOnALoop(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	defer l.Close()
	fork := func() (int, error) {
		id, _, err := ForkProcesses(1, Options{Open: func() ([]*os.File, error) { return nil, io.EOF }})
		return id, err
	}
	_, err = fork()
	require.ErrorIs(t, err, io.EOF, "outside, it gets as far as Open")
	id, err := ioloop.RunSync(l, patience, fork)
	require.ErrorContains(t, err, "call it before the loop is started")
	require.Equal(t, -1, id)
}

func TestParseTask(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"0/0", "0/0"},
		{"12/3", "12/3"},
		{"", "error"},
		{"1", "error"},
		{"-1/2", "error"},
		{"1/-2", "error"},
		{"1/2/3", "error"},
		{"01/2", "error"},
		{" 1/2", "error"},
	} {
		got := "error"
		if task := parseTask(tt.in); task.err == nil && task.child {
			got = task.String()
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestIgnoredSignalsStayIgnored(t *testing.T) {
	require.Contains(t, passedSignals(), os.Signal(unix.SIGUSR2))
	signal.Ignore(unix.SIGUSR2)
	defer func() { // Reset alone would leave it ignored
		c := make(chan os.Signal, 1)
		signal.Notify(c, unix.SIGUSR2)
		signal.Stop(c)
	}()
	require.NotContains(t, passedSignals(), os.Signal(unix.SIGUSR2))
}

// A unix socket keeps its path. A listener without a descriptor is an error, and no file is
// returned.
func TestFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	unixSocket, err := net.Listen("unix", name)
	require.NoError(t, err)
	files, err := Files([]net.Listener{unixSocket})
	require.NoError(t, err)
	require.FileExists(t, name)
	c, err := net.Dial("unix", name)
	require.NoError(t, err, "it listens on")
	c.Close()
	closeAll(files)

	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, err = Files([]net.Listener{tcp, struct{ net.Listener }{tcp}})
	require.EqualError(t, err, "process: a struct { net.Listener } has no descriptor: use sockets of package net")
	_, err = net.Dial("tcp", tcp.Addr().String())
	require.Error(t, err, "all are closed")
}
