package pyvalue

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// splitter returns split or rsplit: by white space, or by a separator.
func splitter(bySpace func(s string, most int) []string, bySep func(s, sep string, most int) []string) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		most, err := asIndex(args[2])
		if err != nil {
			return nil, err
		}
		if most < 0 {
			most = math.MaxInt - 1
		}
		s := text(args[0])
		var parts []string
		switch sep := args[1].(type) {
		case starlark.NoneType:
			parts = bySpace(s, most)
		case starlark.String:
			if sep == "" {
				return nil, raise("ValueError", "empty separator")
			}
			parts = bySep(s, string(sep), most)
		default:
			return nil, raise("TypeError", "must be str or None, not %s", pyType(sep))
		}
		return textList(args[0], parts), charge(thread, len(parts)+len(s)/64)
	}
}

// textList returns a list of parts, each in the type of x.
func textList(x starlark.Value, parts []string) starlark.Value {
	list := make([]starlark.Value, len(parts))
	for i, part := range parts {
		list[i] = like(x, part)
	}
	return starlark.NewList(list)
}

func splitSep(s, sep string, most int) []string {
	if most == math.MaxInt-1 {
		return strings.Split(s, sep)
	}
	return strings.SplitN(s, sep, most+1)
}

func rsplitSep(s, sep string, most int) []string {
	var parts []string
	for len(parts) < most {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

func splitSpace(s string, most int) []string {
	var parts []string
	for s = strings.TrimLeftFunc(s, IsSpace); s != ""; s = strings.TrimLeftFunc(s, IsSpace) {
		i := strings.IndexFunc(s, IsSpace)
		if i < 0 || len(parts) == most {
			return append(parts, trimLast(s, i < 0))
		}
		parts, s = append(parts, s[:i]), s[i:]
	}
	return parts
}

// trimLast removes the white space at the end of the last part, unless that part is the unsplit
// rest.
func trimLast(s string, whole bool) string {
	if whole {
		return strings.TrimRightFunc(s, IsSpace)
	}
	return s
}

func rsplitSpace(s string, most int) []string {
	var parts []string
	for s = strings.TrimRightFunc(s, IsSpace); s != ""; s = strings.TrimRightFunc(s, IsSpace) {
		i := strings.LastIndexFunc(s, IsSpace)
		if i < 0 || len(parts) == most {
			parts = append(parts, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		parts, s = append(parts, s[i+size:]), s[:i]
	}
	slices.Reverse(parts)
	return parts
}

func strSplitLines(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	keep, err := truthIndex(args[1])
	if err != nil {
		return nil, err
	}
	s := text(args[0])
	parts := splitLines(s, keep, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
	return textList(args[0], parts), charge(thread, len(parts)+len(s)/64)
}

// truthIndex converts an argument for a parameter that Python declares as an integer, but uses as
// a boolean.
func truthIndex(v starlark.Value) (bool, error) {
	n, err := asIndex(v)
	return n != 0, err
}

func splitLines(s string, keep bool, breaks string) []string {
	var parts []string
	for s != "" {
		i := strings.IndexAny(s, breaks)
		if i < 0 {
			return append(parts, s)
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			size = 2
		}
		if keep {
			parts = append(parts, s[:i+size])
		} else {
			parts = append(parts, s[:i])
		}
		s = s[i+size:]
	}
	return parts
}
