package webtest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// CheckLeaks fails the test if goroutines, sockets, pipes or loops outlive it. Call it at
// the start of a test, or in SetupTest with T(). The check runs after the other cleanups of the
// test, and waits up to Timeout for the end of what the test has started. It covers the whole
// process, so such tests must not run in parallel. Descriptors are checked on Linux only.
func CheckLeaks(t testing.TB) {
	t.Helper()
	useRuntimePoller()
	before := leaksNow()
	t.Cleanup(func() {
		deadline := time.Now().Add(Timeout())
		for {
			left := leaksNow()
			maps.DeleteFunc(left, func(name, _ string) bool { _, old := before[name]; return old })
			if len(left) == 0 {
				return
			}
			if time.Now().After(deadline) {
				for _, name := range slices.Sorted(maps.Keys(left)) {
					t.Errorf("webtest: %s outlives the test\n%s", name, left[name])
				}
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
}

// useRuntimePoller makes the runtime open the descriptors of its own poller, which stay open.
func useRuntimePoller() {
	if r, w, err := os.Pipe(); err == nil {
		r.SetReadDeadline(time.Now())
		r.Close()
		w.Close()
	}
}

// leaksNow returns the goroutines and descriptors of the process by name, with details.
func leaksNow() map[string]string {
	found := map[string]string{}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		head, _, _ := strings.Cut(string(stack), " [")
		if !ownedByTests(string(stack)) {
			found[head] = string(stack)
		}
	}
	for _, path := range descriptors() {
		if kind, err := os.Readlink(path); err == nil && isLeak(kind) {
			found[fmt.Sprint("descriptor ", path, " of ", kind)] = ""
		}
	}
	return found
}

// ownedByTests reports whether a goroutine belongs to package testing or to a signal handler.
func ownedByTests(stack string) bool {
	return strings.Contains(stack, "testing.(*T).Run(") || strings.Contains(stack, "testing.(*M).") ||
		strings.Contains(stack, "created by testing.") || strings.Contains(stack, "os/signal.loop(")
}

func descriptors() []string {
	paths, _ := filepath.Glob("/proc/self/fd/*")
	return paths
}

func isLeak(kind string) bool {
	return strings.HasPrefix(kind, "socket:") || strings.HasPrefix(kind, "pipe:") || kind == "anon_inode:[eventpoll]"
}
