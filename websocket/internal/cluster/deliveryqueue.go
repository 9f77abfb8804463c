package cluster

import "sync"

// A DeliveryQueue holds the items that wait for one loop, up to a number of bytes. Any goroutine may
// use it.
type DeliveryQueue[T any] struct {
	max       int
	mu        sync.Mutex
	waiting   []T
	bytes     int
	scheduled bool
}

// maxDelivery is the largest number of items that Take returns.
const maxDelivery = 1024

// NewDeliveryQueue returns an empty queue for at most max bytes.
func NewDeliveryQueue[T any](max int) *DeliveryQueue[T] { return &DeliveryQueue[T]{max: max} }

// Add adds an item of size bytes. accepted is false if the queue is full. schedule is true if
// the caller must see to a call of Take on the loop.
func (b *DeliveryQueue[T]) Add(item T, size int) (accepted, schedule bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) > 0 && b.bytes+size > b.max {
		return false, false
	}
	b.waiting = append(b.waiting, item)
	b.bytes += size
	schedule = !b.scheduled
	b.scheduled = true
	return true, schedule
}

// Take returns the items that wait, oldest first, but at most 1,024. size returns the bytes
// of an item. schedule is true if more items wait: the caller must see to another call.
func (b *DeliveryQueue[T]) Take(size func(*T) int) (items []T, schedule bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.waiting), maxDelivery)
	items, b.waiting = b.waiting[:n:n], b.waiting[n:]
	for i := range items {
		b.bytes -= size(&items[i])
	}
	if len(b.waiting) == 0 {
		b.waiting = nil
	}
	b.scheduled = len(b.waiting) > 0
	return items, b.scheduled
}
