package pyvalue

import (
	"reflect"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// iterable is what a loop over v visits: the characters of a string, else v itself.
func iterable(v starlark.Value) (starlark.Iterable, error) {
	switch v := v.(type) {
	case starlark.String:
		chars := make([]starlark.Value, 0, len(v))
		for i, r := range string(v) {
			chars = append(chars, v[i:i+max(utf8.RuneLen(r), 1)])
		}
		return starlark.NewList(chars), nil
	case starlark.Bytes:
		bytes := make([]starlark.Value, len(v))
		for i := range len(v) {
			bytes[i] = starlark.MakeInt(int(v[i]))
		}
		return starlark.NewList(bytes), nil
	case starlark.Iterable:
		return v, nil
	case *goFunc:
		if v.fn.Kind() == reflect.Func && (v.fn.Type().CanSeq() || v.fn.Type().CanSeq2()) {
			return v.sequence()
		}
	}
	return nil, raise("TypeError", "'%s' object is not iterable", pyType(v))
}

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

func mapOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	rest := args[0].(starlark.Tuple)
	if len(rest) < 2 {
		return nil, raise("TypeError", "map() must have at least two arguments.")
	}
	rows, err := zipped(thread, rest[1:], func(err error, _ int) error { return err })
	if err != nil {
		return nil, err
	}
	out := make([]starlark.Value, len(rows))
	for i, row := range rows {
		if out[i], err = callValue(thread, rest[0], row.(starlark.Tuple)...); err != nil {
			return nil, err
		}
	}
	return newIterator("map", out), nil
}

func filterOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	elems, err := iterableElements(thread, args[1])
	if err != nil {
		return nil, err
	}
	var out []starlark.Value
	for _, v := range elems {
		keep := v
		if args[0] != starlark.None {
			if keep, err = callValue(thread, args[0], v); err != nil {
				return nil, err
			}
		}
		if keep.Truth() {
			out = append(out, v)
		}
	}
	return newIterator("filter", out), nil
}
