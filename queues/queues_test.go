package queues

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// play runs the words of a script on a queue and returns its trace: the results, in order.
// Each Put, Get and Join is called in its own coroutine.
//
//	p5    Put(5); "p5" in the trace when it is in
//	g     Get; "g5" in the trace when it got 5
//	j     Join; "j" in the trace when it is done
//	p5~ g~ j~   with a timeout of 0; "p5!" "g!" "j!" in the trace when it has passed
//	p5- g- j-   with a timeout below 0
//	p5= g= j=   with a timeout of an hour
//	P5 G  PutNowait(5), GetNowait
//	t     TaskDone
//	.     a turn of the loop, also in the trace
//	?     items, getters, putters, unfinished tasks and timers: "<1 0 0 1 0>"
func play(t *testing.T, words string, with func(*ioloop.IOLoop) *Queue[int]) string {
	t.Helper()
	l := looptest.New(t)
	q := with(l)
	var trace []string
	note := func(text string) { trace = append(trace, text) }
	report := func(ok string, failed string, err error) {
		switch err {
		case nil:
			note(ok)
		case ioloop.ErrTimeout:
			note(failed + "!")
		default:
			note(err.Error())
		}
	}
	looptest.Run(t, l, func() {
		idle := l.Stats().Timeouts
		for word := range strings.FieldsSeq(words) {
			word, timeout := cutTimeout(word)
			number, _ := strconv.Atoi(word[1:])
			switch word[0] {
			case 'p':
				l.SpawnFunc(func() { _, err := q.Put(number, timeout...).Await(); report(word, word, err) })
			case 'g':
				l.SpawnFunc(func() { item, err := q.Get(timeout...).Await(); report(fmt.Sprint("g", item), word, err) })
			case 'j':
				l.SpawnFunc(func() { _, err := q.Join(timeout...).Await(); report(word, word, err) })
			case 'P':
				report(word, word, q.PutNowait(number))
			case 'G':
				item, err := q.GetNowait()
				report(fmt.Sprint("G", item), word, err)
			case 't':
				q.TaskDone()
			case '.':
				note(".")
				ioloop.Sleep(l, 0).Await()
			case '?':
				note(fmt.Sprintf("<%d %d %d %d %d>", q.QSize(), q.getters.line.Len(), q.putters.line.Len(),
					q.unfinished, l.Stats().Timeouts-idle))
			default:
				t.Fatalf("unknown word %s", word)
			}
		}
	})
	return strings.Join(trace, " ")
}

func cutTimeout(word string) (string, []time.Duration) {
	for suffix, timeout := range map[string]time.Duration{"~": 0, "-": -time.Second, "=": time.Hour} {
		if rest, ok := strings.CutSuffix(word, suffix); ok {
			return rest, []time.Duration{timeout}
		}
	}
	return word, nil
}

