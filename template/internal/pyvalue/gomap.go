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

// A goMap is a map of Go. In a template it is a dict that cannot be changed, with its keys
// in order. A key that is a name can also be read as an attribute, as in Tornado's
// ObjectDict.
type goMap struct {
	value reflect.Value
	info  *typeInfo
}

func (m *goMap) String() string { return string(must(appendRepr(nil, m))) }

func (m *goMap) Type() string { return "mapping" }

func (m *goMap) Freeze() {}

func (m *goMap) Truth() starlark.Bool { return m.value.Len() > 0 }

func (m *goMap) Hash() (uint32, error) { return 0, errUnhashable("dict") }

func (m *goMap) Len() int { return m.value.Len() }

func (m *goMap) Get(key starlark.Value) (starlark.Value, bool, error) {
	if s, ok := key.(starlark.String); ok {
		if v, ok := m.lookup(string(s)); ok {
			return v, true, nil
		}
	}
	k, err := toGo(key, m.info.t.Key())
	if err != nil || !k.Comparable() {
		return nil, false, nil // a key of another type cannot be in the map
	}
	v := m.value.MapIndex(k)
	if !v.IsValid() {
		return nil, false, nil
	}
	return m.info.element().convert(v), true, nil
}

// lookup is a faster Get for map[string]any, the type of most namespaces. It uses no
// reflection.
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

// keys returns the keys in order: numbers by value, strings by bytes, others by their text.
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

// Attr returns the value of the key name, or the method name of the map's type.
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

// toDict returns a copy of m as a dict of Starlark.
func toDict(m *goMap) *starlark.Dict {
	dict := starlark.NewDict(m.Len())
	for _, item := range m.Items() {
		_ = dict.SetKey(item[0], item[1]) // a key of Go that is not hashable is left out
	}
	return dict
}
