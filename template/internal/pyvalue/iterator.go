package pyvalue

import (
	"go.starlark.net/starlark"
)

// An iterator is the result of iter, map, zip and similar functions, and of a generator
// expression. Its elements are computed when it is made, and can be visited once.
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

// Iterate returns a view of the iterator: an element that one loop visits, no other loop
// visits.
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

// iteratorKind returns the name of the type of iter(x).
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

// generatorOf implements a generator expression; args[0] is the list of its elements.
func generatorOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return newIterator("generator", elements(args[0].(*starlark.List))), nil
}

// Attr implements starlark.HasAttrs.
func (it *iterator) Attr(name string) (starlark.Value, error) { return nativeAttr(it, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (it *iterator) AttrNames() []string { return nil }

func iterOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[1] != nil {
		return nil, notSupported("iter() with two arguments")
	}
	if it, ok := args[0].(*iterator); ok {
		return it, nil
	}
	elems, err := iterableElements(thread, args[0])
	return newIterator(iteratorKind(args[0]), elems), err
}