func TestQueue(t *testing.T) {
	for _, tt := range []struct {
		name    string
		maxSize int
		script  string
		want    string
	}{
		{"sync-15 first in, first out", 0, "p1 p2 p3 g g g", "p1 p2 p3 g1 g2 g3"},
		{"sync-15 0 means no limit", 0, "p1 p2 p3 P4 ?", "p1 p2 p3 P4 <4 0 0 4 0>"},
		{"sync-15 put waits while it is full", 2, "p1 p2 p3 . ? g .", "p1 p2 . <2 0 1 2 0> g1 . p3"},
		{"sync-15 get waits while it is empty", 0, "g . ? p1 .", ". <0 1 0 0 0> p1 . g1"},
		{"sync-15 getters: first come, first served", 0, "g g g= p1 p2 p3 ? .", "p1 p2 p3 <0 0 0 3 0> . g1 g2 g3"},
		{"sync-15 putters: first come, first served", 1, "p1 p2 p3 p4 g . g . g . g", "p1 g1 . p2 g2 . p3 g3 . p4 g4"},
		{"sync-15 a newcomer does not overtake a putter", 1, "p1 p2 g p3 . ?", "p1 g1 . p2 <1 0 1 2 0>"},
		{"sync-15 a newcomer does not overtake a getter", 0, "g p1 g . ?", "p1 . g1 <0 1 0 1 0>"},
		{"sync-16 put_nowait on a full queue", 1, "P1 P2 ?", "P1 queues: queue is full <1 0 0 1 0>"},
		{"sync-16 get_nowait on an empty queue", 0, "G P1 G G", "queues: queue is empty P1 G1 queues: queue is empty"},
		{"sync-16 get admits the first putter at once", 1, "p1 p2 p3 G ? .", "p1 G1 <1 0 1 2 0> . p2"},
		{"sync-16 each get_nowait admits one", 1, "p1 p2 p3 G G G . G", "p1 G1 G2 G3 . p2 p3 queues: queue is empty"},
		{"sync-16 put_nowait serves the first getter", 1, "g g P1 ? P2 P3 P4 .", "P1 <0 1 0 1 0> P2 P3 queues: queue is full . g1 g2"},
		{"sync-17 get times out", 0, "g~ . ? p1 g", ". g! <0 0 0 0 0> p1 g1"},
		{"sync-17 put times out", 1, "p1 p2~ . ? g . ?", "p1 . p2! <1 0 0 1 0> g1 . <0 0 0 1 0>"},
		{"sync-17 got before the timeout", 0, "g= ? p1 ? .", "<0 1 0 0 1> p1 <0 0 0 1 0> . g1"},
		{"sync-17 in before the timeout", 1, "p1 p2= ? g ? .", "p1 <1 0 1 1 1> g1 <1 0 0 2 0> . p2"},
		{"sync-17 getters that timed out are gone", 0, "g~ g g~ . ? p1 .", ". g! g! <0 1 0 0 0> p1 . g1"},
		{"sync-17 putters that timed out are gone", 1, "p1 p2~ p3 p4~ . ? g .", "p1 . p2! p4! <1 0 1 1 0> g1 . p3"},
		{"sync-17 put in the turn of the timeout", 0, "g~ p1 . ?", "p1 . g1 <0 0 0 1 0>"},
		{"sync-18 a new queue is joined", 0, "j j~ j=", "j j j"},
		{"sync-18 join waits for every task", 0, "p1 p2 j g g t . t . ?", "p1 p2 g1 g2 . . j <0 0 0 0 0>"},
		{"sync-18 an empty queue need not be joined", 0, "p1 g j . ? t .", "p1 g1 . <0 0 0 1 0> . j"},
		{"sync-18 an item handed to a getter is a task", 0, "g p1 j . t .", "p1 . g1 . j"},
		{"sync-18 a putter in line is not a task yet", 1, "p1 p2 ? g ? t t . j", "p1 <1 0 1 1 0> g1 <1 0 0 2 0> . p2 j"},
		{"sync-18 joined, then used again", 0, "p1 j t p2 . j t .", "p1 p2 . j . j"},
		{"sync-18 join times out", 0, "p1 j~ j j= . ? t ? .", "p1 . j! <1 0 0 1 1> <1 0 0 0 0> . j j"},
		{"sync-19 get: no timeout means no limit, 0 and less are limits", 0, "g g~ g- . ?", ". g! g! <0 1 0 0 0>"},
		{"sync-19 put: no timeout means no limit, 0 and less are limits", 1, "P0 p1 p2~ p3- . ?", "P0 . p2! p3! <1 0 1 1 0>"},
		{"sync-19 join: no timeout means no limit, 0 and less are limits", 0, "P0 j j~ j- . t .", "P0 . j! j! . j"},
	} {
		got := play(t, tt.script, func(l *ioloop.IOLoop) *Queue[int] { return NewQueue[int](l, tt.maxSize) })
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.script, got, tt.want)
		}
	}
}

