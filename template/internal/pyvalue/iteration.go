package pyvalue

import (
	"math"
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
	if s, ok := args[0].(starlark.String); ok {
		if err := charge(thread, len(s)); err != nil {
			return nil, err
		}
	}
	return iterable(args[0])
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

// iterating are the functions that visit all of their first arguments.
func iterating(name string) bool {
	switch name {
	case "all", "any", "enumerate", "list", "max", "min", "reversed", "set", "sorted", "tuple", "zip":
		return true
	}
	return false
}

func mapOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) < 2 {
		return nil, raise("TypeError", "map() must have at least two arguments.")
	}
	columns := make([][]starlark.Value, len(args)-1)
	shortest := math.MaxInt
	for i, arg := range args[1:] {
		list, err := iterable(arg)
		if err != nil {
			return nil, err
		}
		if err := charge(thread, starlark.Len(list)); err != nil {
			return nil, err
		}
		columns[i] = elements(list)
		shortest = min(shortest, len(columns[i]))
	}
	var out []starlark.Value
	for row := range shortest {
		call := make(starlark.Tuple, len(columns))
		for i := range columns {
			call[i] = columns[i][row]
		}
		v, err := starlark.Call(thread, args[0], call, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return starlark.NewList(out), nil
}

func filterOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) != 2 {
		return nil, raise("TypeError", "filter expected 2 arguments, got %d", len(args))
	}
	list, err := iterable(args[1])
	if err != nil {
		return nil, err
	}
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	var out []starlark.Value
	for _, v := range elements(list) {
		keep := v
		if args[0] != starlark.None {
			if keep, err = starlark.Call(thread, args[0], starlark.Tuple{v}, nil); err != nil {
				return nil, err
			}
		}
		if keep.Truth() {
			out = append(out, v)
		}
	}
	return starlark.NewList(out), nil
}

// next gives the first element of a generator expression, which here is a list.
func next(args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, raise("TypeError", "next expected at least 1 argument, got %d", len(args))
	}
	list, err := iterable(args[0])
	if err != nil {
		return nil, err
	}
	iter := list.Iterate()
	defer iter.Done()
	var v starlark.Value
	switch {
	case iter.Next(&v):
		return v, nil
	case len(args) == 2:
		return args[1], nil
	}
	return nil, &pyError{kind: "StopIteration"}
}
