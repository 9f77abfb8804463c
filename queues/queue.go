package queues

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

var (
	// ErrQueueFull is returned by PutNowait if the queue has its maximum size.
	// Tornado: queues.QueueFull.
	ErrQueueFull = errors.New("queues: queue is full")

	// ErrQueueEmpty is returned by GetNowait if the queue has no items.
	// Tornado: queues.QueueEmpty.
	ErrQueueEmpty = errors.New("queues: queue is empty")
)

// A Queue returns its items in the order in which they were put. It belongs to the loop it
// was made for. Tornado: queues.Queue.
type Queue[T any] struct {
	loop       *ioloop.IOLoop
	maxSize    int
	store      store[T]
	unfinished int                              // number of items that were put, minus the calls of TaskDone
	getters    pendingCalls[T, struct{}]        // empty unless the store is empty
	putters    pendingCalls[struct{}, T]        // empty unless the store is full
	joiners    pendingCalls[struct{}, struct{}] // empty unless items are unfinished
	done       *ioloop.Future[struct{}]         // the future that all calls return which need not wait
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

// A PriorityQueue is a Queue that returns its least item first, and the oldest of equal
// ones. Tornado: queues.PriorityQueue.
type PriorityQueue[T any] struct{ *Queue[T] }

// NewPriorityQueue returns a priority queue of l that holds at most maxSize items, or any
// number if maxSize is 0; a negative maxSize panics. compare returns a negative number if a
// leaves before b, and a positive one if after. For numbers and strings use cmp.Compare.
func NewPriorityQueue[T any](l *ioloop.IOLoop, maxSize int, compare func(a, b T) int) *PriorityQueue[T] {
	return &PriorityQueue[T]{newQueue(l, maxSize, &heap[T]{compare: compare})}
}

// A LifoQueue is a Queue that returns its newest item first.
// Tornado: queues.LifoQueue.
type LifoQueue[T any] struct{ *Queue[T] }

// NewLifoQueue returns a last-in, first-out queue of l that holds at most maxSize
// items, or any number if maxSize is 0. A negative maxSize panics.
func NewLifoQueue[T any](l *ioloop.IOLoop, maxSize int) *LifoQueue[T] {
	return &LifoQueue[T]{newQueue(l, maxSize, &stack[T]{})}
}

// Put returns a future that is done when the item is in the queue. If the queue stays full
// until the timeout has passed, the future fails with [ioloop.ErrTimeout] and the item is
// not put. If there is room, the future is done on return. Without a timeout the wait has
// no limit; a timeout of 0 or less passes when the loop next checks its timeouts. Tornado:
// Queue.put.
func (q *Queue[T]) Put(item T, timeout ...time.Duration) *ioloop.Future[struct{}] {
	q.loop.CheckOwner("Queue.Put")
	if q.full() {
		return q.putters.enqueueCall(q.loop, item, timeout)
	}
	q.addItem(item)
	return q.done
}

// PutNowait puts the item, or returns ErrQueueFull if there is no room.
// Tornado: Queue.put_nowait.
func (q *Queue[T]) PutNowait(item T) error {
	q.loop.CheckOwner("Queue.PutNowait")
	if q.full() {
		return ErrQueueFull
	}
	q.addItem(item)
	return nil
}

// Get removes the next item and returns a future with it. If no item comes before the
// timeout passes, the future fails with [ioloop.ErrTimeout]. If there is an item, the
// future is done on return. Without a timeout the wait has no limit; a timeout of 0 or less
// passes when the loop next checks its timeouts. Tornado: Queue.get.
func (q *Queue[T]) Get(timeout ...time.Duration) *ioloop.Future[T] {
	q.loop.CheckOwner("Queue.Get")
	item, ok := q.takeItem()
	if !ok {
		return q.getters.enqueueCall(q.loop, struct{}{}, timeout)
	}
	f := ioloop.NewFuture[T](q.loop)
	f.SetResult(item)
	return f
}

// GetNowait removes and returns the next item, or returns ErrQueueEmpty if there is none.
// Tornado: Queue.get_nowait.
func (q *Queue[T]) GetNowait() (T, error) {
	q.loop.CheckOwner("Queue.GetNowait")
	item, ok := q.takeItem()
	if !ok {
		return item, ErrQueueEmpty
	}
	return item, nil
}

// All ranges over the items: it gets one after another, and waits in the calling coroutine
// when there is none. It ends if that coroutine is cancelled while it waits (see
// [ioloop.Go]); otherwise break out of the loop. Tornado: async for item in queue.
func (q *Queue[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			item, err := q.GetNowait()
			if err != nil {
				next := q.Get()
				if item, err = next.Await(); err != nil {
					next.Cancel() // the future must not take an item later, which would be lost
					return
				}
			}
			if !yield(item) {
				return
			}
		}
	}
}