// In this test the PriorityQueue compares only the tens of its items, so that 11 and 12 are
// equal.
func TestOrders(t *testing.T) {
	priority := func(l *ioloop.IOLoop, n int) *Queue[int] { return NewPriorityQueue(l, n, compareTens).Queue }
	lifo := func(l *ioloop.IOLoop, n int) *Queue[int] { return NewLifoQueue[int](l, n).Queue }
	for _, tt := range []struct {
		name    string
		with    func(l *ioloop.IOLoop, maxSize int) *Queue[int]
		maxSize int
		script  string
		want    string
	}{
		{"priority: least first", priority, 0, "P30 P10 P20 G G G", "P30 P10 P20 G10 G20 G30"},
		{"priority: equal ones in the order they came", priority, 0, "P11 P25 P13 P12 P10 G G G G G", "P11 P25 P13 P12 P10 G11 G13 G12 G10 G25"},
		{"priority: a putter's item counts when a get admits it", priority, 1, "P50 p30 G . G", "P50 G30 . p30 G50"},
		{"priority: a waiting getter gets the next item", priority, 0, "g P50 P10 .", "P50 P10 . g50"},
		{"lifo: newest first", lifo, 0, "P1 P2 G P3 G G", "P1 P2 G2 P3 G3 G1"},
		{"lifo: a putter's item counts when a get admits it", lifo, 1, "P1 p2 G . G", "P1 G2 . p2 G1"},
		{"lifo: full, empty and unfinished as in Queue", lifo, 1, "G P1 P2 j G t .", "queues: queue is empty P1 queues: queue is full G1 . j"},
	} {
		got := play(t, tt.script, func(l *ioloop.IOLoop) *Queue[int] { return tt.with(l, tt.maxSize) })
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.script, got, tt.want)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		maxSize, puts int
		empty, full   bool
	}{
		{0, 0, true, false}, {0, 2, false, false}, {2, 0, true, false}, {2, 1, false, false}, {2, 2, false, true},
	} {
		q := NewQueue[int](looptest.New(t), tt.maxSize)
		for i := range tt.puts {
			require.NoError(t, q.PutNowait(i))
		}
		if q.QSize() != tt.puts || q.MaxSize() != tt.maxSize || q.Empty() != tt.empty || q.Full() != tt.full {
			t.Errorf("%+v: %s, empty %t, full %t", tt, q, q.Empty(), q.Full())
		}
	}
}

func TestMisusePanicsWithTheFix(t *testing.T) {
	l := looptest.New(t)
	fresh, used := NewQueue[int](l, 0), NewQueue[int](l, 0)
	require.NoError(t, used.PutNowait(1))
	used.TaskDone()
	for _, tt := range []struct {
		name, want string
		call       func()
	}{
		{"sync-15 negative", "queues: maxSize can't be negative, but is -1; 0 means no limit", func() { NewQueue[int](l, -1) }},
		{"sync-15 negative, priority", "queues: maxSize can't be negative, but is -2; 0 means no limit", func() { NewPriorityQueue(l, -2, cmp.Compare[int]) }},
		{"sync-15 negative, lifo", "queues: maxSize can't be negative, but is -3; 0 means no limit", func() { NewLifoQueue[int](l, -3) }},
		{"sync-18 nothing was put", "queues: TaskDone called too many times; call it once for each item that was got", fresh.TaskDone},
		{"sync-18 done already", "queues: TaskDone called too many times; call it once for each item that was got", used.TaskDone},
	} {
		t.Run(tt.name, func(t *testing.T) { require.PanicsWithValue(t, tt.want, tt.call) })
	}
}

func TestAllWaitsForItemsUntilBreak(t *testing.T) {
	l := looptest.New(t)
	q := NewQueue[int](l, 2)
	var got []int
	looptest.Run(t, l, func() {
		l.SpawnFunc(func() {
			for i := range 10 {
				q.Put(i).Await()
				if i%3 == 0 {
					ioloop.Sleep(l, 0).Await()
				}
			}
		})
		for item := range q.All() {
			if got = append(got, item); item == 7 {
				break
			}
		}
		item, err := q.Get().Await()
		require.NoError(t, err)
		require.Equal(t, 8, item, "items after the break are still in the queue")
	})
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7}, got)
	require.Zero(t, q.getters.line.Len())
}

