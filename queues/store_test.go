package queues

import (
	"cmp"
	"slices"
	"testing"
)

// A model is a store that is simple enough to be correct by inspection.
type model struct {
	items []int
	take  func(items []int) (index int)
}

func oldest([]int) int       { return 0 }
func newest(items []int) int { return len(items) - 1 }

// least returns the index of the least item. It compares only the tens, so that the ones show the
// order of equal items.
func least(items []int) int {
	return slices.Index(items, slices.MinFunc(items, compareTens))
}

func compareTens(a, b int) int { return cmp.Compare(a/10, b/10) }

func room(s store[*int]) []*int {
	switch s := s.(type) {
	case *ring[*int]:
		return s.slots
	case *stack[*int]:
		return (*s)[:cap(*s)]
	}
	entries := s.(*heap[*int]).entries
	var all []*int
	for _, e := range entries[:cap(entries)] {
		all = append(all, e.item)
	}
	return all
}

// FuzzStore compares every store with its model, which must return the same items in the same
// order. No slot may keep an item that has left, and the capacity is at most four times the
// necessary one. An even byte b puts the item b/2; an odd byte gets b/32+1 times.
func FuzzStore(f *testing.F) {
	f.Add([]byte{2, 4, 6, 1, 1, 1})
	f.Add([]byte{20, 22, 24, 40, 2, 4, 1, 100, 102, 1, 65})
	var wave []byte
	for i := range 150 {
		wave = append(wave, byte(2*i), byte(6*i), byte(32*(i%2)+1))
	}
	f.Add(append(wave, slices.Repeat([]byte{1}, 150)...))
	f.Fuzz(func(t *testing.T, script []byte) {
		script = script[:min(len(script), 1000)] // the model is slow
		for name, tt := range map[string]struct {
			store store[*int]
			model model
		}{
			"ring":  {&ring[*int]{}, model{take: oldest}},
			"stack": {&stack[*int]{}, model{take: newest}},
			"heap":  {&heap[*int]{compare: func(a, b *int) int { return compareTens(*a, *b) }}, model{take: least}},
		} {
			for _, b := range script {
				if b%2 == 0 {
					item := int(b / 2)
					tt.store.pushItem(&item)
					tt.model.items = append(tt.model.items, item)
				} else {
					get(t, name, tt.store, &tt.model, int(b/32)+1)
				}
				held := room(tt.store)
				if len(held) > max(2*minRoom, 4*len(tt.model.items)) {
					t.Fatalf("%s: room for %d, but %d items", name, len(held), len(tt.model.items))
				}
				if n := len(held) - countNil(held); n != len(tt.model.items) {
					t.Fatalf("%s: %d slots keep an item, but there are %d items", name, n, len(tt.model.items))
				}
			}
			get(t, name, tt.store, &tt.model, len(tt.model.items))
		}
	})
}

func get(t *testing.T, name string, s store[*int], m *model, n int) {
	for ; n > 0 && len(m.items) > 0; n-- {
		i := m.take(m.items)
		want := m.items[i]
		m.items = slices.Delete(m.items, i, i+1)
		if got := *s.popItem(); got != want || s.len() != len(m.items) {
			t.Fatalf("%s: got %d of %d, want %d of %d", name, got, s.len(), want, len(m.items))
		}
	}
}

func countNil(held []*int) (n int) {
	for _, p := range held {
		if p == nil {
			n++
		}
	}
	return n
}
