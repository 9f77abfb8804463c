package pyvalue

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// bytesMethods are the methods of bytes. Most of them call the method of str with a text that has
// one character for each byte.
var bytesMethods = []routine{
	{"capitalize()", onBytes(textFunc(capitalized), 0)},
	{"center(width, fillchar=b' ', /)", filledBytes("center", padded)},
	{"count(sub, start=None, end=None, /) tuple", searchedBytes(strCount)},
	{"decode(encoding='utf-8', errors='strict')", bytesDecode},
	{"endswith(suffix, start=None, end=None, /) tuple", affixed("endswith", strings.HasSuffix)},
	{"expandtabs(tabsize=8)", onBytes(strExpandTabs, 0)},
	{"find(sub, start=None, end=None, /) tuple", searchedBytes(finder(strings.Index, false))},
	{"hex(sep=?, bytes_per_sep=1)", bytesHex},
	{"index(sub, start=None, end=None, /) tuple", searchedBytes(finder(strings.Index, true))},
	{"isalnum()", onBytes(textTest(func(r rune) bool { return isLetterOfASCII(r) || '0' <= r && r <= '9' }), 0)},
	{"isalpha()", onBytes(textTest(isLetterOfASCII), 0)},
	{"isascii()", wholeTest(isASCII)},
	{"isdigit()", onBytes(textTest(func(r rune) bool { return '0' <= r && r <= '9' }), 0)},
	{"islower()", onBytes(wholeTest(func(s string) bool { return hasCase(s, isLowerRune, isUpperRune) }), 0)},
	{"isspace()", onBytes(textTest(IsSpace), 0)},
	{"istitle()", onBytes(wholeTest(isTitled), 0)},
	{"isupper()", onBytes(wholeTest(func(s string) bool { return hasCase(s, isUpperRune, isLowerRune) }), 0)},
	{"join(iterable_of_bytes, /)", bytesJoin},
	{"ljust(width, fillchar=b' ', /)", filledBytes("ljust", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return justified(args, '<')
	})},
	{"lower()", onBytes(textFunc(lowerCase), 0)},
	{"lstrip(bytes=None, /)", onBytes(stripper("lstrip", true, false), 1)},
	{"partition(sep, /)", onBytes(partitioned(strings.Index, false), 1)},
	{"removeprefix(prefix, /)", onBytes(remover("removeprefix", strings.CutPrefix), 1)},
	{"removesuffix(suffix, /)", onBytes(remover("removesuffix", strings.CutSuffix), 1)},
	{"replace(old, new, count=-1, /)", onBytes(replaced, 2)},
	{"rfind(sub, start=None, end=None, /) tuple", searchedBytes(finder(strings.LastIndex, false))},
	{"rindex(sub, start=None, end=None, /) tuple", searchedBytes(finder(strings.LastIndex, true))},
	{"rjust(width, fillchar=b' ', /)", filledBytes("rjust", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return justified(args, '>')
	})},
	{"rpartition(sep, /)", onBytes(partitioned(strings.LastIndex, true), 1)},
	{"rsplit(sep=None, maxsplit=-1)", onBytes(splitter(rsplitSpace, rsplitSep), 1)},
	{"rstrip(bytes=None, /)", onBytes(stripper("rstrip", false, true), 1)},
	{"split(sep=None, maxsplit=-1)", onBytes(splitter(splitSpace, splitSep), 1)},
	{"splitlines(keepends=False)", bytesSplitLines},
	{"startswith(prefix, start=None, end=None, /) tuple", affixed("startswith", strings.HasPrefix)},
	{"strip(bytes=None, /)", onBytes(stripper("strip", true, true), 1)},
	{"swapcase()", onBytes(textFunc(swappedCase), 0)},
	{"title()", onBytes(textFunc(titleCase), 0)},
	{"translate(table, /, delete=b'')", bytesTranslate},
	{"upper()", onBytes(textFunc(upperCase), 0)},
	{"zfill(width, /)", onBytes(zeroFilled, 0)},
}

func isLetterOfASCII(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// byteBase is the first of the characters that stand for bytes beyond ASCII. These characters
// have no case and belong to no class.
const byteBase = 0xE000

// byteText returns a text with one character for each byte of b.
func byteText(b string) string {
	var s strings.Builder
	for i := range len(b) {
		if c := rune(b[i]); c >= 0x80 || 0x1c <= c && c <= 0x1f {
			s.WriteRune(byteBase + c)
		} else {
			s.WriteRune(c)
		}
	}
	return s.String()
}

// textBytes undoes byteText.
func textBytes(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= byteBase {
			r -= byteBase
		}
		b.WriteByte(byte(r))
	}
	return b.String()
}

