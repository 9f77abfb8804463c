package locks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// turn lets the coroutines run that were woken before.
func turn(l *ioloop.IOLoop) { ioloop.Sleep(l, 0).Await() }

// A player has the methods of a lock that a script uses.
type player struct {
	wait    func(timeout ...time.Duration) (bool, error)
	waiting func() int
	words   map[string]func()
}

// play runs the words of a script and returns its trace: the results, in order. Waiters are
// coroutines, numbered from 1.
//
//	w    another waiter; "3" in the trace when the third is woken
//	w~   with a timeout of 0; "3!" in the trace when it has timed out
//	w-   with a timeout below 0
//	w=   with a timeout of an hour
//	.    a turn of the loop, also in the trace
//	?    the number of calls in line and of timers: "<1 0>"
func play(t *testing.T, words string, with func(*ioloop.IOLoop) player) string {
	t.Helper()
	l := looptest.New(t)
	p := with(l)
	var trace []string
	note := func(format string, args ...any) { trace = append(trace, fmt.Sprintf(format, args...)) }
	count := 0
	wait := func(timeout ...time.Duration) {
		count++
		number := count
		l.SpawnFunc(func() {
			switch ok, err := p.wait(timeout...); {
			case err == ioloop.ErrTimeout || err == nil && !ok:
				note("%d!", number)
			case err == nil:
				note("%d", number)
			default:
				note("%d: %v", number, err)
			}
		})
	}
	looptest.Run(t, l, func() {
		idle := l.Stats().Timeouts
		for word := range strings.FieldsSeq(words) {
			switch word {
			case "w":
				wait()
			case "w~":
				wait(0)
			case "w-":
				wait(-time.Second)
			case "w=":
				wait(time.Hour)
			case ".":
				note(".")
				turn(l)
			case "?":
				note("<%d %d>", p.waiting(), l.Stats().Timeouts-idle)
			default:
				require.Contains(t, p.words, word)
				p.words[word]()
			}
		}
	})
	return strings.Join(trace, " ")
}
