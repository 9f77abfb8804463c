package queues

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

var (
	// ErrQueueFull is the error of PutNowait on a queue that has its maximum size.
	// Tornado: queues.QueueFull.
	ErrQueueFull = errors.New("queues: queue is full")

	// ErrQueueEmpty is the error of GetNowait on a queue without items.
	// Tornado: queues.QueueEmpty.
	ErrQueueEmpty = errors.New("queues: queue is empty")
)

// A Queue gives its items in the order they were put. It belongs to the loop it was
// made for. Tornado: queues.Queue.
type Queue[T any] struct {
	loop       *ioloop.IOLoop
	maxSize    int
	store      store[T]
	unfinished int                         // items put, less calls of TaskDone
	getters    waiters[T, struct{}]        // only while the store is empty
	putters    waiters[struct{}, T]        // only while the store is full
	joiners    waiters[struct{}, struct{}] // only while something is unfinished
	done       *ioloop.Future[struct{}]    // serves everyone who need not wait
}

// NewQueue returns a queue of l that holds at most maxSize items, or any number if
// maxSize is 0. A negative maxSize panics. Tornado: Queue.
func NewQueue[T any](l *ioloop.IOLoop, maxSize int) *Queue[T] {
	return newQueue(l, maxSize, &ring[T]{})
}

func newQueue[T any](l *ioloop.IOLoop, maxSize int, s store[T]) *Queue[T] {
	l.CheckOwner("NewQueue")
	if maxSize < 0 {
		panic(fmt.Sprintf("queues: maxSize can't be negative, but is %d; 0 means no limit", maxSize))
	}
	q := &Queue[T]{loop: l, maxSize: maxSize, store: s, done: ioloop.NewFuture[struct{}](l)}
	q.done.SetResult(struct{}{})
	return q
}

// A PriorityQueue is a Queue that gives the least of its items first, and of equal
// ones the oldest. Tornado: queues.PriorityQueue.
type PriorityQueue[T any] struct{ *Queue[T] }

// NewPriorityQueue returns a priority queue of l that holds at most maxSize items, or
// any number if maxSize is 0; a negative maxSize panics. compare is negative when a is
// to leave before b, positive when after; cmp.Compare does for numbers and strings.
func NewPriorityQueue[T any](l *ioloop.IOLoop, maxSize int, compare func(a, b T) int) *PriorityQueue[T] {
	return &PriorityQueue[T]{newQueue(l, maxSize, &heap[T]{compare: compare})}
}

// A LifoQueue is a Queue that gives its newest item first.
// Tornado: queues.LifoQueue.
type LifoQueue[T any] struct{ *Queue[T] }

// NewLifoQueue returns a last-in, first-out queue of l that holds at most maxSize
// items, or any number if maxSize is 0. A negative maxSize panics.
func NewLifoQueue[T any](l *ioloop.IOLoop, maxSize int) *LifoQueue[T] {
	return &LifoQueue[T]{newQueue(l, maxSize, &stack[T]{})}
}

// Put returns a future that is done when the item is in the queue, which may be at
// once, or fails with [ioloop.ErrTimeout] if the queue stays full until the timeout has
// passed: then the item is not put. Without a timeout it waits for as long as it takes;
// with one of 0 or less, hardly at all. Tornado: Queue.put.
func (q *Queue[T]) Put(item T, timeout ...time.Duration) *ioloop.Future[struct{}] {
	q.loop.CheckOwner("Queue.Put")
	if q.full() {
		return q.putters.join(q.loop, item, timeout)
	}
	q.put(item)
	return q.done
}

// PutNowait puts the item if there is room; otherwise the error is ErrQueueFull.
// Tornado: Queue.put_nowait.
func (q *Queue[T]) PutNowait(item T) error {
	q.loop.CheckOwner("Queue.PutNowait")
	if q.full() {
		return ErrQueueFull
	}
	q.put(item)
	return nil
}