// onBytes makes a method of bytes from a method of str. The first n arguments are bytes, or None.
func onBytes(fn builtinFunc, n int) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		asText := append(starlark.Tuple{}, args...)
		asText[0] = starlark.String(byteText(text(args[0])))
		for i := 1; i <= n; i++ {
			switch v := args[i].(type) {
			case starlark.NoneType:
			case starlark.Bytes:
				asText[i] = starlark.String(byteText(string(v)))
			default:
				return nil, needsBytes(v)
			}
		}
		v, err := fn(thread, asText)
		if err != nil {
			return nil, err
		}
		return toBytes(v), nil
	}
}

func needsBytes(v starlark.Value) error {
	return raise("TypeError", "a bytes-like object is required, not '%s'", pyType(v))
}

// toBytes turns text into bytes. It also converts the elements of a list or tuple.
func toBytes(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case starlark.String:
		return starlark.Bytes(textBytes(string(v)))
	case starlark.Tuple:
		for i := range v {
			v[i] = toBytes(v[i])
		}
	case *starlark.List:
		for i := range v.Len() {
			_ = v.SetIndex(i, toBytes(v.Index(i))) // a new list can be changed
		}
	}
	return v
}

// searchedBytes is like onBytes, for find and similar methods, which also take a byte as a
// number.
func searchedBytes(fn builtinFunc) builtinFunc {
	search := onBytes(fn, 1)
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		switch v := asNumber(args[1]).(type) {
		case starlark.Bytes:
		case starlark.Int:
			n, ok := v.Int64()
			if !ok || n < 0 || n > 255 {
				return nil, raise("ValueError", "byte must be in range(0, 256)")
			}
			args = append(starlark.Tuple{args[0], starlark.Bytes([]byte{byte(n)})}, args[2:]...)
		default:
			return nil, raise("TypeError", "argument should be integer or bytes-like object, not '%s'", pyType(v))
		}
		v, err := search(thread, args)
		if e, ok := err.(*pyError); ok && e.kind == "ValueError" {
			err = raise("ValueError", "subsection not found")
		}
		return v, err
	}
}

// filledBytes is like onBytes, for center and similar methods.
func filledBytes(name string, fn builtinFunc) builtinFunc {
	fill := onBytes(fn, 0)
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if _, err := widthOf(args[1]); err != nil {
			return nil, err
		}
		with, ok := args[2].(starlark.Bytes)
		if !ok || len(with) != 1 {
			return nil, raise("TypeError", "%s() argument 2 must be a byte string of length 1, not %s", name, pyType(args[2]))
		}
		return fill(thread, starlark.Tuple{args[0], args[1], starlark.String(byteText(string(with)))})
	}
}

func bytesSplitLines(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	keep, err := truthIndex(args[1])
	if err != nil {
		return nil, err
	}
	s := text(args[0])
	parts := splitLines(s, keep, "\n\r")
	return textList(args[0], parts), charge(thread, len(parts)+len(s)/64)
}

func bytesJoin(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := iterable(args[1])
	if err != nil {
		return nil, raise("TypeError", "can only join an iterable")
	}
	var b strings.Builder
	for i, v := range elements(list) {
		part, ok := v.(starlark.Bytes)
		if !ok {
			return nil, raise("TypeError", "sequence item %d: expected a bytes-like object, %s found", i, pyType(v))
		}
		if i > 0 {
			b.WriteString(text(args[0]))
		}
		if b.WriteString(string(part)); b.Len() > maxText {
			return nil, errTextTooLong
		}
	}
	return starlark.Bytes(b.String()), charge(thread, b.Len()/64)
}

