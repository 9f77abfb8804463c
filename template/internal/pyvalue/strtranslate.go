package pyvalue

import (
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

func strReplace(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	for i, v := range args[1:3] {
		if _, ok := v.(starlark.String); !ok {
			return nil, raise("TypeError", "replace() argument %d must be str, not %s", i+1, pyType(v))
		}
	}
	return replaced(thread, args)
}

// replaced implements replace, of text and of bytes.
func replaced(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	s, old, with := text(args[0]), text(args[1]), text(args[2])
	count, err := asIndex(args[3])
	if err != nil {
		return nil, err
	}
	n := len(s)
	if len(with) > len(old) {
		n += (strings.Count(s, old) + 1) * (len(with) - len(old))
	}
	if n > maxText {
		return nil, errTextTooLong
	}
	if _, isBytes := args[0].(starlark.Bytes); isBytes && old == "" {
		return starlark.Bytes(interleaved(s, with, count)), nil
	}
	return like(args[0], strings.Replace(s, old, with, count)), charge(thread, n/64)
}

// interleaved inserts with before each of the first count bytes of s, and after the last one.
func interleaved(s, with string, count int) string {
	var b strings.Builder
	for i := range len(s) + 1 {
		if count < 0 || i < count {
			b.WriteString(with)
		}
		if i < len(s) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func strTranslate(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	var b strings.Builder
	for _, r := range text(args[0]) {
		v, err := pyIndex(args[1], starlark.MakeInt(int(r)))
		if err != nil {
			if !inherits(classNameOf(pythonError(err)), "LookupError") {
				return nil, err
			}
			b.WriteRune(r)
			continue
		}
		switch v := v.(type) {
		case starlark.NoneType:
		case starlark.String:
			b.WriteString(string(v))
		case starlark.Int:
			n, ok := v.Int64()
			if !ok || n < 0 || n > utf8.MaxRune {
				return nil, raise("ValueError", "character mapping must be in range(0x110000)")
			}
			b.WriteRune(rune(n))
		default:
			return nil, raise("TypeError", "character mapping must return integer, None or str")
		}
		if b.Len() > maxText {
			return nil, errTextTooLong
		}
	}
	return starlark.String(b.String()), nil
}

// makeTrans implements str.maketrans.
func makeTrans(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	table := new(starlark.Dict)
	if args[1] == nil {
		return table, makeTransFrom(table, args[0])
	}
	from, ok := args[0].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "first maketrans argument must be a string if there is a second argument")
	}
	to, ok := args[1].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "maketrans() argument 2 must be str, not %s", pyType(args[1]))
	}
	source, target := []rune(string(from)), []rune(string(to))
	if len(source) != len(target) {
		return nil, raise("ValueError", "the first two maketrans arguments must have equal length")
	}
	for i := range source {
		_ = table.SetKey(starlark.MakeInt(int(source[i])), starlark.MakeInt(int(target[i])))
	}
	if args[2] != nil {
		for _, r := range text(args[2]) {
			_ = table.SetKey(starlark.MakeInt(int(r)), starlark.None)
		}
	}
	return table, nil
}

func makeTransFrom(table *starlark.Dict, x starlark.Value) error {
	dict, ok := x.(starlark.IterableMapping)
	if !ok {
		return raise("TypeError", "if you give only one argument to maketrans it must be a dict")
	}
	for _, item := range dict.Items() {
		key := item[0]
		switch k := key.(type) {
		case starlark.String:
			runes := []rune(string(k))
			if len(runes) != 1 {
				return raise("ValueError", "string keys in translate table must be of length 1")
			}
			key = starlark.MakeInt(int(runes[0]))
		case starlark.Int:
		default:
			return raise("TypeError", "keys in translate table must be strings or integers")
		}
		_ = table.SetKey(key, item[1])
	}
	return nil
}
