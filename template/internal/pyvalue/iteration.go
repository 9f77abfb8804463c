package pyvalue

import (
	"fmt"
	"reflect"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// iterable returns the iterable that a loop over v visits. For a string this is a list of its
// characters, otherwise v itself.
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

// maxReserved limits the number of elements for which memory is reserved before an iterable has
// yielded them.
const maxReserved = 1 << 12

// elements returns a new slice with the elements of s.
func elements(s starlark.Iterable) []starlark.Value {
	var list []starlark.Value
	if n := starlark.Len(s); n > 0 {
		list = make([]starlark.Value, 0, min(n, maxReserved))
	}
	iter := s.Iterate()
	defer iter.Done()
	var v starlark.Value
	for iter.Next(&v) {
		list = append(list, v)
	}
	return list
}

// chargedIterable returns the iterable that a loop over x visits. It counts the elements as steps
// of the run.
func chargedIterable(thread *starlark.Thread, x starlark.Value) (starlark.Iterable, error) {
	list, err := iterable(x)
	if err != nil {
		return nil, err
	}
	return list, charge(thread, starlark.Len(list))
}

// iterableElements returns the elements that a loop over x visits, and counts them as steps of
// the run.
func iterableElements(thread *starlark.Thread, x starlark.Value) ([]starlark.Value, error) {
	list, err := chargedIterable(thread, x)
	if err != nil {
		return nil, err
	}
	return elements(list), nil
}

// zipped returns tuples with an element of each list, as many as the shortest list has. If an
// iterator occurs twice, its elements go to both places in turn.
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
