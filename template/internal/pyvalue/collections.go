package pyvalue

import (
	"go.starlark.net/starlark"
)

// flattened returns the elements of a display with starred elements. pattern has a 1 for each
// starred element.
func flattened(thread *starlark.Thread, args starlark.Tuple) ([]starlark.Value, error) {
	pattern, list := string(args[0].(starlark.String)), args[1].(*starlark.List)
	var out []starlark.Value
	for i := range list.Len() {
		v := list.Index(i)
		if pattern[i] == '0' {
			out = append(out, v)
			continue
		}
		more, err := iterable(v)
		if err != nil {
			return nil, raise("TypeError", "Value after * must be an iterable, not %s", pyType(v))
		}
		if err := charge(thread, starlark.Len(more)); err != nil {
			return nil, err
		}
		out = append(out, elements(more)...)
	}
	return out, nil
}

func listOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := flattened(thread, args)
	return starlark.NewList(list), err
}

func tupleOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := flattened(thread, args)
	return starlark.Tuple(list), err
}

// dictOf merges mappings; later keys win.
func dictOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	dict := new(starlark.Dict)
	for _, part := range elements(args[0].(*starlark.List)) {
		mapping, ok := part.(starlark.IterableMapping)
		if !ok {
			return nil, raise("TypeError", "'%s' object is not a mapping", pyType(part))
		}
		if err := mergeDict(thread, dict, mapping); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func pairs(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	dict := new(starlark.Dict)
	for _, elem := range elements(args[0].(*starlark.List)) {
		pair := elem.(starlark.Tuple)
		if err := setItem(thread, dict, pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func setOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return setFrom(thread, args[0])
}

// unpack splits an iterable for "a, *b, c = x". Its arguments are the numbers of targets before
// and after the star.
func unpack(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	x, err := chargedIterable(thread, args[0])
	if err != nil {
		return nil, err
	}
	before, _ := starlark.AsInt32(args[1])
	after, _ := starlark.AsInt32(args[2])
	list := elements(x)
	if len(list) < before+after {
		return nil, raise("ValueError", "not enough values to unpack (expected at least %d, got %d)", before+after, len(list))
	}
	out := append(starlark.Tuple{}, list[:before]...)
	out = append(out, starlark.NewList(append([]starlark.Value{}, list[before:len(list)-after]...)))
	return append(out, list[len(list)-after:]...), nil
}
