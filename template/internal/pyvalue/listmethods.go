package pyvalue

import (
	"math"
	"slices"

	"go.starlark.net/starlark"
)

// listMethods are the methods of list. Those that do not change it work on a slice of Go.
var listMethods = []routine{
	{"append(object, /)", changing(func(_ *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
		return starlark.None, list.Append(args[0])
	})},
	{"clear()", changing(func(_ *starlark.Thread, list *starlark.List, _ starlark.Tuple) (starlark.Value, error) {
		return starlark.None, list.Clear()
	})},
	{"copy()", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		list := elements(args[0].(starlark.Iterable))
		return starlark.NewList(list), charge(thread, len(list))
	}},
	{"count(value, /)", countOf},
	{"extend(iterable, /)", changing(func(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
		return starlark.None, extend(thread, list, args[0])
	})},
	{"index(value, start=0, stop=9223372036854775807, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return indexOf(thread, args, func() error {
			text, err := appendRepr(nil, args[1])
			if err != nil {
				return err
			}
			return raise("ValueError", "%s is not in list", text)
		})
	}},
	{"insert(index, object, /)", changing(listInsert)},
	{"pop(index=-1, /)", changing(listPop)},
	{"remove(value, /)", changing(listRemove)},
	{"reverse()", changing(func(_ *starlark.Thread, list *starlark.List, _ starlark.Tuple) (starlark.Value, error) {
		elems := elements(list)
		slices.Reverse(elems)
		return starlark.None, setElements(list, elems)
	})},
	{"sort(*, key=None, reverse=False)", changing(func(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
		elems := elements(list)
		if err := sortBy(thread, elems, args[0], args[1]); err != nil {
			return nil, err
		}
		return starlark.None, setElements(list, elems)
	})},
}

// tupleMethods are the methods of tuple.
var tupleMethods = []routine{
	{"count(value, /)", countOf},
	{"index(value, start=0, stop=9223372036854775807, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return indexOf(thread, args, func() error { return raise("ValueError", "tuple.index(x): x not in tuple") })
	}},
}

// changing returns a method that changes a list. A slice of Go cannot be changed.
func changing(fn func(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error)) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		list, ok := args[0].(*starlark.List)
		if !ok {
			return nil, notSupported("changing a list of Go")
		}
		if err := charge(thread, list.Len()/16); err != nil {
			return nil, err
		}
		return fn(thread, list, args[1:])
	}
}

// setElements replaces the elements of list, which keeps its length.
func setElements(list *starlark.List, elems []starlark.Value) error {
	for i, v := range elems {
		if err := list.SetIndex(i, v); err != nil {
			return err
		}
	}
	return nil
}

// extend appends the elements that x yields to list. x can be list itself.
func extend(thread *starlark.Thread, list *starlark.List, x starlark.Value) error {
	more, err := iterable(x)
	if err != nil {
		return err
	}
	elems := elements(more)
	for _, v := range elems {
		if err := list.Append(v); err != nil {
			return err
		}
	}
	return charge(thread, len(elems))
}

// nativeMethod calls a method of Starlark's own list, with arguments that were checked.
func nativeMethod(thread *starlark.Thread, list *starlark.List, name string, args ...starlark.Value) (starlark.Value, error) {
	fn, err := list.Attr(name)
	if err != nil {
		return nil, err
	}
	return fn.(*starlark.Builtin).CallInternal(thread, args, nil)
}

func listInsert(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
	i, err := asIndex(args[0])
	if err != nil {
		return nil, err
	}
	n := list.Len()
	if i < 0 {
		i = max(0, i+n)
	}
	return nativeMethod(thread, list, "insert", starlark.MakeInt(min(i, n)), args[1])
}

func listPop(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
	i, err := asIndex(args[0])
	n := list.Len()
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, raise("IndexError", "pop from empty list")
	case i < 0:
		i += n
	}
	if i < 0 || i >= n {
		return nil, raise("IndexError", "pop index out of range")
	}
	return nativeMethod(thread, list, "pop", starlark.MakeInt(i))
}

func listRemove(thread *starlark.Thread, list *starlark.List, args starlark.Tuple) (starlark.Value, error) {
	for i := range list.Len() {
		found, err := pyEqual(list.Index(i), args[0])
		if err != nil {
			return nil, err
		}
		if found {
			_, err = nativeMethod(thread, list, "pop", starlark.MakeInt(i))
			return starlark.None, err
		}
	}
	return nil, raise("ValueError", "list.remove(x): x not in list")
}

func countOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, n := args[0].(starlark.Indexable), 0
	for i := range list.Len() {
		found, err := pyEqual(list.Index(i), args[1])
		if err != nil {
			return nil, err
		}
		if found {
			n++
		}
	}
	return starlark.MakeInt(n), charge(thread, list.Len()/16)
}

// indexOf implements index of a list or tuple. missing makes the error for an element that is not
// there.
func indexOf(thread *starlark.Thread, args starlark.Tuple, missing func() error) (starlark.Value, error) {
	list := args[0].(starlark.Indexable)
	n := list.Len()
	var bounds [2]int
	for i, v := range args[2:4] {
		if v == starlark.None {
			return nil, errSliceIndex
		}
		bound, err := sliceIndex(v, 0, math.MaxInt32)
		if e, ok := err.(*pyError); ok && e.kind == "TypeError" {
			return nil, errSliceIndex
		}
		if bound < 0 {
			bound = max(0, bound+n)
		}
		bounds[i] = bound
	}
	for i := bounds[0]; i < min(bounds[1], list.Len()); i++ {
		found, err := pyEqual(list.Index(i), args[1])
		if err != nil {
			return nil, err
		}
		if found {
			return starlark.MakeInt(i), charge(thread, i/16)
		}
	}
	return nil, missing()
}

var errSliceIndex = raise("TypeError", "slice indices must be integers or have an __index__ method")
