package process

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/log"
)

// ErrTooManyRestarts is the end of ForkProcesses after MaxRestarts.
// Tornado: RuntimeError, "Too many child restarts, giving up".
var ErrTooManyRestarts = errors.New("process: too many child restarts, giving up")

const (
	youth     = time.Second           // a child that ends younger did not come to work
	restGrow  = 50 * time.Millisecond // before its second replacement in a row, then twice that, ...
	restMost  = time.Second           // ... up to this
	graceTime = 10 * time.Second      // for the other children, after giving up
)

// A child is a running process.
type child interface {
	wait() (code int) // blocks; below 0 is a signal
	signal(sig os.Signal)
	pid() int
}

// A supervisor keeps children alive. One goroutine runs it; one a child waits.
type supervisor struct {
	start       func(id int) (child, error)
	signals     <-chan os.Signal
	maxRestarts int

	slots    []slot
	exits    chan exit
	due      chan int // slots whose rest is over
	open     int      // slots that run or rest
	restarts int
	stopping bool      // nothing is started any more
	passed   os.Signal // the last signal passed on
	fatal    os.Signal // one passed on that ended a child for good
	killing  <-chan time.Time
	err      error
}

// A slot is the place of one child, with its number.
type slot struct {
	child child       // nil when none runs
	rest  *time.Timer // nil unless the next one is waited for
	since time.Time   // the start of child
	young int         // children in a row that ended within their youth
}

type exit struct{ id, code int }

// run starts n children and returns when none runs and none is to be started. fatal
// is a signal passed on that killed children, or nil.
func (s *supervisor) run(n int) (fatal os.Signal, err error) {
	s.slots = make([]slot, n)
	s.exits, s.due = make(chan exit, n), make(chan int, n)
	log.Gen().Info(fmt.Sprintf("Starting %d processes", n))
	for id := range s.slots {
		if err := s.launch(id); err != nil {
			s.giveUp(fmt.Errorf("process: child %d: %w", id, err))
			break
		}
	}
	for s.open > 0 {
		select {
		case e := <-s.exits:
			s.ended(e)
		case id := <-s.due:
			s.replace(id)
		case sig := <-s.signals:
			s.pass(sig)
		case <-s.killing:
			s.signal(unix.SIGKILL)
		}
	}
	return s.fatal, s.err
}

func (s *supervisor) launch(id int) error {
	c, err := s.start(id)
	if err != nil {
		return err
	}
	s.open++
	s.slots[id].child, s.slots[id].since = c, time.Now()
	go func() { s.exits <- exit{id, c.wait()} }()
	return nil
}

// ended judges the end of a child.
func (s *supervisor) ended(e exit) {
	place := &s.slots[e.id]
	name := fmt.Sprintf("child %d (pid %d)", e.id, place.child.pid())
	young := time.Since(place.since) < youth
	place.child = nil
	s.open--
	asked := s.passed != nil && e.code == -int(s.passed.(unix.Signal))
	switch {
	case e.code == 0:
		log.Gen().Info(name + " exited normally")
	case asked && !young, s.stopping: // the young may die of what they would have handled
		log.Gen().Info(fmt.Sprintf("%s ended with %s", name, describe(e.code)))
		if asked {
			s.fatal = s.passed
		}
	default:
		log.Gen().Warn(fmt.Sprintf("%s ended with %s, restarting", name, describe(e.code)))
		s.plan(e.id, young)
	}
}

func describe(code int) string {
	if code < 0 {
		return fmt.Sprintf("signal %d", -code)
	}
	return fmt.Sprintf("status %d", code)
}

// plan has a child replaced: at once, or after a rest if the last ones died young.
func (s *supervisor) plan(id int, young bool) {
	if s.restarts++; s.restarts > s.maxRestarts {
		s.giveUp(ErrTooManyRestarts)
		return
	}
	place := &s.slots[id]
	if !young {
		place.young = 0
	}
	s.open++
	place.rest = time.AfterFunc(restBefore(place.young), func() { s.due <- id })
	place.young++
}

// restBefore is the rest after so many replacements in a row that died young.
func restBefore(young int) time.Duration {
	if young == 0 {
		return 0
	}
	return min(restGrow<<min(young-1, 10), restMost)
}

func (s *supervisor) replace(id int) {
	s.open--
	s.slots[id].rest = nil
	if s.stopping {
		return
	}
	if err := s.launch(id); err != nil {
		log.Gen().Warn(fmt.Sprintf("child %d could not be started: %v", id, err))
		s.plan(id, true)
	}
}

func (s *supervisor) pass(sig os.Signal) {
	s.passed = sig
	if sig == unix.SIGINT || sig == unix.SIGTERM || sig == unix.SIGQUIT {
		s.stop()
	}
	s.signal(sig)
}

func (s *supervisor) signal(sig os.Signal) {
	for _, place := range s.slots {
		if place.child != nil {
			place.child.signal(sig)
		}
	}
}

// stop lets children end without being replaced.
func (s *supervisor) stop() {
	s.stopping = true
	for i := range s.slots {
		if rest := s.slots[i].rest; rest != nil && rest.Stop() {
			s.slots[i].rest = nil
			s.open--
		}
	}
}

// giveUp ends the children, by force if they take long, and then run with err.
func (s *supervisor) giveUp(err error) {
	s.err = err
	s.stop()
	s.signal(unix.SIGTERM)
	s.killing = time.After(graceTime)
}
