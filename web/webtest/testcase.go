package webtest

import (
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/ioloop"
)

// AsyncTestCase is a suite whose tests have a loop each, which runs on a goroutine of its own.
// Suites may run in parallel: each test gets the log of its own loop.
// Call its methods on the test's goroutine, except Stop. A suite with its own SetupTest or
// TearDownTest must also call those of AsyncTestCase. Tornado: testing.AsyncTestCase.
type AsyncTestCase struct {
	suite.Suite
	self  suite.TestingSuite
	loop  *ioloop.IOLoop
	logs  *testLogs
	ended chan struct{} // closed when the loop has ended; nil if it does not run

	mu      sync.Mutex
	value   any // of the last Stop
	stopped bool
	wake    chan struct{}
}

// A LoopMaker is a suite that makes the loops of its tests itself, for example with a
// [FakeClock]. Tornado: get_new_ioloop.
type LoopMaker interface {
	// GetNewIOLoop returns a loop that does not run yet. The suite starts and closes it.
	GetNewIOLoop() (*ioloop.IOLoop, error)
}

// SetS is called by testify with the suite that embeds this one.
func (s *AsyncTestCase) SetS(outer suite.TestingSuite) {
	s.Suite.SetS(outer)
	s.self = outer
}

// SetupTest makes and starts the loop. Tornado: setUp.
func (s *AsyncTestCase) SetupTest() {
	s.makeLoop()
	s.startLoop()
}

func (s *AsyncTestCase) makeLoop() {
	loop, err := s.newLoop()
	s.Require().NoError(err)
	s.logs = newLogs(s.T())
	router.startRouting(s.logs, loop)
	s.loop, s.stopped, s.wake = loop, false, make(chan struct{}, 1)
}

func (s *AsyncTestCase) newLoop() (*ioloop.IOLoop, error) {
	if maker, ok := s.self.(LoopMaker); ok {
		return maker.GetNewIOLoop()
	}
	return ioloop.New(ioloop.Options{Debug: true})
}

func (s *AsyncTestCase) startLoop() { s.ended = startLoop(s.loop) }

// startLoop runs loop on a goroutine and returns a channel that is closed when it has ended.
func startLoop(loop *ioloop.IOLoop) chan struct{} {
	ended := make(chan struct{})
	go func() {
		loop.Start()
		close(ended)
	}()
	return ended
}

// TearDownTest stops the loop and closes it with all its descriptors. Coroutines that still
// wait are cancelled. The test fails if a callback panicked and no ExpectLog expected it.
// Tornado: tearDown.
func (s *AsyncTestCase) TearDownTest() {
	if s.loop == nil {
		return
	}
	if s.ended != nil {
		s.loop.AddCallback(s.loop.Stop)
		<-s.ended
	}
	s.NoError(s.loop.CloseAll())
	s.logs.stopLogging()
	router.stopRouting(s.logs)
	for _, line := range s.logs.unexpected() {
		if strings.Contains(line, "Exception in ") {
			s.T().Errorf("webtest: a callback of the loop panicked: %s", line)
		}
	}
	s.loop, s.ended = nil, nil
}

// Loop returns the loop of the test. Use it in callbacks on the loop: see OnLoop. Tornado:
// io_loop.
func (s *AsyncTestCase) Loop() *ioloop.IOLoop { return s.loop }

// OnLoop runs fn in a coroutine of the loop, where fn may await, and returns when fn has
// returned. The test fails if fn returns an error or takes longer than Timeout. Do not use
// Require in fn: it ends the goroutine. Tornado: @gen_test.
func (s *AsyncTestCase) OnLoop(fn func() error) {
	s.T().Helper()
	_, err := await(s.loop, Timeout(), func() (struct{}, error) { return struct{}{}, fn() })
	s.Require().NoError(err)
}

// Stop makes one call of Wait return value, whether that call comes before or after Stop. Any
// goroutine may call it, and usually a callback on the loop does. Tornado: stop.
func (s *AsyncTestCase) Stop(value any) {
	s.mu.Lock()
	s.value, s.stopped = value, true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// WaitOptions configure Wait.
type WaitOptions struct {
	Timeout   time.Duration // time limit of the wait; 0 means Timeout, a negative value disables it
	Condition func() bool   // function that runs on the loop after each Stop; Wait returns when its result is true
}

// Wait returns the value of the next Stop, or of one that no Wait has returned yet. If there is
// none in time, the test fails. Tornado: wait.
func (s *AsyncTestCase) Wait(options ...WaitOptions) any {
	s.T().Helper()
	var o WaitOptions
	if len(options) > 0 {
		o = options[0]
	}
	limit := o.Timeout
	if limit == 0 {
		limit = Timeout()
	}
	var expired <-chan time.Time
	if limit > 0 {
		expired = time.After(limit)
	}
	for {
		if value, ok := s.takeStop(); ok && s.holds(o.Condition) {
			return value
		}
		select {
		case <-s.wake:
		case <-expired:
			s.Require().Failf("Stop was not called", "webtest: asynchronous operation timed out after %v", limit)
		}
	}
}

func (s *AsyncTestCase) takeStop() (value any, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.value, s.stopped
	s.value, s.stopped = nil, false
	return value, ok
}

func (s *AsyncTestCase) holds(condition func() bool) bool {
	if condition == nil {
		return true
	}
	holds, err := await(s.loop, Timeout(), func() (bool, error) { return condition(), nil })
	s.Require().NoError(err)
	return holds
}