// TaskDone says that the work on an item from Get is done. It panics if it is called more
// often than items were put. Tornado: Queue.task_done.
func (q *Queue[T]) TaskDone() {
	q.loop.CheckOwner("Queue.TaskDone")
	if q.unfinished == 0 {
		panic("queues: TaskDone called too many times; call it once for each item that was got")
	}
	if q.unfinished--; q.unfinished > 0 {
		return
	}
	for ok := true; ok; {
		_, ok = q.joiners.completeFirst(q.loop, struct{}{})
	}
}

// Join returns a future that is done when TaskDone has been called for every item that was
// put; for a new queue that is on return. It fails with [ioloop.ErrTimeout] if the timeout
// passes first. Without a timeout the wait has no limit; a timeout of 0 or less passes when
// the loop next checks its timeouts. Tornado: Queue.join.
func (q *Queue[T]) Join(timeout ...time.Duration) *ioloop.Future[struct{}] {
	q.loop.CheckOwner("Queue.Join")
	if q.unfinished > 0 {
		return q.joiners.enqueueCall(q.loop, struct{}{}, timeout)
	}
	return q.done
}

// QSize returns the number of items in the queue. Tornado: Queue.qsize.
func (q *Queue[T]) QSize() int {
	q.loop.CheckOwner("Queue.QSize")
	return q.store.len()
}

// MaxSize returns the number of items that the queue can hold; 0 means no limit.
// Tornado: Queue.maxsize.
func (q *Queue[T]) MaxSize() int { return q.maxSize }

// Empty reports whether the queue has no items. Tornado: Queue.empty.
func (q *Queue[T]) Empty() bool {
	q.loop.CheckOwner("Queue.Empty")
	return q.store.len() == 0
}

// Full reports whether the queue has its maximum size. Tornado: Queue.full.
func (q *Queue[T]) Full() bool {
	q.loop.CheckOwner("Queue.Full")
	return q.full()
}

// String returns the sizes, and how many calls wait.
func (q *Queue[T]) String() string {
	return fmt.Sprintf("Queue[size:%d, maxsize:%d, getters:%d, putters:%d, tasks:%d]",
		q.store.len(), q.maxSize, q.getters.line.Len(), q.putters.line.Len(), q.unfinished)
}

func (q *Queue[T]) full() bool { return q.maxSize > 0 && q.store.len() >= q.maxSize }

// addItem adds an item, or gives it to the Get that has waited longest.
func (q *Queue[T]) addItem(item T) {
	q.unfinished++
	if _, ok := q.getters.completeFirst(q.loop, item); !ok {
		q.store.pushItem(item)
	}
}

// takeItem removes an item. Before that it lets the first waiting Put add its item, so that
// the store chooses among all items.
func (q *Queue[T]) takeItem() (item T, ok bool) {
	if waiting, ok := q.putters.completeFirst(q.loop, struct{}{}); ok {
		q.addItem(waiting)
	}
	if q.store.len() == 0 {
		return item, false
	}
	return q.store.popItem(), true
}