// bytesHex implements bytes.hex. It groups bytes from the right, or from the left if their number
// is negative.
func bytesHex(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	digits := hex.EncodeToString([]byte(text(args[0])))
	if args[1] == nil {
		return starlark.String(digits), nil
	}
	sep := text(args[1])
	if utf8.RuneCountInString(sep) != 1 {
		return nil, raise("ValueError", "sep must be length 1.")
	}
	size, err := asIndex(args[2])
	if err != nil || size == 0 {
		return starlark.String(digits), err
	}
	var b strings.Builder
	for i, n := 0, len(digits)/2; i < n; i++ {
		if i > 0 && (size > 0 && (n-i)%size == 0 || size < 0 && i%-size == 0) {
			b.WriteString(sep)
		}
		b.WriteString(digits[2*i : 2*i+2])
	}
	return starlark.String(b.String()), nil
}

func bytesTranslate(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	table := ""
	if args[1] != starlark.None {
		b, ok := args[1].(starlark.Bytes)
		if !ok {
			return nil, needsBytes(args[1])
		}
		if table = string(b); len(table) != 256 {
			return nil, raise("ValueError", "translation table must be 256 characters long")
		}
	}
	without, ok := args[2].(starlark.Bytes)
	if !ok {
		return nil, needsBytes(args[2])
	}
	var b strings.Builder
	for _, c := range []byte(text(args[0])) {
		switch {
		case strings.IndexByte(string(without), c) >= 0:
		case table == "":
			b.WriteByte(c)
		default:
			b.WriteByte(table[c])
		}
	}
	return starlark.Bytes(b.String()), nil
}

// bytesMakeTrans implements bytes.maketrans.
func bytesMakeTrans(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	from, ok1 := args[0].(starlark.Bytes)
	to, ok2 := args[1].(starlark.Bytes)
	if !ok1 || !ok2 {
		return nil, needsBytes(args[0])
	}
	if len(from) != len(to) {
		return nil, raise("ValueError", "maketrans arguments must have same length")
	}
	var table [256]byte
	for i := range table {
		table[i] = byte(i)
	}
	for i := range len(from) {
		table[from[i]] = to[i]
	}
	return starlark.Bytes(table[:]), nil
}

// bytesFromHex implements bytes.fromhex.
func bytesFromHex(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	source, ok := args[0].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "fromhex() argument must be str, not %s", pyType(args[0]))
	}
	var out []byte
	for i := 0; i < len(source); {
		if IsSpace(rune(source[i])) {
			i++
			continue
		}
		for at := i; at < i+2; at++ {
			if at == len(source) || strings.IndexByte("0123456789abcdefABCDEF", source[at]) < 0 {
				return nil, raise("ValueError", "non-hexadecimal number found in fromhex() arg at position %d", at)
			}
		}
		b, _ := hex.DecodeString(string(source[i : i+2]))
		out = append(out, b...)
		i += 2
	}
	return starlark.Bytes(out), nil
}

// makeBytes implements bytes(source, encoding, errors).
func makeBytes(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	source, encoding, errors := args[0], args[1], args[2]
	if s, ok := source.(starlark.String); ok {
		if encoding == nil {
			return nil, raise("TypeError", "string argument without an encoding")
		}
		if errors == nil {
			errors = starlark.String("strict")
		}
		c, handler, err := codecArguments("bytes", encoding, errors)
		if err != nil {
			return nil, err
		}
		b, err := c.encode(string(s), handler)
		return starlark.Bytes(b), err
	}
	switch {
	case encoding != nil:
		return nil, raise("TypeError", "encoding without a string argument")
	case errors != nil:
		return nil, raise("TypeError", "errors without a string argument")
	case source == nil:
		return starlark.Bytes(""), nil
	}
	if n, ok := asNumber(source).(starlark.Int); ok {
		size, fits := n.Int64()
		switch {
		case n.Sign() < 0:
			return nil, raise("ValueError", "negative count")
		case !fits || size > maxText:
			return nil, errTextTooLong
		}
		return starlark.Bytes(make([]byte, size)), nil
	}
	if b, ok := source.(starlark.Bytes); ok {
		return b, nil
	}
	list, err := iterable(source)
	if err != nil {
		return nil, raise("TypeError", "cannot convert '%s' object to bytes", pyType(source))
	}
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	b, err := byteList(list)
	return starlark.Bytes(b), err
}

func byteList(list starlark.Iterable) ([]byte, error) {
	var b []byte
	for _, v := range elements(list) {
		n, err := asIndex(v)
		if err != nil {
			return nil, err
		}
		if n < 0 || n > 255 {
			return nil, raise("ValueError", "bytes must be in range(0, 256)")
		}
		b = append(b, byte(n))
	}
	return b, nil
}
