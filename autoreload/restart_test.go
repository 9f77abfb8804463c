package autoreload_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// patience is the time limit for a build and a start. It allows for a busy machine.
const patience = 60 * time.Second

// serverSource is the source of a program that responds with REPLY. Its flags choose what else it
// does.
const serverSource = `package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/gotornado/tornado/autoreload"
	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web"
)

const reply = "REPLY"

type hello struct{ web.RequestHandler }

func (h *hello) Get(...string) error {
	if h.GetArgument("slow", "") != "" {
		ioloop.Sleep(h.Loop(), 300*time.Millisecond).Await()
	}
	return h.WriteString(reply)
}

type pid struct{ web.RequestHandler }

func (h *pid) Get(...string) error { return h.WriteString(fmt.Sprint(os.Getpid())) }

func main() {
	poll := flag.Bool("poll", false, "")
	watch := flag.String("watch", "", "")
	flag.Parse()
	log.EnablePrettyLogging(log.Options{})
	if *poll {
		autoreload.Start(nil, autoreload.Options{Poll: true, CheckTime: 20 * time.Millisecond})
	}
	if *watch != "" {
		autoreload.Watch(*watch)
	}
	for _, n := range []int{1, 2} {
		autoreload.AddReloadHook(func() {
			fmt.Println("hook", n, "of", reply)
			if n == 1 {
				panic("a fault in a hook")
			}
		})
	}
	app := web.NewApplication([]web.URLSpec{web.URL("/", hello{}), web.URL("/pid", pid{})}, web.Settings{Debug: true})
	server := httpserver.New(app, httpserver.Options{})
	bound, err := server.Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	fmt.Printf("serving on %v\n", bound)
	ioloop.Instance().Start()
}
`

// A module is the source of a program in a directory of its own.
type module struct {
	t   *testing.T
	dir string
}

// newModule writes a module that requires this one, with source as its main.go.
func newModule(t *testing.T, source string) *module {
	t.Helper()
	peers.Program(t, "go") // each test builds programs
	m := &module{t, t.TempDir()}
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	text := strings.Replace(string(mod), "module github.com/gotornado/tornado", "module example.com/app", 1)
	m.write("go.mod", text+"\nrequire github.com/gotornado/tornado v0.0.0\nreplace github.com/gotornado/tornado => "+root+"\n")
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	m.write("go.sum", string(sum))
	m.write("main.go", source)
	return m
}

func (m *module) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(m.t, os.WriteFile(path, []byte(text), 0o644))
}

// reply writes the server with another reply.
func (m *module) reply(text string) {
	m.write("main.go", strings.Replace(serverSource, "REPLY", text, 1))
}

// goCommand runs the go command in the module.
func (m *module) goCommand(args ...string) {
	m.t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = m.dir
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, string(out))
}

// build builds the package at path, relative to the module, and returns the file.
func (m *module) build(path string) string {
	m.t.Helper()
	file := filepath.Join(m.t.TempDir(), "app")
	m.goCommand("build", "-o", file, path)
	return file
}

// A running program has its output in log.
type running struct {
	t   *testing.T
	cmd *exec.Cmd
	url string

	mu     sync.Mutex
	output bytes.Buffer
	done   chan struct{}
}

// run starts the program file in the module.
func (m *module) run(file string, args ...string) *running {
	m.t.Helper()
	r := &running{t: m.t, cmd: peers.Command(file, args...), done: make(chan struct{})}
	r.cmd.Dir = m.dir
	r.cmd.Stdout, r.cmd.Stderr = r, r
	require.NoError(m.t, r.cmd.Start())
	go func() { r.cmd.Wait(); close(r.done) }()
	m.t.Cleanup(func() {
		r.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-r.done:
		case <-time.After(patience):
			r.cmd.Process.Kill()
			m.t.Error("the program goes on after SIGTERM")
		}
		if m.t.Failed() {
			m.t.Log(r.cmd.ProcessState)
			m.t.Log(regexp.MustCompile(`(?m)^.* (200|500) GET .*\n`).ReplaceAllString(r.text(), ""))
		}
	})
	return r
}

// Write takes output of the program.
func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.Write(p)
}

func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

// forget drops the output so far.
func (r *running) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.output.Reset()
}