// Get removes an item and returns its future, which is done when there is one, perhaps
// at once, or fails with [ioloop.ErrTimeout] if the timeout passes first. Without a
// timeout it waits for as long as it takes; with one of 0 or less, hardly at all.
// Tornado: Queue.get.
func (q *Queue[T]) Get(timeout ...time.Duration) *ioloop.Future[T] {
	q.loop.CheckOwner("Queue.Get")
	item, ok := q.get()
	if !ok {
		return q.getters.join(q.loop, struct{}{}, timeout)
	}
	f := ioloop.NewFuture[T](q.loop)
	f.SetResult(item)
	return f
}

// GetNowait removes and returns an item if there is one; otherwise the error is
// ErrQueueEmpty. Tornado: Queue.get_nowait.
func (q *Queue[T]) GetNowait() (T, error) {
	q.loop.CheckOwner("Queue.GetNowait")
	item, ok := q.get()
	if !ok {
		return item, ErrQueueEmpty
	}
	return item, nil
}

// All gets one item after another, for range, and waits in the coroutine that
// ranges whenever there is none. It ends only if that coroutine is cancelled while it
// waits (see [ioloop.Go]): break out of it, or let the loop's Close end the coroutine.
// Tornado: async for item in queue.
func (q *Queue[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			item, err := q.GetNowait()
			if err != nil {
				next := q.Get()
				if item, err = next.Await(); err != nil {
					next.Cancel() // or it would take an item that nobody sees
					return
				}
			}
			if !yield(item) {
				return
			}
		}
	}
}

// TaskDone says that the work on an item that was got is done. More calls than
// items put panic. Tornado: Queue.task_done.
func (q *Queue[T]) TaskDone() {
	q.loop.CheckOwner("Queue.TaskDone")
	if q.unfinished == 0 {
		panic("queues: TaskDone called too many times; call it once for each item that was got")
	}
	if q.unfinished--; q.unfinished > 0 {
		return
	}
	for ok := true; ok; {
		_, ok = q.joiners.wake(q.loop, struct{}{})
	}
}

// Join returns a future that is done when TaskDone has been called for every item put,
// which is so for a new queue, or fails with [ioloop.ErrTimeout] if the timeout passes
// first. Without a timeout it waits for as long as it takes; with one of 0 or less,
// hardly at all. Tornado: Queue.join.
func (q *Queue[T]) Join(timeout ...time.Duration) *ioloop.Future[struct{}] {
	q.loop.CheckOwner("Queue.Join")
	if q.unfinished > 0 {
		return q.joiners.join(q.loop, struct{}{}, timeout)
	}
	return q.done
}

// QSize returns the number of items in the queue. Tornado: Queue.qsize.
func (q *Queue[T]) QSize() int {
	q.loop.CheckOwner("Queue.QSize")
	return q.store.len()
}

// MaxSize returns the number of items the queue can hold; 0 means no limit.
// Tornado: Queue.maxsize.
func (q *Queue[T]) MaxSize() int { return q.maxSize }

// Empty reports whether the queue holds no item. Tornado: Queue.empty.
func (q *Queue[T]) Empty() bool {
	q.loop.CheckOwner("Queue.Empty")
	return q.store.len() == 0
}

// Full reports whether the queue has its maximum size. Tornado: Queue.full.
func (q *Queue[T]) Full() bool {
	q.loop.CheckOwner("Queue.Full")
	return q.full()
}

// String tells how much the queue holds and who waits for it.
func (q *Queue[T]) String() string {
	return fmt.Sprintf("Queue[size:%d, maxsize:%d, getters:%d, putters:%d, tasks:%d]",
		q.store.len(), q.maxSize, q.getters.line.Len(), q.putters.line.Len(), q.unfinished)
}

func (q *Queue[T]) full() bool { return q.maxSize > 0 && q.store.len() >= q.maxSize }

// put takes an item in, or hands it to whoever waits for one.
func (q *Queue[T]) put(item T) {
	q.unfinished++
	if _, ok := q.getters.wake(q.loop, item); !ok {
		q.store.put(item)
	}
}

// get takes an item out. The first putter in line gets its item in before that, so
// that the order of the items counts and not that of who came in time.
func (q *Queue[T]) get() (item T, ok bool) {
	if waiting, ok := q.putters.wake(q.loop, struct{}{}); ok {
		q.put(waiting)
	}
	if q.store.len() == 0 {
		return item, false
	}
	return q.store.get(), true
}
