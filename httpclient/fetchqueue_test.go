package httpclient

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A queueLog drives a fetchQueue and records which fetches start.
type queueLog struct {
	queue   *fetchQueue
	fetches map[string]*queuedFetch // by name; the first letter is the origin
	started []string
}

func newQueueLog(o Options) *queueLog {
	return &queueLog{queue: newFetchQueue(&o), fetches: map[string]*queuedFetch{}}
}

// enter enters a fetch, and returns "full" if the queue refuses it.
func (l *queueLog) enter(name string) string {
	f := &queuedFetch{origin: origin{"http", name[:1], 80}, start: func() { l.started = append(l.started, name) }}
	l.fetches[name] = f
	if l.queue.enter(f) != nil {
		delete(l.fetches, name)
		return "full"
	}
	return ""
}

func (l *queueLog) leave(name string) {
	l.queue.leave(l.fetches[name])
	delete(l.fetches, name)
}

// run runs steps such as "a1 a2 -a1": a1 and a2 enter, a1 leaves. It returns the fetches that have
// started, in order, and "full" for each refusal.
func (l *queueLog) run(steps string) string {
	for _, step := range strings.Fields(steps) {
		if name, leaves := strings.CutPrefix(step, "-"); leaves {
			l.leave(name)
		} else if refusal := l.enter(step); refusal != "" {
			l.started = append(l.started, refusal)
		}
	}
	return strings.Join(l.started, " ")
}

// Fetches start in their order. One whose origin has no free slot lets those to other origins
// pass, and keeps its place.
func TestFetchQueue(t *testing.T) { // client-2, client-b2
	for _, tt := range []struct {
		name    string
		options Options
		steps   string
		want    string
	}{
		{"first come, first served", Options{MaxClients: 1}, "a1 b1 a2 -a1 -b1 -a2", "a1 b1 a2"},
		{"one that waits leaves", Options{MaxClients: 1}, "a1 a2 a3 -a2 -a1", "a1 a3"},
		{"leaving twice", Options{MaxClients: 1}, "a1 a2 a3 -a3 -a1", "a1 a2"},
		{"another origin passes", Options{MaxClients: 2, MaxClientsPerHost: 1}, "a1 a2 b1", "a1 b1"},
		{"the origin's slot is free", Options{MaxClients: 2, MaxClientsPerHost: 1}, "a1 a2 a3 b1 -a1 -a2", "a1 b1 a2 a3"},
		{"the oldest that may start", Options{MaxClients: 2, MaxClientsPerHost: 1}, "a1 b1 b2 a2 c1 -a1 -a2 -b1", "a1 b1 a2 c1 b2"},
		{"an older one is free again", Options{MaxClients: 3, MaxClientsPerHost: 1}, "a1 b1 c1 a2 d1 d2 -a1 -b1", "a1 b1 c1 a2 d1"},
		{"a free slot of the origin alone", Options{MaxClients: 2, MaxClientsPerHost: 1}, "a1 b1 a2 c1 -b1", "a1 b1 c1"},
		{"both slots free at once", Options{MaxClients: 2, MaxClientsPerHost: 2}, "a1 a2 a3 b1 -a1", "a1 a2 a3"},
		{"one that is first at its origin leaves", Options{MaxClients: 1, MaxClientsPerHost: 1}, "a1 b1 b2 -b1 -a1", "a1 b2"},
		{"the queue is full", Options{MaxClients: 1, MaxQueue: 1}, "a1 a2 a3 -a1 a4", "a1 full a2"},
		{"leaving makes room", Options{MaxClients: 1, MaxQueue: 1}, "a1 a2 -a2 a3 a4 -a1", "a1 full a3"},
		{"no room is needed to start at once", Options{MaxClients: 2, MaxClientsPerHost: 1, MaxQueue: 1}, "a1 a2 b1 b2", "a1 b1 full"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, newQueueLog(tt.options).run(tt.steps))
		})
	}
}

// Against a queue that looks through all waiting fetches, in random runs.
func TestFetchQueueAgainstASearch(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := newQueueLog(Options{MaxClients: 1 + random.IntN(5), MaxClientsPerHost: random.IntN(4)})
		var waiting, active, want []string
		for n := range 100 {
			all := append(slices.Clone(active), waiting...)
			if len(all) == 0 || random.IntN(5) < 3 {
				name := fmt.Sprint(string(rune('a'+random.IntN(4))), n)
				waiting = append(waiting, name)
				waiting, active = startBySearch(l.queue, waiting, active, &want)
				l.enter(name)
			} else {
				name := all[random.IntN(len(all))]
				same := func(other string) bool { return other == name }
				waiting, active = slices.DeleteFunc(waiting, same), slices.DeleteFunc(active, same)
				waiting, active = startBySearch(l.queue, waiting, active, &want)
				l.leave(name)
			}
			require.Equal(t, want, l.started, "seed %d", seed)
			require.Equal(t, len(active), l.queue.active)
		}
		for name := range l.fetches {
			l.leave(name)
		}
		require.Zero(t, l.queue.active)
		require.Zero(t, l.queue.waiting)
		require.Empty(t, l.queue.ready)
		require.Empty(t, l.queue.origins)
	}
}

// startBySearch starts the first of the waiting fetches that may start, again and again.
func startBySearch(q *fetchQueue, waiting, active []string, started *[]string) ([]string, []string) {
	for len(active) < q.limit {
		i := slices.IndexFunc(waiting, func(name string) bool {
			n := 0
			for _, a := range active {
				if a[0] == name[0] {
					n++
				}
			}
			return n < q.limitPerOrigin
		})
		if i < 0 {
			break
		}
		*started = append(*started, waiting[i])
		active, waiting = append(active, waiting[i]), slices.Delete(waiting, i, i+1)
	}
	return waiting, active
}

// A fetch to one origin ends and another one begins, while many wait for the slot of another origin.
func BenchmarkFetchQueue(b *testing.B) {
	for _, waiting := range []int{0, 10, 10_000} {
		b.Run(fmt.Sprint(waiting, " waiting"), func(b *testing.B) {
			q := newFetchQueue(&Options{MaxClients: 10, MaxClientsPerHost: 1})
			enter := func(host string) *queuedFetch {
				f := &queuedFetch{origin: origin{"http", host, 80}, start: func() {}}
				q.enter(f)
				return f
			}
			for range waiting {
				enter("busy.example")
			}
			b.ReportAllocs()
			for b.Loop() {
				q.leave(enter("quick.example"))
			}
		})
	}
}