// Closing the loop ends coroutines that range over All, and runs their deferred calls.
func TestCloseEndsAll(t *testing.T) {
	l := looptest.New(t)
	q := NewQueue[int](l, 0)
	ended := 0
	looptest.Run(t, l, func() {
		for range 3 {
			l.SpawnFunc(func() {
				defer func() { ended++ }()
				for range q.All() {
				}
			})
		}
	})
	require.Zero(t, ended)
	require.NoError(t, l.Close())
	require.Equal(t, 3, ended)
}

// A coroutine that is cancelled while it waits in All leaves the range and takes no later
// item.
func TestAllInACancelledCoroutine(t *testing.T) {
	l := looptest.New(t)
	q := NewQueue[int](l, 0)
	looptest.Run(t, l, func() {
		var got []int
		ranging := ioloop.Go(l, func() ([]int, error) {
			for item := range q.All() {
				got = append(got, item)
			}
			return got, nil
		})
		q.Put(1)
		ioloop.Sleep(l, 0).Await()
		ranging.Cancel()
		ioloop.Sleep(l, 0).Await()
		require.True(t, ranging.Done(), "the coroutine goes on")
		require.Equal(t, []int{1}, got)
		require.NoError(t, q.PutNowait(2))
		item, err := q.GetNowait()
		require.NoError(t, err)
		require.Equal(t, 2, item)
	})
}

// A cancelled call leaves the line at once: waits without an item do not fill the memory, and a
// cancelled Put adds no item.
func TestACancelledCallLeavesTheLine(t *testing.T) {
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		empty, full := NewQueue[int](l, 1), NewQueue[int](l, 1)
		require.NoError(t, full.PutNowait(1))
		for _, future := range []interface{ Cancel() bool }{
			empty.Get(), empty.Get(time.Hour), full.Put(2), full.Put(3, time.Hour),
		} {
			require.True(t, future.Cancel())
			require.False(t, future.Cancel(), "the future is done")
		}
		require.Zero(t, empty.getters.line.Len())
		require.Zero(t, full.putters.line.Len())
		_, err := full.GetNowait()
		require.NoError(t, err)
		require.True(t, full.Empty())
	})
}

// A future that its caller completes is skipped: such a Get loses no item, and such a Put adds
// none.
func TestAFutureCompletedByItsHolderIsSkipped(t *testing.T) {
	failure := errors.New("gave up")
	l := looptest.New(t)
	q := NewQueue[int](l, 1)
	looptest.Run(t, l, func() {
		q.Get(time.Hour).SetError(failure)
		second := q.Get()
		require.NoError(t, q.PutNowait(1))
		require.True(t, second.Done())

		require.NoError(t, q.PutNowait(2))
		q.Put(3, time.Hour).SetError(failure)
		q.Put(4)
		for _, want := range []int{2, 4} {
			item, err := q.GetNowait()
			require.NoError(t, err)
			require.Equal(t, want, item)
		}
		q.Get().SetError(failure)
		require.NoError(t, q.PutNowait(5))
		require.Equal(t, "Queue[size:1, maxsize:1, getters:0, putters:0, tasks:4]", q.String())
	})
	require.Zero(t, l.Stats().Timeouts)
}

