package main

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// launchReplaceable starts a copy of the server and returns the path of the copy. A new
// process runs the program that is at that path at the time of the hand-over.
func launchReplaceable(t *testing.T) (p *program, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "server")
	data, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o755))
	return launchProgram(t, path), path
}

// hang replaces the program at path by one that is never ready, and sends SIGHUP to p. It
// returns the process number of the hanging new process.
func (p *program) hang(path string) (pid int) {
	p.t.Helper()
	note := path + ".pid"
	script := "#!/bin/sh\necho $$ > " + note + ".new\nmv " + note + ".new " + note + "\nexec sleep 60\n"
	require.NoError(p.t, os.Remove(path))
	require.NoError(p.t, os.WriteFile(path, []byte(script), 0o755))
	require.NoError(p.t, syscall.Kill(p.pid, syscall.SIGHUP))
	require.Eventually(p.t, func() bool {
		text, err := os.ReadFile(note)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	}, patience, 5*time.Millisecond)
	p.t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// ended waits until the server's first process has ended, and returns its exit state.
func (p *program) ended(within time.Duration) *os.ProcessState {
	p.t.Helper()
	done := make(chan struct{})
	go func() { p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(within):
		p.t.Fatalf("the server still runs after %v", within)
	}
	return p.cmd.ProcessState
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH }, patience, 5*time.Millisecond, "process %d lives on", pid)
}

// SIGTERM works immediately while a new process hangs, and ends the new process too.
func TestTerminateDuringAHandOver(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p, path := launchReplaceable(t)
		successor := p.hang(path)
		require.NoError(t, syscall.Kill(p.pid, sig))
		require.True(t, p.ended(grace/2).Success(), "after %v: %v", sig, p.cmd.ProcessState)
		requireGone(t, successor)
	}
}

// A second signal ends the program even if a WebSocket does not answer the close frame.
func TestTerminateTwice(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		p, path := launchReplaceable(t)
		ada := dial(t, &p.testServer, "/ws/chat/tea?name=Ada")
		ada.expect("welcome", "Ada")
		successor := 0
		if hangs {
			successor = p.hang(path)
		}
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGTERM))
		require.Equal(t, frame{opClose, "\x03\xe9"}, ada.read(), "the first signal is obeyed")
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP)) // has no effect any more
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGTERM))
		require.Equal(t, "signal: terminated", p.ended(grace/2).String())
		if hangs {
			requireGone(t, successor)
		}
	}
}

// After SIGHUP and then SIGTERM, at any moment of the hand-over, either both processes end or
// the new process serves.
func TestHangUpThenTerminate(t *testing.T) {
	outcomes := map[string]int{}
	for range 20 {
		p := launch(t)
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGHUP))
		time.Sleep(rand.N(60 * time.Millisecond)) // a random moment of the hand-over
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGTERM))
		require.True(t, p.ended(patience).Success(), "%v", p.cmd.ProcessState)
		if !p.serves() {
			outcomes["both ended"]++
			_, err := io.Copy(io.Discard, p.output) // until no process has the other end
			require.NoError(t, err)
			continue
		}
		outcomes["handed over"]++
		p.serving()
		require.NoError(t, syscall.Kill(p.pid, syscall.SIGKILL))
	}
	t.Log(outcomes)
}

// serves reports whether a process serves the address. It is false if no process listens there.
func (p *program) serves() (yes bool) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		answer, err := http.Get(p.url("/hello"))
		if err != nil {
			return errors.Is(err, syscall.ECONNREFUSED)
		}
		answer.Body.Close()
		yes = answer.StatusCode == 200
		return yes
	}, patience, 5*time.Millisecond)
	return yes
}
