package queues_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/queues"
)

// start runs fn in a coroutine of a new loop until it returns.
func start(fn func(l *ioloop.IOLoop)) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer l.Close()
	if _, err := ioloop.RunSync(l, time.Minute, func() (any, error) { fn(l); return nil, nil }); err != nil {
		panic(err)
	}
}

func ExampleQueue() {
	start(func(l *ioloop.IOLoop) {
		q := queues.NewQueue[int](l, 2)
		l.SpawnFunc(func() { // the consumer; it ends with the loop
			for item := range q.All() {
				fmt.Println("doing work on", item)
				ioloop.Sleep(l, time.Millisecond).Await()
				q.TaskDone()
			}
		})
		for item := range 4 {
			q.Put(item).Await() // waits while two are in the queue
			fmt.Println("put", item)
		}
		q.Join().Await() // waits for the consumer to finish them all
		fmt.Println("done")
	})
	// Output:
	// put 0
	// put 1
	// put 2
	// doing work on 0
	// doing work on 1
	// put 3
	// doing work on 2
	// doing work on 3
	// done
}

func ExamplePriorityQueue() {
	type job struct {
		priority int
		name     string
	}
	start(func(l *ioloop.IOLoop) {
		q := queues.NewPriorityQueue(l, 0, func(a, b job) int { return cmp.Compare(a.priority, b.priority) })
		for _, j := range []job{{1, "medium-priority item"}, {0, "high-priority item"}, {10, "low-priority item"}} {
			q.PutNowait(j)
		}
		for !q.Empty() {
			j, _ := q.GetNowait()
			fmt.Println(j.name)
		}
	})
	// Output:
	// high-priority item
	// medium-priority item
	// low-priority item
}

func ExampleLifoQueue() {
	start(func(l *ioloop.IOLoop) {
		q := queues.NewLifoQueue[int](l, 0)
		for _, item := range []int{3, 2, 1} {
			q.PutNowait(item)
		}
		for item := range q.All() {
			fmt.Print(item, " ")
			if q.Empty() {
				break
			}
		}
	})
	// Output: 1 2 3
}

// A site maps pages to their links. The crawl below does not use a network.
type site map[string][]string

var errNotFound = errors.New("not found")

// links returns the links of a page after a delay.
func (s site) links(l *ioloop.IOLoop, page string) ([]string, error) {
	ioloop.Sleep(l, time.Millisecond).Await()
	links, ok := s[page]
	if !ok {
		return nil, fmt.Errorf("%s: %w", page, errNotFound)
	}
	return links, nil
}

// Several worker coroutines crawl a site, each page once. They share the maps without a
// lock, because only one of them runs at a time.
func Example_workerPool() {
	pages := site{
		"/":                 {"/guide", "/web", "/faq"},
		"/guide":            {"/", "/guide/coroutines", "/guide/queues"},
		"/web":              {"/", "/guide", "/missing"},
		"/faq":              {"/"},
		"/guide/coroutines": {"/guide", "/guide/queues"},
		"/guide/queues":     {"/guide", "/guide/coroutines"},
	}
	const concurrency = 3
	start(func(l *ioloop.IOLoop) {
		q := queues.NewQueue[string](l, 0)
		fetching, fetched, dead := map[string]bool{}, map[string]bool{}, map[string]bool{}
		fetch := func(page string) {
			defer q.TaskDone()
			if fetching[page] {
				return
			}
			fetching[page] = true
			links, err := pages.links(l, page)
			if err != nil {
				dead[page] = true
				return
			}
			fetched[page] = true
			for _, link := range links {
				q.Put(link).Await()
			}
		}
		for range concurrency {
			l.SpawnFunc(func() {
				for page := range q.All() {
					fetch(page)
				}
			})
		}
		q.Put("/").Await()
		if _, err := q.Join(5 * time.Second).Await(); err != nil {
			fmt.Println("gave up:", err)
		}
		fmt.Println("fetched:", slices.Sorted(maps.Keys(fetched)))
		fmt.Println("dead:", slices.Sorted(maps.Keys(dead)))
		fmt.Println("left:", q.QSize())
	})
	// Output:
	// fetched: [/ /faq /guide /guide/coroutines /guide/queues /web]
	// dead: [/missing]
	// left: 0
}
