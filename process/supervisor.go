package process

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/log"
)

// ErrTooManyRestarts is the error of ForkProcesses after MaxRestarts. Tornado:
// RuntimeError, "Too many child restarts, giving up".
var ErrTooManyRestarts = errors.New("process: too many child restarts, giving up")

const (
	minUptime   = time.Second           // a child that ran for less than this restarts after a backoff
	backoffStep = 50 * time.Millisecond // the backoff before the second such restart in a row; it doubles each time
	maxBackoff  = time.Second           // limit of the doubling
	graceTime   = 10 * time.Second      // time for the other children to end after the supervisor has given up; then they are killed
)

// A child is a running process.
type child interface {
	wait() (code int) // blocks; a negative code is a signal
	signal(sig os.Signal)
	pid() int
}

// A supervisor keeps children running. It runs on one goroutine. For each child, another
// goroutine waits until the child ends.
type supervisor struct {
	start       func(id int) (child, error)
	signals     <-chan os.Signal
	maxRestarts int

	slots        []slot
	exits        chan childExit
	restartDue   chan int // slots whose backoff has passed
	active       int      // slots with a child or a backoff
	restarts     int
	stopping     bool      // no child is started any more
	passedSignal os.Signal // the last signal passed on
	fatalSignal  os.Signal // the passed signal that ended a child
	killing      <-chan time.Time
	err          error
}

// A slot has the state of the child with one number.
type slot struct {
	child     child       // nil if no child runs
	backoff   *time.Timer // nil unless a restart is planned
	since     time.Time   // the start of child
	shortRuns int         // number of children in a row that ran for less than minUptime
}

// A childExit is the exit of the child with the number id.
type childExit struct{ id, code int }

// runChildren starts n children. It returns when no child runs and none is to be started. fatal
// is the signal that was passed on and has ended children, or nil.
func (s *supervisor) runChildren(n int) (fatal os.Signal, err error) {
	s.slots = make([]slot, n)
	s.exits, s.restartDue = make(chan childExit, n), make(chan int, n)
	log.Gen().Info(fmt.Sprintf("Starting %d processes", n))
	for id := range s.slots {
		if err := s.launch(id); err != nil {
			s.giveUp(fmt.Errorf("process: child %d: %w", id, err))
			break
		}
	}
	for s.active > 0 {
		select {
		case e := <-s.exits:
			s.childEnded(e)
		case id := <-s.restartDue:
			s.replace(id)
		case sig := <-s.signals:
			s.passSignal(sig)
		case <-s.killing:
			s.signalAll(unix.SIGKILL)
		}
	}
	return s.fatalSignal, s.err
}

// launch starts the child of a slot.
func (s *supervisor) launch(id int) error {
	c, err := s.start(id)
	if err != nil {
		return err
	}
	s.active++
	s.slots[id].child, s.slots[id].since = c, time.Now()
	go func() { s.exits <- childExit{id, c.wait()} }()
	return nil
}

// childEnded handles the end of a child. It plans a restart if one is needed.
func (s *supervisor) childEnded(e childExit) {
	place := &s.slots[e.id]
	name := fmt.Sprintf("child %d (pid %d)", e.id, place.child.pid())
	short := time.Since(place.since) < minUptime
	place.child = nil
	s.active--
	asked := s.passedSignal != nil && e.code == -int(s.passedSignal.(unix.Signal))
	switch {
	case e.code == 0:
		log.Gen().Info(name + " exited normally")
	case asked && !short, s.stopping: // a child that has just started could not handle the signal yet
		log.Gen().Info(fmt.Sprintf("%s ended with %s", name, describe(e.code)))
		if asked {
			s.fatalSignal = s.passedSignal
		}
	default:
		log.Gen().Warn(fmt.Sprintf("%s ended with %s, restarting", name, describe(e.code)))
		s.planRestart(e.id, short)
	}
}

// describe returns an exit code as text.
func describe(code int) string {
	if code < 0 {
		return fmt.Sprintf("signal %d", -code)
	}
	return fmt.Sprintf("status %d", code)
}

// planRestart plans the restart of a child. The child restarts at once, or after a backoff if the
// children before it ran for less than minUptime. short reports whether the last child ran for
// less.
func (s *supervisor) planRestart(id int, short bool) {
	if s.restarts++; s.restarts > s.maxRestarts {
		s.giveUp(ErrTooManyRestarts)
		return
	}
	place := &s.slots[id]
	if !short {
		place.shortRuns = 0
	}
	s.active++
	place.backoff = time.AfterFunc(backoffAfter(place.shortRuns), func() { s.restartDue <- id })
	place.shortRuns++
}

// backoffAfter returns the backoff after the given number of restarts of short runs in a
// row.
func backoffAfter(shortRuns int) time.Duration {
	if shortRuns == 0 {
		return 0
	}
	return min(backoffStep<<min(shortRuns-1, 10), maxBackoff)
}

// replace restarts a child after its backoff.
func (s *supervisor) replace(id int) {
	s.active--
	s.slots[id].backoff = nil
	if s.stopping {
		return
	}
	if err := s.launch(id); err != nil {
		log.Gen().Warn(fmt.Sprintf("child %d did not start: %v", id, err))
		s.planRestart(id, true)
	}
}

// passSignal passes a signal on to the children. SIGINT, SIGTERM and SIGQUIT end the
// restarts.
func (s *supervisor) passSignal(sig os.Signal) {
	s.passedSignal = sig
	if sig == unix.SIGINT || sig == unix.SIGTERM || sig == unix.SIGQUIT {
		s.stopRestarts()
	}
	s.signalAll(sig)
}

// signalAll sends a signal to every child.
func (s *supervisor) signalAll(sig os.Signal) {
	for _, place := range s.slots {
		if place.child != nil {
			place.child.signal(sig)
		}
	}
}

// stopRestarts lets the children end without a replacement.
func (s *supervisor) stopRestarts() {
	s.stopping = true
	for i := range s.slots {
		if backoff := s.slots[i].backoff; backoff != nil && backoff.Stop() {
			s.slots[i].backoff = nil
			s.active--
		}
	}
}

// giveUp ends the children, kills those that are left after graceTime, and makes
// runChildren return err.
func (s *supervisor) giveUp(err error) {
	s.err = err
	s.stopRestarts()
	s.signalAll(unix.SIGTERM)
	s.killing = time.After(graceTime)
}