// Items are neither lost nor duplicated when timeouts race with puts and gets.
func TestItemsAreConserved(t *testing.T) {
	const coroutines, rounds = 10, 60
	l := looptest.New(t)
	random := rand.New(rand.NewPCG(1, 2))
	timeout := func() time.Duration { return time.Duration(random.IntN(100)) * time.Microsecond }
	for _, q := range []*Queue[int]{
		NewQueue[int](l, 2), NewPriorityQueue(l, 2, cmp.Compare[int]).Queue, NewLifoQueue[int](l, 2).Queue,
	} {
		balance := map[int]int{} // by item: puts minus gets
		puts, timeouts := 0, 0
		looptest.Run(t, l, func() {
			var all []*ioloop.Future[struct{}]
			each := func(work func(i int)) {
				for n := range coroutines {
					end := ioloop.NewFuture[struct{}](l)
					all = append(all, end)
					l.SpawnFunc(func() {
						defer end.SetResult(struct{}{})
						for i := range rounds {
							work(n*rounds + i)
							ioloop.Sleep(l, timeout()).Await()
						}
					})
				}
			}
			each(func(item int) {
				if _, err := q.Put(item, timeout()).Await(); err != nil {
					timeouts++
					return
				}
				puts++
				balance[item]++
			})
			each(func(int) {
				if item, err := q.Get(timeout()).Await(); err != nil {
					timeouts++
				} else {
					balance[item]--
					q.TaskDone()
				}
			})
			ioloop.Multi(l, all...).Await()
			for !q.Empty() {
				item, _ := q.GetNowait()
				balance[item]--
				q.TaskDone()
			}
			q.Join().Await()
		})
		for item, n := range balance {
			if n != 0 {
				t.Errorf("%d was put %d times more often than got", item, n)
			}
		}
		require.NotZero(t, puts)
		require.NotZero(t, timeouts)
		require.Equal(t, "Queue[size:0, maxsize:2, getters:0, putters:0, tasks:0]", q.String())
		require.Zero(t, l.Stats().Timeouts)
	}
}

func TestCallsFromOtherGoroutinesPanicInDebugMode(t *testing.T) {
	l := looptest.New(t)
	q := NewQueue[int](l, 1)
	calls := map[string]func(){
		"NewQueue": func() { NewQueue[int](l, 0) }, "Queue.Put": func() { q.Put(1) }, "Queue.PutNowait": func() { q.PutNowait(1) },
		"Queue.Get": func() { q.Get() }, "Queue.GetNowait": func() { q.GetNowait() }, "Queue.TaskDone": q.TaskDone,
		"Queue.Join": func() { q.Join() }, "Queue.QSize": func() { q.QSize() }, "Queue.Empty": func() { q.Empty() },
		"Queue.Full": func() { q.Full() },
	}
	looptest.Run(t, l, func() {
		for name, call := range calls {
			said := make(chan any)
			go func() {
				defer func() { said <- recover() }()
				call()
			}()
			if got := fmt.Sprint(<-said); !strings.HasPrefix(got, "ioloop: "+name+" called from goroutine") {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

func benchmark(b *testing.B, fn func(l *ioloop.IOLoop)) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	defer l.Close()
	b.ReportAllocs()
	looptest.Run(b, l, func() { fn(l) })
}

func BenchmarkPutGet(b *testing.B) {
	benchmark(b, func(l *ioloop.IOLoop) {
		q := NewQueue[int](l, 0)
		for b.Loop() {
			q.Put(1).Await()
			q.Get().Await()
		}
	})
}

func BenchmarkPutNowaitGetNowait(b *testing.B) {
	benchmark(b, func(l *ioloop.IOLoop) {
		q := NewQueue[int](l, 0)
		for b.Loop() {
			q.PutNowait(1)
			q.GetNowait()
		}
	})
}

// Two coroutines send an item back and forth. Each round has two waits.
func BenchmarkPingPong(b *testing.B) {
	benchmark(b, func(l *ioloop.IOLoop) {
		ping, pong := NewQueue[int](l, 1), NewQueue[int](l, 1)
		l.SpawnFunc(func() {
			for item := range ping.All() {
				pong.Put(item).Await()
			}
		})
		for b.Loop() {
			ping.Put(1).Await()
			pong.Get().Await()
		}
	})
}

func BenchmarkPriorityQueueOf1000(b *testing.B) {
	benchmark(b, func(l *ioloop.IOLoop) {
		q := NewPriorityQueue(l, 0, cmp.Compare[int])
		random := rand.New(rand.NewPCG(1, 2))
		for range 1000 {
			q.PutNowait(random.Int())
		}
		for b.Loop() {
			q.PutNowait(random.Int())
			q.GetNowait()
		}
	})
}
