package pyvalue

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A goSlice is a slice or an array of Go: a list that cannot be changed.
type goSlice struct {
	value reflect.Value
	elem  *typeInfo
}

func (s *goSlice) String() string        { return string(must(appendRepr(nil, s))) }
func (s *goSlice) Type() string          { return "slice" }
func (s *goSlice) Freeze()               {}
func (s *goSlice) Truth() starlark.Bool  { return s.value.Len() > 0 }
func (s *goSlice) Hash() (uint32, error) { return 0, errUnhashable("list") }
func (s *goSlice) Len() int              { return s.value.Len() }

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

func elements(s starlark.Iterable) []starlark.Value {
	var list []starlark.Value
	iter := s.Iterate()
	defer iter.Done()
	var v starlark.Value
	for iter.Next(&v) {
		list = append(list, v)
	}
	return list
}

func must(b []byte, _ error) []byte { return b }

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

// A goMap is a map of Go: a dict that cannot be changed. Its keys come in order. A key
// that is a name can also be read as an attribute, as in Tornado's ObjectDict.
type goMap struct {
	value reflect.Value
	info  *typeInfo
}

func (m *goMap) String() string        { return string(must(appendRepr(nil, m))) }
func (m *goMap) Type() string          { return "mapping" }
func (m *goMap) Freeze()               {}
func (m *goMap) Truth() starlark.Bool  { return m.value.Len() > 0 }
func (m *goMap) Hash() (uint32, error) { return 0, errUnhashable("dict") }
func (m *goMap) Len() int              { return m.value.Len() }

func (m *goMap) Get(key starlark.Value) (starlark.Value, bool, error) {
	if s, ok := key.(starlark.String); ok {
		if v, ok := m.lookup(string(s)); ok {
			return v, true, nil
		}
	}
	k, err := toGo(key, m.info.t.Key())
	if err != nil || !k.Comparable() {
		return nil, false, nil // a key of another type is not in the map
	}
	v := m.value.MapIndex(k)
	if !v.IsValid() {
		return nil, false, nil
	}
	return m.info.element().convert(v), true, nil
}

// lookup is Get for the map type of almost every namespace, without reflection.
func (m *goMap) lookup(key string) (starlark.Value, bool) {
	if m.info.t != reflect.TypeFor[map[string]any]() {
		return nil, false
	}
	v, ok := m.value.Interface().(map[string]any)[key]
	if !ok {
		return nil, false
	}
	return m.info.adaptor.value(v), true
}

// keys are the keys in order: numbers by value, strings by their bytes, others by how they print.
func (m *goMap) keys() []reflect.Value {
	keys := m.value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.Kind() == reflect.String:
			return strings.Compare(a.String(), b.String())
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		}
		return strings.Compare(fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface()))
	})
	return keys
}

// Items implements starlark.IterableMapping.
func (m *goMap) Items() []starlark.Tuple {
	items := []starlark.Tuple{}
	for _, k := range m.keys() {
		items = append(items, starlark.Tuple{m.info.adaptor.reflected(k), m.info.element().convert(m.value.MapIndex(k))})
	}
	return items
}

func (m *goMap) keyList() []starlark.Value {
	list := []starlark.Value{}
	for _, k := range m.keys() {
		list = append(list, m.info.adaptor.reflected(k))
	}
	return list
}

func (m *goMap) Iterate() starlark.Iterator { return starlark.NewList(m.keyList()).Iterate() }

// Attr finds what the map holds under name, then the methods of its type.
func (m *goMap) Attr(name string) (starlark.Value, error) {
	plain, _ := strings.CutSuffix(name, pysyntax.CallMark)
	v, found, err := m.Get(starlark.String(plain))
	if found || err != nil {
		return v, err
	}
	if member := m.info.member(plain); member != nil {
		return (&goObject{m.value, m.info}).Attr(name)
	}
	return nil, raise("AttributeError", "'dict' object has no attribute '%s'", plain)
}

func (m *goMap) AttrNames() []string { return nil }

// CompareSameType compares two maps of Go as Python compares dicts.
func (m *goMap) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	other, ok := y.(*goMap)
	if !ok {
		return op == syntax.NEQ, nil
	}
	if op != syntax.EQL && op != syntax.NEQ {
		return false, raise("TypeError", "'%s' not supported between instances of 'dict' and 'dict'", op)
	}
	return starlark.CompareDepth(op, toDict(m), toDict(other), depth)
}

// toDict copies a map of Go into a dict of the language.
func toDict(m *goMap) *starlark.Dict {
	dict := starlark.NewDict(m.Len())
	for _, item := range m.Items() {
		_ = dict.SetKey(item[0], item[1]) // an unhashable key of Go is left out
	}
	return dict
}