// expect waits until the output matches the pattern, and returns the first group.
func (r *running) expect(pattern string) (group string) {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	require.Eventually(r.t, func() bool {
		found := re.FindStringSubmatch(r.text())
		if len(found) > 1 {
			group = found[1]
		}
		return found != nil || r.hasEnded()
	}, patience, 5*time.Millisecond, "no %s", pattern)
	require.Regexp(r.t, re, r.text(), "the program has ended")
	return group
}

// hasEnded reports whether the program has ended. If so, log has all of its output.
func (r *running) hasEnded() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// serve starts the server of the module and waits until it serves.
func (m *module) serve(args ...string) *running {
	m.t.Helper()
	r := m.run(m.build("."), args...)
	r.url = "http://" + r.expect(`serving on (\S+)`)
	return r
}

// get fetches a path. Each fetch has a connection of its own.
func (r *running) get(path string, header ...string) (status int, body string, err error) {
	request, err := http.NewRequest("GET", r.url+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.Close = true
	if len(header) == 2 {
		request.Header.Set(header[0], header[1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// answers waits until the server responds with want.
func (r *running) answers(want string) {
	r.t.Helper()
	var got string
	require.Eventually(r.t, func() bool {
		_, body, err := r.get("/")
		require.NoError(r.t, err)
		got = body
		return got == want
	}, patience, 10*time.Millisecond, "the server does not respond with the new text")
}

// A handler is edited while 2,000 requests arrive. No request is refused or cut off, and the new
// code responds in the end. The port, the process number and the terminal stay the same. The test
// takes seconds, like all tests in which the supervisor builds a program.
func TestEditUnderLoad(t *testing.T) { // autoreload-2, autoreload-4, autoreload-5, autoreload-9, autoreload-b2
	m := newModule(t, "")
	m.reply("first")
	r := m.serve()
	r.answers("first")

	const requests, clients = 2000, 8
	var wait sync.WaitGroup
	counts := make(chan string, requests)
	for i := range clients {
		wait.Go(func() {
			for j := range requests / clients {
				path := "/"
				if (i+j)%100 == 0 {
					path = "/?slow=1"
				}
				_, body, err := r.get(path)
				if err != nil {
					body = "error: " + err.Error()
				}
				counts <- body
				time.Sleep(2 * time.Millisecond) // the pause makes the load last longer than the reload
			}
		})
	}
	m.reply("second")
	edited := time.Now()
	r.answers("second")
	t.Logf("the new code responds after %v", time.Since(edited).Round(time.Millisecond))
	wait.Wait()
	close(counts)
	got := map[string]int{}
	for body := range counts {
		got[body]++
	}
	require.Equal(t, requests, got["first"]+got["second"], "%v", got)

	require.Contains(t, r.text(), filepath.Join(m.dir, "main.go")+" modified; restarting server")
	r.expect(`(?s)hook 1 of first\n.*a fault in a hook.*hook 2 of first\n`)
	_, child, err := r.get("/pid")
	require.NoError(t, err)
	require.NotEqual(t, strconv.Itoa(r.cmd.Process.Pid), child)

	m.reply("third") // by the supervisor
	r.answers("third")
	r.expect(`(?s)hook 1 of second\n.*hook 2 of second\n`)
	require.Equal(t, 1, strings.Count(r.text(), "hook 2 of first"), "once")
}

// After a build that fails, the running version stays, and its pages show the messages of the
// compiler.
func TestFaultAndItsMending(t *testing.T) { // autoreload-10, autoreload-b1
	m := newModule(t, "")
	m.reply("first")
	r := m.serve()
	for _, round := range []struct{ running, next string }{{"first", "second"}, {"second", "third"}} { // then the supervisor builds
		m.reply(`"+missing+"`)
		page := func() string {
			status, text, err := r.get("/", "Accept", "text/html")
			require.NoError(t, err)
			return fmt.Sprint(status, " ", text)
		}
		require.Eventually(t, func() bool {
			return regexp.MustCompile(`(?s)^500 .*main.go:\d+:\d+: undefined: missing`).MatchString(page())
		}, patience, 10*time.Millisecond)
		r.answers(round.running) // a client that does not ask for HTML gets the response of the running version
		r.expect("undefined: missing\n *the running version goes on")

		require.NoError(t, os.Remove(filepath.Join(m.dir, "main.go")))
		r.expect("(no Go files|no buildable Go source files|does not contain package|no required module)")
		r.answers(round.running)
		m.reply(round.next)
		require.Eventually(t, func() bool { return page() == "200 "+round.next }, patience, 10*time.Millisecond)
		r.forget()
	}
}

// If a new version ends before it serves, the running version stays.
func TestSuccessorThatEnds(t *testing.T) {
	m := newModule(t, "")
	m.reply("first")
	r := m.serve()
	for _, round := range []struct{ running, next string }{{"first", "second"}, {"second", "third"}} {
		m.write("main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(7) }\n")
		require.Eventually(t, func() bool {
			return strings.Contains(r.text(), "the new program ended before it served: exited with status 7; th")
		}, patience, 5*time.Millisecond)
		r.answers(round.running)
		m.reply(round.next)
		r.answers(round.next)
		r.forget()
	}
}

// Polling finds changes too: of sources, and of watched files.
func TestPolling(t *testing.T) { // autoreload-1, autoreload-3, autoreload-b3
	m := newModule(t, "")
	m.reply("first")
	m.write("data/words.txt", "one")
	r := m.serve("-poll", "-watch", "data/words.txt")
	m.reply("second")
	r.answers("second")
	r.expect("hook 2 of first")
	m.write("data/words.txt", "two")
	r.expect("data/words.txt modified; restarting server")
	r.expect("hook 2 of second")
	r.answers("second")
}

// Signals reach the current version, and the supervisor ends with its code.
func TestSignalsReachTheProgram(t *testing.T) {
	m := newModule(t, "")
	m.reply("first")
	r := m.serve()
	for _, version := range []string{"second", "third"} { // the second and third version are started by the supervisor, which runs by then
		m.reply(version)
		r.answers(version)
	}
	_, text, err := r.get("/pid")
	require.NoError(t, err)
	child, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	<-r.done
	require.Equal(t, 128+int(syscall.SIGTERM), r.cmd.ProcessState.ExitCode())
	require.Equal(t, syscall.ESRCH, syscall.Kill(child, 0))
}

// The new version ends if its supervisor is killed.
func TestTheSupervisorIsKilled(t *testing.T) {
	m := newModule(t, "")
	m.reply("first")
	r := m.serve()
	m.reply("second")
	r.answers("second")
	_, text, err := r.get("/pid")
	require.NoError(t, err)
	child, err := strconv.Atoi(text)
	require.NoError(t, err)
	r.expect("hook 2 of first")
	require.NoError(t, r.cmd.Process.Kill())
	require.Eventually(t, func() bool { return syscall.Kill(child, 0) == syscall.ESRCH }, patience, 5*time.Millisecond)
}

// waitSource is the source of a program that starts autoreload on two loops, and then calls Wait
// instead of serving.
const waitSource = `package main

import (
	"fmt"
	"os"

	"github.com/gotornado/tornado/autoreload"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

func main() {
	log.EnablePrettyLogging(log.Options{})
	fmt.Println("version NUMBER", os.Args[1:])
	l, _ := ioloop.New(ioloop.Options{})
	autoreload.Start(l)
	autoreload.Start(l)
	fmt.Println("same loop")
	autoreload.Wait()
}
`

func TestWaitAndSecondStart(t *testing.T) { // autoreload-5, autoreload-6, autoreload-14
	m := newModule(t, strings.Replace(waitSource, "NUMBER", "1", 1))
	r := m.run(m.build("."), "a", "b")
	r.expect(`(?s)version 1 \[a b\]\nsame loop\n.*tornado.autoreload started more than once in the same process`)
	m.write("main.go", strings.Replace(waitSource, "NUMBER", "2", 1))
	r.expect(`version 2 \[a b\]`)
	m.write("main.go", strings.Replace(waitSource, "NUMBER", "3", 1))
	r.expect(`version 3 \[a b\]`)
}

// forkSource has one child, which starts autoreload.
const forkSource = `package main

import (
	"fmt"
	"os"
	"time"

	"github.com/gotornado/tornado/autoreload"
	"github.com/gotornado/tornado/process"
)

func main() {
	if _, _, err := process.ForkProcesses(1, process.Options{}); err != nil {
		panic(err)
	}
	autoreload.Start(nil, autoreload.Options{CheckTime: time.Millisecond, Poll: true})
	os.WriteFile("main.go", []byte("package main"), 0o644)
	time.Sleep(300 * time.Millisecond) // a hundred looks
	fmt.Println("child ends")
}
`

func TestForkedChildrenDoNotReload(t *testing.T) { // autoreload-7
	m := newModule(t, forkSource)
	r := m.run(m.build("."))
	r.expect("child ends")
	require.NotContains(t, r.text(), "modified")
}
