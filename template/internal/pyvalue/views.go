package pyvalue

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A dictView is the result of keys, values or items of a dict. It always shows the present
// content of the dict.
type dictView struct {
	kind string // keys, values or items
	dict starlark.IterableMapping
}

func viewOf(kind string) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return &dictView{kind, args[0].(starlark.IterableMapping)}, nil
	}
}

func (v *dictView) String() string { return string(must(appendRepr(nil, v))) }

func (v *dictView) Type() string { return "dict_" + v.kind }

func (v *dictView) Freeze() {}

func (v *dictView) Truth() starlark.Bool { return v.Len() > 0 }

func (v *dictView) Len() int { return starlark.Len(v.dict) }

// Hash of values is that of an object; keys and items are sets and have none.
func (v *dictView) Hash() (uint32, error) {
	if v.kind == "values" {
		return 0, nil
	}
	return 0, errUnhashable(v.Type())
}

func (v *dictView) Iterate() starlark.Iterator {
	if v.kind == "keys" {
		return v.dict.Iterate()
	}
	return &itemIterator{items: v.dict.Items(), values: v.kind == "values"}
}

// An itemIterator visits the items of a dict, or their values.
type itemIterator struct {
	items  []starlark.Tuple
	values bool
	next   int
}

func (it *itemIterator) Next(p *starlark.Value) bool {
	if it.next == len(it.items) {
		return false
	}
	item := it.items[it.next]
	it.next++
	if it.values {
		*p = item[1]
	} else {
		*p = item
	}
	return true
}

func (it *itemIterator) Done() {}

// contains reports "x in v".
func (v *dictView) contains(x starlark.Value) (bool, error) {
	switch v.kind {
	case "keys":
		_, found, err := lookup(nil, v.dict, x)
		return found, err
	case "items":
		pair, ok := x.(starlark.Tuple)
		if !ok || len(pair) != 2 {
			return false, nil
		}
		value, found, err := lookup(nil, v.dict, pair[0])
		if !found || err != nil {
			return false, err
		}
		return pyEqual(value, pair[1])
	}
	return containsElement(v, x)
}

// asSet returns the set of v's elements. It returns nil for a view of values.
func (v *dictView) asSet() (*starlark.Set, error) {
	if v.kind == "values" {
		return nil, nil
	}
	return setFrom(nil, v)
}

// viewOrder compares keys and items as sets.
func (v *dictView) viewOrder(op syntax.Token, y starlark.Value) (result, ok bool, err error) {
	a, err := v.asSet()
	if a == nil || err != nil {
		return false, false, err
	}
	b, err := setOperand(y)
	if b == nil || err != nil {
		return false, false, err
	}
	result, err = setOrder(op, a, b)
	return result, true, err
}

// Attr implements starlark.HasAttrs.
func (v *dictView) Attr(name string) (starlark.Value, error) { return nativeAttr(v, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (v *dictView) AttrNames() []string { return nil }
