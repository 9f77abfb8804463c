package queues

// A store holds the items of a queue and decides which one leaves first. It releases room
// that it no longer needs, and keeps no reference to an item that has left.
type store[T any] interface {
	pushItem(item T)
	popItem() T // the store must not be empty
	len() int
}

// minRoom is the capacity in items that an empty store keeps.
const minRoom = 16

// A ring returns the oldest item first.
type ring[T any] struct {
	slots []T
	first int // slot of the oldest item
	count int
}

func (r *ring[T]) len() int { return r.count }

func (r *ring[T]) pushItem(item T) {
	if r.count == len(r.slots) {
		r.resize(max(2*r.count, minRoom))
	}
	r.slots[r.slot(r.count)] = item
	r.count++
}

func (r *ring[T]) popItem() T {
	item := r.slots[r.first]
	clear(r.slots[r.first : r.first+1])
	r.first = r.slot(1)
	r.count--
	if len(r.slots) > minRoom && r.count <= len(r.slots)/4 {
		r.resize(len(r.slots) / 2)
	}
	return item
}

// slot returns the index of the i-th oldest item.
func (r *ring[T]) slot(i int) int {
	if i += r.first; i >= len(r.slots) {
		i -= len(r.slots)
	}
	return i
}

func (r *ring[T]) resize(room int) {
	slots := make([]T, room)
	n := copy(slots, r.slots[r.first:min(r.first+r.count, len(r.slots))])
	copy(slots[n:r.count], r.slots)
	r.slots, r.first = slots, 0
}

// A stack returns the newest item first.
type stack[T any] []T

func (s *stack[T]) len() int { return len(*s) }

func (s *stack[T]) pushItem(item T) { *s = append(*s, item) }

func (s *stack[T]) popItem() T {
	item := (*s)[len(*s)-1]
	*s = cut(*s)
	return item
}

// A heap returns the least item first, and the oldest one of equal items. An entry is never less
// than its parent, whose index is half of the entry's.
type heap[T any] struct {
	compare func(a, b T) int
	entries []heapEntry[T]
	puts    uint64
}

type heapEntry[T any] struct {
	item T
	seq  uint64 // order of arrival
}

func (h *heap[T]) len() int { return len(h.entries) }

func (h *heap[T]) less(i, j int) bool {
	a, b := &h.entries[i], &h.entries[j]
	c := h.compare(a.item, b.item)
	return c < 0 || c == 0 && a.seq < b.seq
}

func (h *heap[T]) swap(i, j int) { h.entries[i], h.entries[j] = h.entries[j], h.entries[i] }

func (h *heap[T]) pushItem(item T) {
	h.puts++
	h.entries = append(h.entries, heapEntry[T]{item, h.puts})
	for i := len(h.entries) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap[T]) popItem() T {
	item := h.entries[0].item
	h.swap(0, len(h.entries)-1)
	h.entries = cut(h.entries)
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.entries); child++ {
			if h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return item
		}
		h.swap(i, least)
		i = least
	}
}

// cut removes the last element.
func cut[E any](s []E) []E {
	last := len(s) - 1
	clear(s[last:])
	if s = s[:last]; cap(s) > minRoom && last <= cap(s)/4 {
		return append(make([]E, 0, cap(s)/2), s...)
	}
	return s
}
