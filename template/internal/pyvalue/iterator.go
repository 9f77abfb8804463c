package pyvalue

import (
	"fmt"

	"go.starlark.net/starlark"
)

// An iterator is what iter, map, zip and their like return, and a generator expression:
// its elements can be visited once. They are computed when it is made.
type iterator struct {
	kind  string // the name of Python's type
	elems []starlark.Value
	next  int
}

func newIterator(kind string, elems []starlark.Value) *iterator {
	return &iterator{kind: kind, elems: elems}
}

func (it *iterator) String() string { return "<" + it.kind + " object>" }

func (it *iterator) Type() string { return it.kind }

func (it *iterator) Freeze() {}

func (it *iterator) Truth() starlark.Bool { return true }

func (it *iterator) Hash() (uint32, error) { return 0, nil }

// Iterate returns a view of it: who visits an element takes it away.
func (it *iterator) Iterate() starlark.Iterator { return it.cursor() }

func (it *iterator) cursor() starlark.Iterator { return (*iteratorCursor)(it) }

type iteratorCursor iterator

func (c *iteratorCursor) Next(p *starlark.Value) bool {
	if c.next >= len(c.elems) {
		return false
	}
	*p = c.elems[c.next]
	c.next++
	return true
}

func (c *iteratorCursor) Done() {}

// iterableElements are the elements that a loop over x visits, charged for.
func iterableElements(thread *starlark.Thread, x starlark.Value) ([]starlark.Value, error) {
	list, err := iterable(x)
	if err != nil {
		return nil, err
	}
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	return elements(list), nil
}

// iteratorKind is the type of iter(x).
func iteratorKind(x starlark.Value) string {
	switch v := x.(type) {
	case starlark.String:
		if isASCII(string(v)) {
			return "str_ascii_iterator"
		}
		return "str_iterator"
	case *starlark.List, *goSlice:
		return "list_iterator"
	case starlark.Tuple:
		return "tuple_iterator"
	case *starlark.Dict, *goMap:
		return "dict_keyiterator"
	case *starlark.Set, frozenSet:
		return "set_iterator"
	case *pyRange:
		return "range_iterator"
	case *dictView:
		return "dict_" + v.kind[:len(v.kind)-1] + "iterator"
	case starlark.Bytes:
		return "bytes_iterator"
	}
	return "iterator"
}

func nextOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	it, ok := args[0].(*iterator)
	if !ok {
		return nil, raise("TypeError", "'%s' object is not an iterator", pyType(args[0]))
	}
	var v starlark.Value
	switch {
	case it.cursor().Next(&v):
		return v, nil
	case args[1] != nil:
		return args[1], nil
	}
	return nil, &pyError{kind: "StopIteration"}
}

// generatorOf is a generator expression, of which args[0] is the list.
func generatorOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return newIterator("generator", elements(args[0].(*starlark.List))), nil
}

// zipped returns tuples of the elements of each list, as many as the shortest has. An
// iterator that is given twice yields in turn.
func zipped(thread *starlark.Thread, lists starlark.Tuple, notIterable func(err error, i int) error) ([]starlark.Value, error) {
	iters := make([]starlark.Iterator, len(lists))
	for i, x := range lists {
		list, err := iterable(x)
		if err != nil {
			return nil, notIterable(err, i)
		}
		if err := charge(thread, starlark.Len(list)); err != nil {
			return nil, err
		}
		iters[i] = list.Iterate()
		defer iters[i].Done()
	}
	var rows []starlark.Value
	for len(iters) > 0 {
		row := make(starlark.Tuple, len(iters))
		for i, iter := range iters {
			if !iter.Next(&row[i]) {
				return rows, nil
			}
		}
		if rows = append(rows, row); len(rows) > maxSequence {
			return nil, errTooManyParts
		}
	}
	return nil, nil
}

func zipOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	lists, strict := args[1].(starlark.Tuple), args[0]
	rows, err := zipped(thread, lists, func(err error, i int) error {
		return raise("TypeError", "'%s' object is not iterable", pyType(lists[i]))
	})
	if err == nil && bool(strict.Truth()) {
		err = checkStrict(lists, len(rows))
	}
	return newIterator("zip", rows), err
}

// checkStrict refuses lists of different lengths.
func checkStrict(lists starlark.Tuple, n int) error {
	for i := range lists {
		length := starlark.Len(lists[i])
		if first := starlark.Len(lists[0]); length < 0 || length == first {
			continue
		}
		word := "longer"
		if length == n {
			word = "shorter"
		}
		than := "argument 1"
		if i > 1 {
			than = fmt.Sprintf("arguments 1-%d", i)
		}
		return raise("ValueError", "zip() argument %d is %s than %s", i+1, word, than)
	}
	return nil
}

func enumerateOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	elems, err := iterableElements(thread, args[0])
	if err != nil {
		return nil, err
	}
	n, ok := asNumber(args[1]).(starlark.Int)
	if !ok {
		return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(args[1]))
	}
	one := starlark.MakeInt(1)
	rows := make([]starlark.Value, len(elems))
	for i, v := range elems {
		rows[i] = starlark.Tuple{n, v}
		n = n.Add(one)
	}
	return newIterator("enumerate", rows), nil
}

func reversedOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	kind := "reversed"
	if args = args[0].(starlark.Tuple); len(args) != 1 {
		return nil, raise("TypeError", "reversed expected 1 argument, got %d", len(args))
	}
	switch x := args[0].(type) {
	case *starlark.List, *goSlice:
		kind = "list_reverseiterator"
	case *pyRange:
		kind = "range_iterator"
	case *starlark.Dict, *goMap:
		kind = "dict_reversekeyiterator"
	case *dictView:
		kind = "dict_reverse" + x.kind[:len(x.kind)-1] + "iterator"
	case starlark.String, starlark.Bytes, starlark.Tuple:
	default:
		return nil, raise("TypeError", "'%s' object is not reversible", pyType(x))
	}
	elems, err := iterableElements(thread, args[0])
	if err != nil {
		return nil, err
	}
	out := make([]starlark.Value, len(elems))
	for i, v := range elems {
		out[len(elems)-1-i] = v
	}
	return newIterator(kind, out), nil
}

// Attr implements starlark.HasAttrs.
func (it *iterator) Attr(name string) (starlark.Value, error) { return nativeAttr(it, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (it *iterator) AttrNames() []string { return nil }
