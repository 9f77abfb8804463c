package pyvalue

import (
	"math"
	"unicode/utf8"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// pyLen implements Python's len: strings count characters.
func pyLen(v starlark.Value) (int, error) {
	switch v := v.(type) {
	case starlark.String:
		return utf8.RuneCountInString(string(v)), nil
	case *goObject:
		if m, err := v.Attr("Len" + pysyntax.CallMark); err == nil {
			if f, ok := m.(*goFunc); ok {
				n, err := f.call(nil, nil, nil)
				if err != nil {
					return 0, err
				}
				return starlark.AsInt32(n)
			}
		}
	}
	if n := starlark.Len(v); n >= 0 {
		return n, nil
	}
	return 0, raise("TypeError", "object of type '%s' has no len()", pyType(v))
}

// pyIndex returns x[key].
func pyIndex(x, key starlark.Value) (starlark.Value, error) {
	if s, ok := key.(*pySliceValue); ok {
		return pySlice(nil, x, s.bounds[0], s.bounds[1], s.bounds[2])
	}
	switch x := x.(type) {
	case starlark.Mapping:
		v, found, err := lookup(nil, x, key)
		if err == nil && !found {
			err = keyError(key)
		}
		return v, err
	case starlark.String:
		i, err := position("string", key, utf8.RuneCountInString(string(x)))
		if err != nil {
			return nil, err
		}
		if isASCII(string(x)) {
			return x[i : i+1], nil
		}
		return starlark.String([]rune(string(x))[i : i+1]), nil
	case starlark.Bytes:
		i, err := position("byte", key, len(x))
		if err != nil {
			return nil, err
		}
		return starlark.MakeInt(int(x[i])), nil
	case *pyRange:
		i, err := position("range object", key, x.Len())
		if err != nil {
			return nil, err
		}
		return x.Index(i), nil
	case starlark.Indexable:
		i, err := position(pyType(x), key, x.Len())
		if err != nil {
			return nil, err
		}
		return x.Index(i), nil
	case *class:
		if x == listClass || x == dictClass || x == tupleClass || x == setClass || x == typeClass || x == frozenSetClass {
			return nil, notSupported("a type with parameters")
		}
		return nil, raise("TypeError", "type '%s' is not subscriptable", x.path)
	}
	return nil, raise("TypeError", "'%s' object is not subscriptable", pyType(x))
}

func position(kind string, key starlark.Value, n int) (int, error) {
	index, ok := asNumber(key).(starlark.Int)
	if !ok {
		return 0, wrongIndex(kind, pyType(key))
	}
	i, ok := index.Int64()
	if !ok {
		return 0, raise("IndexError", "cannot fit 'int' into an index-sized integer")
	}
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		if kind == "byte" {
			return 0, raise("IndexError", "index out of range")
		}
		return 0, raise("IndexError", "%s index out of range", kind)
	}
	return int(i), nil
}

// pySlice returns x[lo:hi:step].
func pySlice(thread *starlark.Thread, x, lo, hi, step starlark.Value) (starlark.Value, error) {
	switch x.(type) {
	case *starlark.Dict, *goMap:
		return nil, errUnhashable("slice")
	}
	size, err := pyLen(x)
	s, ok := x.(starlark.Sliceable)
	if !ok || err != nil {
		return nil, raise("TypeError", "'%s' object is not subscriptable", pyType(x))
	}
	by, err := sliceIndex(step, 1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	if by == 0 {
		return nil, raise("ValueError", "slice step cannot be zero")
	}
	first, last, low, high := 0, size, 0, size
	if by < 0 {
		first, last, low, high = size-1, -1, -1, size-1
	}
	start, err := sliceBound(lo, first, size, low, high)
	if err != nil {
		return nil, err
	}
	end, err := sliceBound(hi, last, size, low, high)
	if err != nil {
		return nil, err
	}
	if by > 0 {
		end = max(start, end)
	} else {
		end = min(start, end)
	}
	if err := charge(thread, size/64); err != nil {
		return nil, err
	}
	if text, ok := x.(starlark.String); ok && !isASCII(string(text)) {
		return sliceRunes([]rune(string(text)), start, end, by), nil
	}
	return s.Slice(start, end, by), nil
}

func sliceRunes(runes []rune, start, end, step int) starlark.Value {
	if step == 1 {
		return starlark.String(runes[start:end])
	}
	var out []rune
	for i := start; step > 0 && i < end || step < 0 && i > end; i += step {
		out = append(out, runes[i])
	}
	return starlark.String(out)
}

func sliceIndex(v starlark.Value, missing, limit int) (int, error) {
	if v == starlark.None {
		return missing, nil
	}
	n, ok := asNumber(v).(starlark.Int)
	if !ok {
		return 0, raise("TypeError", "slice indices must be integers or None or have an __index__ method")
	}
	i, ok := n.Int64()
	switch {
	case !ok && n.Sign() < 0:
		return -limit, nil
	case !ok:
		return limit, nil
	}
	return int(max(int64(-limit), min(i, int64(limit)))), nil
}

func sliceBound(v starlark.Value, missing, size, low, high int) (int, error) {
	if v == starlark.None {
		return missing, nil
	}
	i, err := sliceIndex(v, 0, math.MaxInt32)
	if i < 0 {
		i += size
	}
	return max(low, min(i, high)), err
}

func slice(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return pySlice(thread, args[0], args[1], args[2], args[3])
}

func deleteItem(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch x := args[0].(type) {
	case *starlark.Dict:
		if err := checkKey(thread, args[1]); err != nil {
			return nil, err
		}
		_, found, err := x.Delete(args[1])
		if err == nil && !found {
			err = keyError(args[1])
		}
		return starlark.None, err
	case *starlark.List:
		i, err := position("list assignment", args[1], x.Len())
		if err != nil {
			return nil, err
		}
		rest := elements(x)
		rest = append(rest[:i], rest[i+1:]...)
		if err := x.Clear(); err != nil {
			return nil, err
		}
		for _, v := range rest {
			_ = x.Append(v) // Append cannot fail, because the list was changed just before
		}
		return starlark.None, nil
	}
	return nil, raise("TypeError", "'%s' object doesn't support item deletion", pyType(args[0]))
}
