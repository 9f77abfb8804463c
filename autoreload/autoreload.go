// Package autoreload builds and restarts the program when one of its files changes, during
// development. Tornado: tornado.autoreload.
//
// An application with Settings.Debug or Settings.Autoreload needs no call: it calls Start
// when it is made. Then, at each change of a source file,
//
//   - the go command builds the program in the background. If that fails, the running
//     program goes on, and its log and its pages show the messages of the compiler;
//   - the new version starts beside the old one, with the same arguments and environment. It
//     gets the listening sockets, so that no connection is refused. If it ends before it
//     serves, the old one goes on;
//   - the old version calls its reload hooks, responds to the requests that it has received,
//     closes its WebSockets with code 1001, and ends.
//
// The first process remains, as a small supervisor that passes signals on to the current
// version. Under go test, in a child of process.ForkProcesses, and where the sources or the
// go command are missing, Start does nothing.
//
// Start does not help a program that does not compile at its very start. For that, run it
// through the command tornado-autoreload.
package autoreload

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/process"
)

// Options configure Start. The zero value has Tornado's defaults.
type Options struct {
	CheckTime time.Duration // time between two looks at the files if the system sends no events; 0 means 500ms. Tornado: check_time
	Poll      bool          // do not use events, for network file systems and containers that have none
	Grace     time.Duration // time for the running requests of the old version to end; 0 means 5s
}

func (o Options) withDefaults() Options {
	o.CheckTime = cmp.Or(o.CheckTime, 500*time.Millisecond)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	return o
}

// state is the state of this process.
var state struct {
	sync.Mutex
	started bool           // Start was called
	loop    *ioloop.IOLoop // the loop that called Start; nil means the loop that accepts
	watched []string       // absolute paths of Watch
	hooks   []func()
}

// buildFailure holds the messages of the last build if it failed. Otherwise it holds "" or nil.
var buildFailure atomic.Pointer[string]

// BuildFailure returns the messages of the compiler if the last build has failed, else "". A
// debugging page shows them. Any goroutine may call it.
func BuildFailure() string {
	if text := buildFailure.Load(); text != nil {
		return *text
	}
	return ""
}

// Start watches the files of the program from now on, and restarts it after a change. Reload
// hooks run on l; nil means the loop that accepts connections. A second call for the same loop
// does nothing, for another loop it logs a warning. Any goroutine may call it. Tornado: start.
func Start(l *ioloop.IOLoop, options ...Options) {
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	if _, forked := process.TaskID(); forked || flag.Lookup("test.v") != nil {
		return
	}
	state.Lock()
	before, again := state.loop, state.started
	if !again {
		state.loop, state.started = l, true
	}
	state.Unlock()
	switch {
	case again && before == l:
	case again:
		log.Gen().Warn("tornado.autoreload started more than once in the same process")
	case isChild():
		go serveSupervisor(o.withDefaults())
	default:
		go startReloader(contextOf(l), o.withDefaults())
	}
}

// Watch restarts the program when the file at path changes, or a file in the directory at
// path. A file that does not exist is watched from its appearance on. Templates,
// translations and static files need no Watch in debug mode: they are read again without a
// restart. Any goroutine may call it. Tornado: watch.
func Watch(path string) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		log.Gen().Warn(fmt.Sprintf("autoreload: %s is not watched: %v", path, err))
		return
	}
	state.Lock()
	defer state.Unlock()
	if !slices.Contains(state.watched, absolute) {
		state.watched = append(state.watched, absolute)
	}
}

// AddReloadHook calls fn once before this version of the program ends for a new one, on the
// loop of Start, after the functions that were added before it. A panic is logged. Files and
// sockets need no hook: they are closed. Any goroutine may call it. Tornado: add_reload_hook.
func AddReloadHook(fn func()) {
	state.Lock()
	defer state.Unlock()
	state.hooks = append(state.hooks, fn)
}

// Wait watches the files and restarts the program after a change. It returns only if that
// is not possible. Use it at the end of a program that has failed. Tornado: wait.
func Wait() error {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	Start(l)
	return l.Start()
}

// contextOf returns the context of the loop, which is done when the loop is closed.
func contextOf(l *ioloop.IOLoop) context.Context {
	if l == nil {
		return context.Background()
	}
	return l.Context()
}

// watchedPaths returns the paths of Watch.
func watchedPaths() []string {
	state.Lock()
	defer state.Unlock()
	return slices.Clone(state.watched)
}

// runHooks calls the reload hooks on the loop, and waits for their end or for ctx.
func runHooks(ctx context.Context) {
	state.Lock()
	hooks, l := state.hooks, state.loop
	state.hooks = nil
	state.Unlock()
	run := succession.Run
	if l != nil {
		run = l.AddCallback
	}
	for _, hook := range hooks {
		done := make(chan struct{})
		run(func() {
			defer close(done)
			hook()
		})
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}
