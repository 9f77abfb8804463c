package pyvalue

import (
	"math"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// span returns s[start:end], and the number of characters before it. ok is false if start is
// after end.
func span(s string, start, end starlark.Value) (part string, before int, ok bool, err error) {
	if start == starlark.None && end == starlark.None {
		return s, 0, true, nil
	}
	runes := []rune(s)
	lo, err := sliceBound(start, 0, len(runes), 0, math.MaxInt)
	if err != nil {
		return "", 0, false, err
	}
	hi, err := sliceBound(end, len(runes), len(runes), 0, len(runes))
	if err != nil || lo > hi {
		return "", 0, false, err
	}
	return string(runes[lo:hi]), lo, true, nil
}

func strCount(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	sub, isText := args[1].(starlark.String)
	if !isText {
		return nil, raise("TypeError", "must be str, not %s", pyType(args[1]))
	}
	part, _, ok, err := span(text(args[0]), args[2], args[3])
	if !ok || err != nil {
		return starlark.MakeInt(0), err
	}
	return starlark.MakeInt(strings.Count(part, string(sub))), charge(thread, len(part)/64)
}

// finder returns find, rfind, index or rindex. The function index returns the position in bytes
// of one text in another. With must, a text that is not found is an error.
func finder(index func(s, sub string) int, must bool) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		sub, isText := args[1].(starlark.String)
		if !isText {
			return nil, raise("TypeError", "must be str, not %s", pyType(args[1]))
		}
		part, before, ok, err := span(text(args[0]), args[2], args[3])
		if err != nil {
			return nil, err
		}
		at := -1
		if ok {
			if at = index(part, string(sub)); at >= 0 {
				at = before + utf8.RuneCountInString(part[:at])
			}
		}
		if at < 0 && must {
			return nil, raise("ValueError", "substring not found")
		}
		return starlark.MakeInt(at), charge(thread, len(part)/64)
	}
}

// affixed returns startswith or endswith.
func affixed(name string, has func(s, affix string) bool) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		list, many := args[1].(starlark.Tuple)
		if !many {
			list = args[1:2]
		}
		kind := args[0].Type()
		part, _, ok, err := spanOf(args[0], args[2], args[3])
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			switch {
			case v.Type() == kind:
			case many && kind == "bytes":
				return nil, raise("TypeError", "a bytes-like object is required, not '%s'", pyType(v))
			case many:
				return nil, raise("TypeError", "tuple for %s must only contain str, not %s", name, pyType(v))
			default:
				return nil, raise("TypeError", "%s first arg must be %s or a tuple of %s, not %s", name, pyType(args[0]), pyType(args[0]), pyType(v))
			}
			if ok && has(part, text(v)) {
				return starlark.True, nil
			}
		}
		return starlark.False, nil
	}
}

// spanOf is like span, but counts bytes if x is bytes.
func spanOf(x, start, end starlark.Value) (part string, before int, ok bool, err error) {
	b, isBytes := x.(starlark.Bytes)
	if !isBytes {
		return span(text(x), start, end)
	}
	lo, err := sliceBound(start, 0, len(b), 0, math.MaxInt)
	if err != nil {
		return "", 0, false, err
	}
	hi, err := sliceBound(end, len(b), len(b), 0, len(b))
	if err != nil || lo > hi {
		return "", 0, false, err
	}
	return string(b[lo:hi]), lo, true, nil
}

// stripper returns strip, lstrip or rstrip.
func stripper(name string, left, right bool) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		in := IsSpace
		switch chars := args[1].(type) {
		case starlark.NoneType:
		case starlark.String:
			in = func(r rune) bool { return strings.ContainsRune(string(chars), r) }
		default:
			return nil, raise("TypeError", "%s arg must be None or str", name)
		}
		s := text(args[0])
		if err := charge(thread, len(s)/64); err != nil {
			return nil, err
		}
		if left {
			s = strings.TrimLeftFunc(s, in)
		}
		if right {
			s = strings.TrimRightFunc(s, in)
		}
		return starlark.String(s), nil
	}
}

// partitioned returns partition or rpartition.
func partitioned(index func(s, sub string) int, fromRight bool) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		sep, ok := args[1].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "must be str, not %s", pyType(args[1]))
		}
		return partition(args[0], string(sep), index, fromRight)
	}
}

func partition(x starlark.Value, sep string, index func(s, sub string) int, fromRight bool) (starlark.Value, error) {
	s := text(x)
	if sep == "" {
		return nil, raise("ValueError", "empty separator")
	}
	at := index(s, sep)
	switch {
	case at < 0 && fromRight:
		return starlark.Tuple{like(x, ""), like(x, ""), x}, nil
	case at < 0:
		return starlark.Tuple{x, like(x, ""), like(x, "")}, nil
	}
	return starlark.Tuple{like(x, s[:at]), like(x, sep), like(x, s[at+len(sep):])}, nil
}

// remover returns removeprefix or removesuffix.
func remover(name string, cut func(s, affix string) (string, bool)) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		affix, ok := args[1].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "%s() argument must be str, not %s", name, pyType(args[1]))
		}
		s, _ := cut(text(args[0]), string(affix))
		return starlark.String(s), nil
	}
}
