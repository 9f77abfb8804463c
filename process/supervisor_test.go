package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A script stands for the system. Its children end when the test says so. It records the events
// of the children, with the second of the fake clock.
type script struct {
	began    time.Time
	log      []string
	children map[int]*scripted // the child that was started last, by number
	signals  chan os.Signal
}

type scripted struct {
	s              *script
	id, nth        int
	codes          chan int
	ignoresSignals bool // ignores all signals except SIGKILL
}

func (c *scripted) wait() int { return <-c.codes }
func (c *scripted) pid() int  { return 100 + c.nth }
func (c *scripted) signal(sig os.Signal) {
	c.s.note("%v>%d", sig, c.id)
	if !c.ignoresSignals || sig == unix.SIGKILL {
		c.codes <- -int(sig.(unix.Signal))
	}
}

func (s *script) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%.2fs ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

var errRefused = errors.New("refused")

// supervise runs n children while act runs, with a fake clock. Starts of children are
// counted from 0; the starts in refused fail.
func supervise(t *testing.T, n, maxRestarts int, refused []int, act func(s *script)) (log string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &script{began: time.Now(), children: map[int]*scripted{}, signals: make(chan os.Signal, 9)}
		starts := 0
		v := &supervisor{signals: s.signals, maxRestarts: maxRestarts, start: func(id int) (child, error) {
			nth := starts
			starts++
			if slices.Contains(refused, nth) {
				s.note("refused %d", id)
				return nil, errRefused
			}
			s.note("start %d", id)
			s.children[id] = &scripted{s: s, id: id, nth: nth, codes: make(chan int, 9)}
			return s.children[id], nil
		}}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			fatal, err := v.runChildren(n)
			s.note("end %v %v", fatal, err)
		}()
		synctest.Wait()
		act(s)
		<-ended
		log = strings.Join(s.log, "; ")
	})
	return log
}

// end lets a child end after all goroutines have settled.
func (s *script) end(id, code int) {
	synctest.Wait()
	s.children[id].codes <- code
	synctest.Wait()
}

func (s *script) send(sig os.Signal) {
	synctest.Wait()
	s.signals <- sig
	synctest.Wait()
}

// misc-10: each row has the exits of children, the restarts that follow, and the result for the
// parent.
func TestSupervisor(t *testing.T) {
	const begin = "0.00s start 0; 0.00s start 1; "
	for _, tt := range []struct {
		name string
		act  func(s *script)
		want string
	}{
		{"exit 0 is the end", func(s *script) { s.end(0, 0); s.end(1, 0) },
			begin + "0.00s end <nil> <nil>"},
		{"failed and killed children are replaced", func(s *script) {
			time.Sleep(5 * time.Second)
			s.end(1, 2)
			s.end(0, -9)
			s.end(0, 0)
			s.end(1, 0)
		}, begin + "5.00s start 1; 5.00s start 0; 5.00s end <nil> <nil>"},
		{"each short run in a row makes the backoff longer", func(s *script) {
			for _, backoff := range []time.Duration{0, 50, 100, 200, 400, 800, 1000, 1000} {
				s.end(0, 1)
				time.Sleep(backoff * time.Millisecond)
			}
			time.Sleep(minUptime)
			s.end(0, 1)
			s.end(0, 0)
			s.end(1, 0)
		}, begin + "0.00s start 0; 0.05s start 0; 0.15s start 0; 0.35s start 0; 0.75s start 0; 1.55s start 0; 2.55s start 0; " +
			"3.55s start 0; 4.55s start 0; 4.55s end <nil> <nil>"},
		{"a signal to stop is passed on and kills", func(s *script) { s.send(unix.SIGTERM) },
			begin + "0.00s terminated>0; 0.00s terminated>1; 0.00s end terminated <nil>"},
		{"a signal to stop is handled well or badly", func(s *script) {
			s.children[0].ignoresSignals, s.children[1].ignoresSignals = true, true
			s.send(unix.SIGINT)
			s.end(0, 0)
			s.end(1, 1)
		}, begin + "0.00s interrupt>0; 0.00s interrupt>1; 0.00s end <nil> <nil>"},
		{"a second signal reaches the children that are left", func(s *script) {
			s.children[0].ignoresSignals, s.children[1].ignoresSignals = true, true
			s.send(unix.SIGTERM)
			s.end(1, 0)
			s.send(unix.SIGQUIT)
			s.end(0, -int(unix.SIGQUIT))
		}, begin + "0.00s terminated>0; 0.00s terminated>1; 0.00s quit>0; 0.00s end quit <nil>"},
		{"a signal to stop cancels a backoff", func(s *script) {
			s.end(0, 1)
			s.end(0, 1)
			s.send(unix.SIGTERM)
		}, begin + "0.00s start 0; 0.00s terminated>1; 0.00s end terminated <nil>"},
		{"a hang-up is passed on, and restarts go on", func(s *script) {
			s.children[0].ignoresSignals, s.children[1].ignoresSignals = true, true
			s.send(unix.SIGHUP)
			time.Sleep(2 * time.Second)
			s.end(0, 3)
			s.end(0, 0)
			s.end(1, 0)
		}, begin + "0.00s hangup>0; 0.00s hangup>1; 2.00s start 0; 2.00s end <nil> <nil>"},
		{"a hang-up that kills is the end", func(s *script) { time.Sleep(minUptime); s.send(unix.SIGHUP) },
			begin + "1.00s hangup>0; 1.00s hangup>1; 1.00s end hangup <nil>"},
		{"a hang-up that kills a child within minUptime is not", func(s *script) {
			s.send(unix.SIGHUP)
			s.end(0, 0)
			s.end(1, 0)
		}, begin + "0.00s hangup>0; 0.00s hangup>1; 0.00s start 0; 0.00s start 1; 0.00s end <nil> <nil>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := supervise(t, 2, 100, nil, tt.act)
			require.Equal(t, sortTies(tt.want), sortTies(got))
		})
	}
}

