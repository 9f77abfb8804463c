package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

// asProgram makes the test binary run as the demo server.
const asProgram = "DEMO_SERVER_TEST_MAIN"

// A program is a demo server in its own process, and the processes that follow it.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	output *bufio.Reader
	// lifeline is a pipe to the standard input of all processes of the program. It closes when
	// the test binary ends, and then they end too.
	lifeline *os.File
	pid      int // of the process that serves
	testServer
}

var announcement = regexp.MustCompile(`http://([^/]+)/ \(process (\d+);`)

// launch starts a server and waits until it serves. It is killed at the end of the test.
func launch(t *testing.T, args ...string) *program {
	t.Helper()
	return launchProgram(t, os.Args[0], args...)
}

func launchProgram(t *testing.T, path string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(path, append([]string{"-port=0"}, args...)...)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	output, writing, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdout = writing // stderr, which has the log, is not set: the test does not read it
	lifeline, held, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdin, p.lifeline = lifeline, held
	require.NoError(t, p.cmd.Start())
	writing.Close()
	lifeline.Close()
	p.output = bufio.NewReader(output)
	t.Cleanup(func() {
		syscall.Kill(p.pid, syscall.SIGKILL)
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.lifeline.Close()
		output.Close()
	})
	output.SetReadDeadline(time.Now().Add(2 * patience))
	p.serving()
	return p
}

// serving waits until a process reports that it serves.
func (p *program) serving() {
	p.t.Helper()
	for {
		line, err := p.output.ReadString('\n')
		require.NoError(p.t, err)
		if m := announcement.FindStringSubmatch(line); m != nil {
			p.address = m[1]
			p.pid, _ = strconv.Atoi(m[2])
			return
		}
	}
}

// A process that has taken over ends when the tests end, even if they are killed.
func TestASuccessorEndsWithTheTests(t *testing.T) {
	p := launch(t)
	require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP))
	p.serving()
	require.NoError(t, p.cmd.Wait())
	p.lifeline.Close()
	_, err := io.Copy(io.Discard, p.output) // waits until the successor has closed the other end
	require.NoError(t, err)
}

// stop ends the server gracefully and waits for it.
func (p *program) stop() {
	p.t.Helper()
	require.NoError(p.t, syscall.Kill(p.pid, syscall.SIGTERM))
	_, err := io.Copy(io.Discard, p.output) // waits until all processes have closed the other end
	require.NoError(p.t, err)
	require.NoError(p.t, p.cmd.Wait())
}

// login logs a user in and returns the visitor.
func login(t *testing.T, s *testServer) *visitor {
	t.Helper()
	v := visit(t, s)
	v.post("/login", url.Values{"_xsrf": {v.token("/login")}, "name": {"Ada"}})
	return v
}

// A new process takes over: no connection is refused, WebSockets are closed with 1001, the chat
// keeps its history, and users stay logged in.
func TestSIGHUPStartsANewProcess(t *testing.T) {
	for _, loops := range []string{"1", "2"} {
		t.Run("loops="+loops, func(t *testing.T) {
			p := launch(t, "-loops="+loops)
			first := *p
			ada := dial(t, &p.testServer, "/ws/chat/tea?name=Ada")
			ada.expect("welcome", "Ada")
			ada.say("before")
			said := ada.expect("message", "before")
			v := login(t, &p.testServer)

			hello := p.url("/hello")
			var stop atomic.Bool
			refused := make(chan error, 1)
			go func() {
				client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
				for !stop.Load() {
					answer, err := client.Get(hello)
					if err != nil {
						refused <- err
						return
					}
					answer.Body.Close()
				}
				refused <- nil
			}()
			require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP))
			if got := ada.read(); got != (frame{opClose, "\x03\xe9"}) {
				t.Errorf("got %v, want a close frame with 1001", got)
			}
			ada.send(opClose, "\x03\xe9")
			p.serving()
			require.Equal(t, first.address, p.address)
			require.NotEqual(t, first.pid, p.pid)
			require.NoError(t, p.cmd.Wait(), "the first process ends well")
			stop.Store(true)
			require.NoError(t, <-refused)

			ada = dial(t, &p.testServer, "/ws/chat/tea?name=Ada")
			require.Equal(t, []chatEvent{said}, ada.expect("welcome", "Ada").History)
			answer, _ := v.get("/account")
			require.Equal(t, 200, answer.StatusCode, "users stay logged in")
		})
	}
}

// The state in the file of -state is restored after a time without a server.
func TestStateOutlivesTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	p := launch(t, "-state="+file)
	ada := dial(t, &p.testServer, "/ws/chat/tea?name=Ada")
	ada.expect("welcome", "Ada")
	ada.say("before")
	said := ada.expect("message", "before")
	v := login(t, &p.testServer)
	where, err := url.Parse(p.url("/"))
	require.NoError(t, err)
	cookies := v.client.Jar.Cookies(where)
	ada.conn.Close() // the server need not wait for it
	p.stop()
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode(), "the file contains a secret")

	p = launch(t, "-state="+file)
	bob := dial(t, &p.testServer, "/ws/chat/tea?name=Bob")
	require.Equal(t, []chatEvent{said}, bob.expect("welcome", "Bob").History)
	bob.say("after")
	require.Greater(t, bob.expect("message", "after").At, said.At)
	again := visit(t, &p.testServer)
	where, err = url.Parse(p.url("/"))
	require.NoError(t, err)
	again.client.Jar.SetCookies(where, cookies)
	answer, _ := again.get("/account")
	require.Equal(t, 200, answer.StatusCode)
}

func TestStateThatCannotBeReadIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	for _, tt := range []struct{ text, want string }{
		{"", "state.json: EOF"},
		{"{", "state.json: unexpected EOF"},
		{"{}", "state.json: it has no secret"},
	} {
		require.NoError(t, os.WriteFile(file, []byte(tt.text), 0o600))
		if _, err := newDemo(demoConfig{address: "127.0.0.1", state: file}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

// After a restart of the server, the chat page connects again under its name, and shows no
// message twice.
func TestBrowserChatSurvivesARestart(t *testing.T) {
	b, p := webdriver.OpenBrowser(t), launch(t)
	b.SetSize(1280, 844)
	b.Open(p.url("/chat"))
	b.WaitFor(connectedNow)
	b.Write("#text", "before")
	b.Click("#composer button")
	b.WaitFor(logHas("before"))
	b.Write("#text", "a draft")
	b.Run(`window.seen = []; new MutationObserver(() => seen.push(document.querySelector("#status").textContent)).observe(document.querySelector("#status"), { childList: true })`, nil)
	require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP))
	p.serving()
	b.WaitFor(`seen.some((text) => text.startsWith("The server restarts"))`)
	b.WaitFor(connectedNow)
	other := dial(t, &p.testServer, "/ws/chat?name=Other")
	require.Contains(t, other.expect("welcome", "Other").Online, "Guest 1")
	other.say("after")
	b.WaitFor(logHas("after"))
	b.WaitFor(`document.querySelectorAll("#log .mine, #log .theirs").length === 2`)
	b.WaitFor(`document.querySelector("#online .mine").textContent === "Guest 1 (you)"`)
	b.WaitFor(`document.querySelector("#text").value === "a draft"`)
	b.Screenshot("chat-restarted")
	b.RequireNoErrors()
}
