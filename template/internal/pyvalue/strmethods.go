package pyvalue

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

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

// padded is center: the odd blank stands on the left if the width is odd.
func padded(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	fill, err := fillOf(args[2])
	s := text(args[0])
	missing := max(0, width-utf8.RuneCountInString(s))
	left := missing/2 + missing&width&1
	return starlark.String(strings.Repeat(fill, left) + s + strings.Repeat(fill, missing-left)), err
}

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

// text is the receiver or argument v as a Go string: a str, or bytes.
func text(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return string(v)
	case starlark.Bytes:
		return string(v)
	}
	return ""
}

// like is s as the type of v: bytes for a method of bytes.
func like(v starlark.Value, s string) starlark.Value {
	if _, ok := v.(starlark.Bytes); ok {
		return starlark.Bytes(s)
	}
	return starlark.String(s)
}

// textFunc is a method without arguments.
func textFunc(fn func(string) string) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s := text(args[0])
		return like(args[0], fn(s)), charge(thread, len(s)/64)
	}
}

// textTest is a method that asks whether there is text and all of it is in a class.
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

// asIndex is v as a whole number, as Python's __index__ gives it.
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

// widthOf is asIndex for a width, which is limited.
func widthOf(v starlark.Value) (int, error) {
	n, err := asIndex(v)
	if err == nil && n > maxWidth {
		return 0, errWidth
	}
	return n, err
}

// fillOf is the argument fillchar.
func fillOf(v starlark.Value) (string, error) {
	s, ok := v.(starlark.String)
	if !ok {
		return "", raise("TypeError", "The fill character must be a unicode character, not %s", pyType(v))
	}
	if utf8.RuneCountInString(string(s)) != 1 {
		return "", raise("TypeError", "The fill character must be exactly one character long")
	}
	return string(s), nil
}

func justified(args starlark.Tuple, align byte) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	fill, err := fillOf(args[2])
	f := formatSpec{fill: fill, width: width, align: align}
	return starlark.String(f.pad(text(args[0]), align)), err
}

func zeroFilled(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	s, sign := text(args[0]), ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	f := formatSpec{fill: "0", align: '>', width: width - len(sign)}
	return like(args[0], sign+f.pad(s, '>')), nil
}

// span is s[start:end] for the arguments start and end, with the characters before it.
// ok is false when start is after end.
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

// finder is find, rfind, index or rindex: index says where, in bytes, text stands in text.
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

// affixed is startswith or endswith.
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

// spanOf is span, which counts bytes in bytes.
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

func strExpandTabs(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	size, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	column := 0
	for _, r := range text(args[0]) {
		switch {
		case r == '\t' && size > 0:
			blanks := size - column%size
			b.WriteString(strings.Repeat(" ", blanks))
			column += blanks
		case r == '\t':
		default:
			b.WriteRune(r)
			if column++; r == '\n' || r == '\r' {
				column = 0
			}
		}
		if b.Len() > maxText {
			return nil, errTextTooLong
		}
	}
	return like(args[0], b.String()), nil
}

func strFormat(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	names, _ := args[2].(starlark.Tuple)
	f := &stringFormatter{args: args[1].(starlark.Tuple), named: func(name string) (starlark.Value, error) {
		for _, v := range names {
			if kw := v.(starlark.Tuple); kw[0] == starlark.Value(starlark.String(name)) {
				return kw[1], nil
			}
		}
		return nil, keyError(starlark.String(name))
	}}
	text, err := f.format(text(args[0]), 0)
	return starlark.String(text), err
}

func strFormatMap(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	f := &stringFormatter{mapped: true, named: func(name string) (starlark.Value, error) {
		return pyIndex(args[1], starlark.String(name))
	}}
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

// stripper is strip, lstrip or rstrip.
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

// partitioned is partition or rpartition.
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

// remover is removeprefix or removesuffix.
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

func strReplace(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	for i, v := range args[1:3] {
		if _, ok := v.(starlark.String); !ok {
			return nil, raise("TypeError", "replace() argument %d must be str, not %s", i+1, pyType(v))
		}
	}
	return replaced(thread, args)
}

// replaced is replace of text and of bytes.
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

// interleaved puts with before count bytes of s, and after the last.
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

// makeTrans is str.maketrans.
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