// sortTies sorts the events of one moment, because two timers may fire in any order.
func sortTies(log string) []string {
	events := strings.Split(log, "; ")
	for i := 1; i < len(events); i++ {
		for j := i; j > 0; j-- {
			at, _, _ := strings.Cut(events[j], " ")
			before, what, _ := strings.Cut(events[j-1], " ")
			if at != before || events[j-1] <= events[j] || strings.HasPrefix(what, "end") {
				break
			}
			events[j-1], events[j] = events[j], events[j-1]
		}
	}
	return events
}

// misc-10: when all children together have been restarted MaxRestarts times, the other children
// are ended.
func TestTooManyRestarts(t *testing.T) {
	tooMany := "end <nil> " + ErrTooManyRestarts.Error()
	got := supervise(t, 2, 2, nil, func(s *script) {
		time.Sleep(5 * time.Second)
		s.end(0, 1)
		s.end(1, 1)
		s.children[1].ignoresSignals = true
		s.end(0, 1)
	})
	require.Equal(t, "0.00s start 0; 0.00s start 1; 5.00s start 0; 5.00s start 1; 5.00s terminated>1; 15.00s killed>1; 15.00s "+tooMany, got)

	got = supervise(t, 1, 0, nil, func(s *script) { s.end(0, 1) })
	require.Equal(t, "0.00s start 0; 0.00s "+tooMany, got)

	require.Equal(t, []int{100, 3, 0}, []int{Options{}.maxRestarts(), Options{MaxRestarts: 3}.maxRestarts(), Options{MaxRestarts: -1}.maxRestarts()})
}

func TestChildThatCannotBeStarted(t *testing.T) {
	got := supervise(t, 3, 100, []int{1}, func(*script) {})
	require.Equal(t, "0.00s start 0; 0.00s refused 1; 0.00s terminated>0; 0.00s end <nil> process: child 1: refused", got,
		"at the start it is an error")

	got = supervise(t, 1, 100, []int{1, 2, 3}, func(s *script) {
		time.Sleep(5 * time.Second)
		s.end(0, 1)
		time.Sleep(time.Second)
		s.end(0, 0)
	})
	require.Equal(t, "0.00s start 0; 5.00s refused 0; 5.05s refused 0; 5.15s refused 0; 5.35s start 0; 6.00s end <nil> <nil>", got,
		"each retry waits longer")

	got = supervise(t, 1, 2, []int{1, 2, 3}, func(s *script) { s.end(0, 1) })
	require.Contains(t, got, ErrTooManyRestarts.Error(), "but not without a limit")
}

// No child starts if its backoff ends at the same moment as a signal to stop arrives.
func TestNothingStartsAfterStop(t *testing.T) {
	s := &supervisor{slots: make([]slot, 1), active: 1, start: func(int) (child, error) {
		t.Error("started")
		return nil, errRefused
	}}
	s.stopRestarts()
	s.replace(0)
	require.Zero(t, s.active)
}
