package autoreload

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/log"
)

// A reloadSupervisor runs the current version of a program, and replaces it when a file changes.
type reloadSupervisor struct {
	rebuild      *rebuilder
	options      Options
	args         []string // of the program, without its name
	wraps        bool     // for the command tornado-autoreload: the supervisor waits for changes after the program has ended
	untilSuccess bool     // ends when the program exits with 0

	mu       sync.Mutex
	child    *version // nil after its end
	sockets  []succession.Socket
	watched  []string
	isEnding bool // a signal has asked for the end
}

func newSupervisor(rebuild *rebuilder, o Options) *reloadSupervisor {
	return &reloadSupervisor{rebuild: rebuild, options: o, args: os.Args[1:]}
}

// passedSignals are passed on to the program.
var passedSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// run supervises until the program ends, and returns the exit code.
func (s *reloadSupervisor) run() (code int) {
	defer s.rebuild.cleanUp()
	signals := make(chan os.Signal, len(passedSignals))
	signal.Notify(signals, passedSignals...)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	replacements := make(chan *version)
	go s.replaceAtChanges(ctx, replacements)
	for {
		current := s.current()
		select {
		case sig := <-signals:
			if ends, code := s.pass(sig.(syscall.Signal)); ends {
				return code
			}
		case next := <-replacements:
			s.set(next)
			if current != nil {
				go current.drain(s.options.Grace)
			}
		case <-current.exitChannel():
			if s.current() != current {
				continue // ended for its successor
			}
			s.set(nil)
			if r, ok := current.takeReport(); ok {
				s.keep(r)
			}
			if ends, code := s.judge(current.state); ends {
				return code
			}
		}
	}
}

// exitChannel returns the channel that is closed when the process ends, or nil if c is nil.
func (c *version) exitChannel() <-chan struct{} {
	if c == nil {
		return nil
	}
	return c.exited
}

func (s *reloadSupervisor) current() *version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child
}

func (s *reloadSupervisor) set(c *version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = c
}

// pass passes a signal on to the program. If no program runs, a signal that ends processes ends
// the supervisor.
func (s *reloadSupervisor) pass(sig syscall.Signal) (ends bool, code int) {
	terminates := sig == syscall.SIGINT || sig == syscall.SIGTERM || sig == syscall.SIGQUIT
	s.isEnding = s.isEnding || terminates
	if c := s.current(); c != nil {
		c.process.Signal(sig)
		return false, 0
	}
	return terminates, 128 + int(sig)
}

// judge decides whether the supervisor ends after its program has ended by itself.
func (s *reloadSupervisor) judge(state *os.ProcessState) (ends bool, code int) {
	if state == nil {
		return true, 1 // the process cannot be waited for
	}
	code = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	switch {
	case s.isEnding, state.Success() && (s.untilSuccess || !s.wraps):
		return true, code
	case state.Success():
		log.Gen().Info("Script exited normally")
	case state.Exited():
		log.Gen().Info(fmt.Sprintf("Script exited with status %d", code))
	default:
		log.Gen().Warn("Script " + describe(state))
	}
	return false, 0
}

// replaceAtChanges builds and starts a new version at each change. It sends each version that
// serves to replacements. With wraps, the first version is started without a change.
func (s *reloadSupervisor) replaceAtChanges(ctx context.Context, replacements chan<- *version) {
	if s.rebuild.sources.dirs == nil {
		s.rebuild.list(ctx) // an error shows in the build
	}
	for isFirst := s.wraps; isFirst || s.rebuild.awaitChange(ctx, s.paths); isFirst = false {
		executable, err := s.rebuild.build(ctx)
		if err != nil {
			s.reportFailure(err)
			continue
		}
		next, err := s.start(executable)
		if err != nil {
			log.Gen().Error(fmt.Sprintf("%v; the old one goes on", err))
			continue
		}
		select {
		case replacements <- next:
		case <-ctx.Done():
			return
		}
	}
}

// paths returns the paths that the program watches.
func (s *reloadSupervisor) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched
}

// reportFailure logs a failure of the build and tells the running program.
func (s *reloadSupervisor) reportFailure(err error) {
	text := err.Error()
	if c := s.current(); c != nil {
		log.Gen().Error(text + "\nthe running version goes on")
		c.control.send(message{Failure: &text}, nil)
		return
	}
	log.Gen().Error(text + "\nwaiting for the next change")
}

// start starts a new version and waits until it serves. A running program that cannot hand
// its sockets over is ended first.
func (s *reloadSupervisor) start(executable string) (*version, error) {
	if c := s.current(); c != nil {
		r, err := c.askReport()
		if err != nil {
			s.set(nil)
			c.process.Signal(syscall.SIGTERM)
			c.drain(s.options.Grace)
		} else {
			s.keep(r)
		}
	}
	s.mu.Lock()
	canWait := len(s.sockets) > 0 // else nothing tells when it serves
	next, err := startChild(executable, append([]string{executable}, s.args...), s.sockets)
	s.mu.Unlock()
	if err != nil || !canWait {
		return next, err
	}
	r, err := next.awaitReport(readyTime)
	if err != nil {
		next.kill()
		return nil, err
	}
	s.keep(r)
	return next, nil
}

// keep keeps the sockets and paths of the program that runs now, so that they outlive it.
func (s *reloadSupervisor) keep(r report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	closeSockets(s.sockets)
	s.sockets, s.watched = r.sockets, r.watched
}
