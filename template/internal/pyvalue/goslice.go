package pyvalue

import (
	"reflect"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A goSlice is a slice or an array of Go. In a template it is a list that cannot be changed.
type goSlice struct {
	value reflect.Value
	elem  *typeInfo
}

func (s *goSlice) String() string { return string(must(appendRepr(nil, s))) }

func (s *goSlice) Type() string { return "slice" }

func (s *goSlice) Freeze() {}

func (s *goSlice) Truth() starlark.Bool { return s.value.Len() > 0 }

func (s *goSlice) Hash() (uint32, error) { return 0, errUnhashable("list") }

func (s *goSlice) Len() int { return s.value.Len() }

func (s *goSlice) Index(i int) starlark.Value { return s.elem.convert(s.value.Index(i)) }

func (s *goSlice) Iterate() starlark.Iterator { return &sliceIterator{s: s} }

// Slice implements starlark.Sliceable.
func (s *goSlice) Slice(start, end, step int) starlark.Value {
	if step == 1 && s.value.Kind() == reflect.Slice {
		return &goSlice{value: s.value.Slice(start, end), elem: s.elem}
	}
	var list []starlark.Value
	for i := start; step > 0 && i < end || step < 0 && i > end; i += step {
		list = append(list, s.Index(i))
	}
	return starlark.NewList(list)
}

// Binary implements "x in s".
func (s *goSlice) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op != syntax.IN || side != starlark.Right {
		return nil, nil
	}
	for i := range s.Len() {
		if equal, err := starlark.Equal(s.Index(i), y); equal || err != nil {
			return starlark.Bool(equal), err
		}
	}
	return starlark.False, nil
}

// CompareSameType compares two slices of Go as Python compares lists.
func (s *goSlice) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	other, ok := y.(*goSlice)
	if !ok {
		return op == syntax.NEQ, nil
	}
	return starlark.CompareDepth(op, starlark.NewList(elements(s)), starlark.NewList(elements(other)), depth)
}

type sliceIterator struct {
	s *goSlice
	i int
}

func (it *sliceIterator) Next(p *starlark.Value) bool {
	if it.i >= it.s.Len() {
		return false
	}
	*p = it.s.Index(it.i)
	it.i++
	return true
}

func (it *sliceIterator) Done() {}
