package ioloop

import (
	"bytes"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scripted is a poller without descriptors. It has a clock of its own. A wait with a deadline
// sets the clock to that deadline.
type scripted struct {
	now    time.Time
	events [][]fdEvent // one batch for each wait
	waits  []time.Duration
	woken  bool
	poll_  func() // called by poll and wait
}

var errNothingToWaitFor = errors.New("nothing to wait for")

func (p *scripted) add(int, Events) error    { return nil }
func (p *scripted) modify(int, Events) error { return nil }
func (p *scripted) remove(int) error         { return nil }
func (p *scripted) close() error             { return nil }
func (p *scripted) wake()                    { p.woken = true }

func (p *scripted) poll(dst []fdEvent) ([]fdEvent, error) {
	if p.poll_ != nil {
		p.poll_()
	}
	if len(p.events) > 0 {
		dst = append(dst, p.events[0]...)
		p.events = p.events[1:]
	}
	return dst, nil
}

func (p *scripted) wait(dst []fdEvent, deadline time.Time) ([]fdEvent, bool, error) {
	dst, _ = p.poll(dst)
	switch {
	case len(dst) > 0:
	case p.woken:
		p.woken = false
	case deadline.IsZero():
		return dst, false, errNothingToWaitFor
	default:
		p.waits = append(p.waits, deadline.Sub(p.now))
		p.now = later(p.now, deadline)
	}
	return dst, true, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// newScripted returns a loop whose clock starts at 1000 seconds and moves only when the
// loop waits. Its Start fails with errNothingToWaitFor when nothing is planned any more.
func newScripted(t testing.TB) (*IOLoop, *scripted) {
	t.Helper()
	l := newLoop(t)
	require.NoError(t, l.poller.close())
	p := &scripted{now: time.Unix(1000, 0)}
	l.poller, l.clock = p, func() time.Time { return p.now }
	l.epoch, l.now = time.Unix(0, 0), p.now
	return l, p
}

// logBuffer is a buffer that many goroutines may write to.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// captureLog returns a buffer with the log output from now until the test ends.
func captureLog(t testing.TB) *logBuffer {
	t.Helper()
	b := &logBuffer{}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(b, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return b
}
