package succession

import "weak"

// A weakList is a list of things of type T. It does not keep the things alive, and leaves out
// those that do not exist any more.
type weakList[T any] struct {
	items []func() (T, bool) // each function returns its thing, or false if nothing else refers to the thing
	full  int                // number of items at which the list is pruned
}

// insert adds the thing that item returns. item must only hold a weak pointer.
func (l *weakList[T]) insert(item func() (T, bool)) {
	if len(l.items) >= l.full {
		l.prune()
	}
	l.items = append(l.items, item)
}

func (l *weakList[T]) prune() {
	var kept []func() (T, bool)
	for _, item := range l.items {
		if _, ok := item(); ok {
			kept = append(kept, item)
		}
	}
	l.items, l.full = kept, 2*len(kept)+16
}

// all returns the things that exist, in the order in which they were added.
func (l *weakList[T]) all() (things []T) {
	for _, item := range l.items {
		if thing, ok := item(); ok {
			things = append(things, thing)
		}
	}
	return things
}

// weakly returns an item that holds pointer weakly. convert makes a T of the pointer.
func weakly[S, T any](pointer *S, convert func(*S) T) func() (T, bool) {
	w := weak.Make(pointer)
	return func() (thing T, ok bool) {
		if p := w.Value(); p != nil {
			return convert(p), true
		}
		return thing, false
	}
}
