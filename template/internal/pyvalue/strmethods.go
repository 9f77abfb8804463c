package pyvalue

import (
	"strings"
	"unicode"

	"go.starlark.net/starlark"
)

// strMethods are the methods of str. The first argument of each function is the receiver.
var strMethods = []routine{
	{"capitalize()", textFunc(capitalized)},
	{"casefold()", textFunc(foldedCase)},
	{"center(width, fillchar=' ', /)", padded},
	{"count(sub, start=None, end=None, /) tuple", strCount},
	{"encode(encoding='utf-8', errors='strict')", strEncode},
	{"endswith(suffix, start=None, end=None, /) tuple", affixed("endswith", strings.HasSuffix)},
	{"expandtabs(tabsize=8)", strExpandTabs},
	{"find(sub, start=None, end=None, /) tuple", finder(strings.Index, false)},
	{"format(*args, **kwargs)", strFormat},
	{"format_map(mapping, /)", strFormatMap},
	{"index(sub, start=None, end=None, /) tuple", finder(strings.Index, true)},
	{"isalnum()", textTest(func(r rune) bool { return unicode.IsLetter(r) || isNumericRune(r) })},
	{"isalpha()", textTest(unicode.IsLetter)},
	{"isascii()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return starlark.Bool(isASCII(text(args[0]))), nil
	}},
	{"isdecimal()", textTest(unicode.IsDigit)},
	{"isdigit()", textTest(isDigitRune)},
	{"isidentifier()", wholeTest(isIdentifier)},
	{"islower()", wholeTest(func(s string) bool { return hasCase(s, isLowerRune, isUpperRune) })},
	{"isnumeric()", textTest(isNumericRune)},
	{"isprintable()", wholeTest(func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool { return !isPrintableRune(r) }) < 0
	})},
	{"isspace()", textTest(IsSpace)},
	{"istitle()", wholeTest(isTitled)},
	{"isupper()", wholeTest(func(s string) bool { return hasCase(s, isUpperRune, isLowerRune) })},
	{"join(iterable, /)", strJoin},
	{"ljust(width, fillchar=' ', /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return justified(args, '<')
	}},
	{"lower()", textFunc(lowerCase)},
	{"lstrip(chars=None, /)", stripper("lstrip", true, false)},
	{"partition(sep, /)", partitioned(strings.Index, false)},
	{"removeprefix(prefix, /)", remover("removeprefix", strings.CutPrefix)},
	{"removesuffix(suffix, /)", remover("removesuffix", strings.CutSuffix)},
	{"replace(old, new, count=-1, /)", strReplace},
	{"rfind(sub, start=None, end=None, /) tuple", finder(strings.LastIndex, false)},
	{"rindex(sub, start=None, end=None, /) tuple", finder(strings.LastIndex, true)},
	{"rjust(width, fillchar=' ', /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return justified(args, '>')
	}},
	{"rpartition(sep, /)", partitioned(strings.LastIndex, true)},
	{"rsplit(sep=None, maxsplit=-1)", splitter(rsplitSpace, rsplitSep)},
	{"rstrip(chars=None, /)", stripper("rstrip", false, true)},
	{"split(sep=None, maxsplit=-1)", splitter(splitSpace, splitSep)},
	{"splitlines(keepends=False)", strSplitLines},
	{"startswith(prefix, start=None, end=None, /) tuple", affixed("startswith", strings.HasPrefix)},
	{"strip(chars=None, /)", stripper("strip", true, true)},
	{"swapcase()", textFunc(swappedCase)},
	{"title()", textFunc(titleCase)},
	{"translate(table, /)", strTranslate},
	{"upper()", textFunc(upperCase)},
	{"zfill(width, /)", zeroFilled},
}

// text returns the receiver or argument v, a str or bytes, as a Go string.
func text(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return string(v)
	case starlark.Bytes:
		return string(v)
	}
	return ""
}

// like returns s in the type of v: bytes for a method of bytes.
func like(v starlark.Value, s string) starlark.Value {
	if _, ok := v.(starlark.Bytes); ok {
		return starlark.Bytes(s)
	}
	return starlark.String(s)
}

// textFunc returns a method without arguments.
func textFunc(fn func(string) string) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s := text(args[0])
		return like(args[0], fn(s)), charge(thread, len(s)/64)
	}
}

// textTest returns a method that reports whether the text is not empty and all of its characters
// are in a class.
func textTest(is func(rune) bool) builtinFunc {
	return wholeTest(func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(r rune) bool { return !is(r) }) < 0
	})
}

func wholeTest(is func(string) bool) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s := text(args[0])
		return starlark.Bool(is(s)), charge(thread, len(s)/64)
	}
}

// asIndex converts v to a whole number, as Python's __index__ does.
func asIndex(v starlark.Value) (int, error) {
	n, ok := asNumber(v).(starlark.Int)
	if !ok {
		return 0, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(v))
	}
	i, ok := n.Int64()
	if !ok {
		return 0, raise("OverflowError", "Python int too large to convert to C ssize_t")
	}
	return int(i), nil
}

func strFormat(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	names, _ := args[2].(starlark.Tuple)
	f := &stringFormatter{args: args[1].(starlark.Tuple), names: names}
	text, err := f.format(text(args[0]), 0)
	return starlark.String(text), err
}

func strFormatMap(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	f := &stringFormatter{mapping: args[1]}
	text, err := f.format(text(args[0]), 0)
	return starlark.String(text), err
}

func strJoin(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	sep := text(args[0])
	list, err := iterable(args[1])
	if err != nil {
		return nil, raise("TypeError", "can only join an iterable")
	}
	var parts []starlark.Value
	if l, ok := list.(*starlark.List); ok && l == args[1] {
		parts = make([]starlark.Value, l.Len())
		for i := range parts {
			parts[i] = l.Index(i)
		}
	} else {
		parts = elements(list)
	}
	n := max(len(parts)-1, 0) * len(sep)
	for i, v := range parts {
		s, ok := v.(starlark.String)
		if !ok {
			return nil, raise("TypeError", "sequence item %d: expected str instance, %s found", i, pyType(v))
		}
		n += len(s)
	}
	if n > maxText {
		return nil, errTextTooLong
	}
	var b strings.Builder
	b.Grow(n)
	for i, v := range parts {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(string(v.(starlark.String)))
	}
	return starlark.String(b.String()), charge(thread, len(parts)+n/64)
}
