package pyvalue

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// stringMethod calls a method of str: ours where Starlark counts bytes, sets no limit,
// or has none.
func stringMethod(thread *starlark.Thread, x starlark.String, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := charge(thread, len(x)/64); err != nil {
		return nil, err
	}
	s := string(x)
	switch name {
	case "format":
		text, err := formatString(s, args, kwargs)
		return starlark.String(text), err
	case "format_map":
		if len(args) == 1 {
			if m, ok := args[0].(starlark.IterableMapping); ok {
				text, err := formatString(s, nil, m.Items())
				return starlark.String(text), err
			}
		}
		return nil, raise("TypeError", "format_map() takes a mapping")
	case "find", "rfind", "index", "rindex", "count":
		return findIn(s, name, args)
	case "center", "ljust", "rjust", "zfill":
		return padded(s, name, args)
	case "encode":
		return starlark.Bytes(s), nil
	case "casefold":
		return starlark.String(strings.ToLower(strings.ReplaceAll(s, "ß", "ss"))), nil
	case "swapcase":
		return starlark.String(strings.Map(swapCase, s)), nil
	case "isdecimal", "isnumeric", "isdigit":
		return starlark.Bool(s != "" && strings.IndexFunc(s, func(r rune) bool { return !isDigit(name, r) }) < 0), nil
	case "upper":
		return starlark.String(strings.ToUpper(strings.ReplaceAll(s, "ß", "SS"))), nil
	case "title":
		return starlark.String(title(s)), nil
	case "capitalize":
		_, size := utf8.DecodeRuneInString(s)
		return starlark.String(title(s[:size]) + strings.ToLower(s[size:])), nil
	case "strip", "lstrip", "rstrip":
		return stripped(s, name, args)
	case "expandtabs":
		return starlark.String(strings.ReplaceAll(s, "\t", strings.Repeat(" ", 8))), nil
	case "replace", "join":
		if err := checkLength(thread, s, name, args); err != nil {
			return nil, err
		}
	}
	native, err := x.Attr(name)
	if err != nil || native == nil {
		return nil, raise("AttributeError", "'str' object has no attribute '%s'", name)
	}
	for _, kw := range kwargs { // sep, maxsplit, keepends: in this order
		args = append(args, kw[1])
	}
	if name == "splitlines" && len(args) == 0 {
		return splitLines(s), nil
	}
	return starlark.Call(thread, native, args, nil)
}

func isDigit(kind string, r rune) bool {
	if kind == "isnumeric" {
		return unicode.IsNumber(r)
	}
	return unicode.IsDigit(r)
}

func swapCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

// title is str.title: a letter is a capital unless one stands before it.
func title(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		before := inWord
		inWord = unicode.IsLetter(r)
		if before {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

func stripped(s, name string, args starlark.Tuple) (starlark.Value, error) {
	in := IsSpace
	if len(args) > 0 && args[0] != starlark.None {
		set, ok := args[0].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "%s arg must be None or str", name)
		}
		in = func(r rune) bool { return strings.ContainsRune(string(set), r) }
	}
	if name != "rstrip" {
		s = strings.TrimLeftFunc(s, in)
	}
	if name != "lstrip" {
		s = strings.TrimRightFunc(s, in)
	}
	return starlark.String(s), nil
}

func splitLines(s string) starlark.Value {
	list := []starlark.Value{}
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			list = append(list, starlark.String(s))
			break
		}
		list = append(list, starlark.String(s[:i]))
		_, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			size = 2
		}
		s = s[i+size:]
	}
	return starlark.NewList(list)
}

// findIn is find and its like, in characters.
func findIn(s, name string, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(args) > 3 {
		return nil, raise("TypeError", "%s() takes at least 1 argument (%d given)", name, len(args))
	}
	sub, ok := args[0].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "must be str, not %s", pyType(args[0]))
	}
	runes := []rune(s)
	bounds := []int{0, len(runes)}
	for i, arg := range args[1:] {
		n, err := sliceBound(arg, bounds[i], len(runes), 0, len(runes))
		if err != nil {
			return nil, err
		}
		bounds[i] = n
	}
	at := -1
	if bounds[0] <= bounds[1] {
		part := string(runes[bounds[0]:bounds[1]])
		switch name {
		case "count":
			return starlark.MakeInt(strings.Count(part, string(sub))), nil
		case "find", "index":
			at = strings.Index(part, string(sub))
		default:
			at = strings.LastIndex(part, string(sub))
		}
		if at >= 0 {
			at = bounds[0] + utf8.RuneCountInString(part[:at])
		}
	}
	switch {
	case name == "count":
		return starlark.MakeInt(0), nil
	case at < 0 && strings.HasSuffix(name, "index"):
		return nil, raise("ValueError", "substring not found")
	}
	return starlark.MakeInt(at), nil
}

func padded(s, name string, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, raise("TypeError", "%s expected at least 1 argument, got %d", name, len(args))
	}
	width, err := starlark.AsInt32(args[0])
	if err != nil || width > maxWidth {
		return nil, raise("OverflowError", "a width of more than %d", maxWidth)
	}
	f := formatSpec{fill: " ", width: width}
	if len(args) == 2 {
		fill, ok := args[1].(starlark.String)
		if !ok || utf8.RuneCountInString(string(fill)) != 1 {
			return nil, raise("TypeError", "The fill character must be exactly one character long")
		}
		f.fill = string(fill)
	}
	switch name {
	case "ljust":
		f.align = '<'
	case "rjust":
		f.align = '>'
	case "center": // Python puts the odd blank on the left if the width is odd
		left := max(0, width-utf8.RuneCountInString(s))
		left = left/2 + left&width&1
		return starlark.String(f.padBy(s, left)), nil
	case "zfill":
		sign := ""
		if s != "" && (s[0] == '+' || s[0] == '-') {
			sign, s = s[:1], s[1:]
		}
		f.fill, f.align, f.width = "0", '>', width-len(sign)
		return starlark.String(sign + f.pad(s, '>')), nil
	}
	return starlark.String(f.pad(s, '<')), nil
}

// padBy puts so many fill characters before s, and the rest of the width behind it.
func (f formatSpec) padBy(s string, left int) string {
	missing := max(0, f.width-utf8.RuneCountInString(s))
	return strings.Repeat(f.fill, left) + s + strings.Repeat(f.fill, missing-left)
}

// checkLength refuses a result that would be too long, before it is made.
func checkLength(thread *starlark.Thread, s, name string, args starlark.Tuple) error {
	n := len(s)
	switch {
	case name == "join" && len(args) == 1:
		list, err := iterable(args[0])
		if err != nil {
			return err
		}
		args[0] = list
		n = max(starlark.Len(list), 0) * len(s)
		if err := charge(thread, starlark.Len(list)); err != nil {
			return err
		}
		for i, v := range elements(list) {
			text, ok := v.(starlark.String)
			if !ok {
				return raise("TypeError", "sequence item %d: expected str instance, %s found", i, pyType(v))
			}
			n += len(text)
		}
	case name == "replace" && len(args) >= 2:
		old, ok1 := args[0].(starlark.String)
		with, ok2 := args[1].(starlark.String)
		if ok1 && ok2 && len(with) > len(old) {
			n += (strings.Count(s, string(old)) + 1) * (len(with) - len(old))
		}
	}
	if n > maxText {
		return errTextTooLong
	}
	return charge(thread, n/64)
}
