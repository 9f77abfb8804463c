package pyvalue

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// maxReprDepth limits the depth of nested containers that str() and repr() show.
const maxReprDepth = 100

// maxText is the largest size in bytes of a string that an expression may build.
const maxText = 16 << 20

var errTextTooLong = &limitError{fmt.Sprintf("a string of more than %d bytes", maxText)}

// appendStr appends Python's str(v). Bytes are appended as they are, as Tornado prints
// them.
func appendStr(dst []byte, v starlark.Value) ([]byte, error) {
	switch v := v.(type) {
	case starlark.String:
		return append(dst, v...), nil
	case starlark.Bytes:
		return append(dst, v...), nil
	case starlark.Int:
		if n, ok := v.Int64(); ok {
			return strconv.AppendInt(dst, n, 10), nil
		}
		return append(dst, v.String()...), nil
	case starlark.NoneType:
		return append(dst, "None"...), nil
	case starlark.Bool:
		if v {
			return append(dst, "True"...), nil
		}
		return append(dst, "False"...), nil
	case stringer:
		return v.appendStr(dst)
	}
	return appendReprDepth(dst, v, 0)
}

// A stringer is a value of this package whose str() is not its repr().
type stringer interface {
	appendStr(dst []byte) ([]byte, error)
}

// appendRepr appends Python's repr(v).
func appendRepr(dst []byte, v starlark.Value) ([]byte, error) { return appendReprDepth(dst, v, 0) }

func appendReprDepth(dst []byte, v starlark.Value, depth int) ([]byte, error) {
	if depth > maxReprDepth {
		return dst, raise("RecursionError", "maximum recursion depth exceeded while getting the repr of an object")
	}
	if len(dst) > maxText {
		return dst, errTextTooLong
	}
	switch v := v.(type) {
	case starlark.String:
		return appendQuoted(dst, string(v)), nil
	case starlark.Bytes:
		return appendBytesQuoted(append(dst, 'b'), string(v)), nil
	case starlark.Float:
		return appendFloat(dst, float64(v)), nil
	case *starlark.List:
		return appendElements(dst, "[", "]", v, depth)
	case *goSlice:
		return appendElements(dst, "[", "]", v, depth)
	case starlark.Tuple:
		if len(v) == 1 {
			return appendElements(dst, "(", ",)", v, depth)
		}
		return appendElements(dst, "(", ")", v, depth)
	case *starlark.Set:
		if v.Len() == 0 {
			return append(dst, "set()"...), nil
		}
		return appendElements(dst, "{", "}", v, depth)
	case frozenSet:
		if v.Len() == 0 {
			return append(dst, "frozenset()"...), nil
		}
		return appendElements(dst, "frozenset({", "})", v.Set, depth)
	case *starlark.Dict:
		return appendItems(dst, v.Items(), depth)
	case *goMap:
		return appendItems(dst, v.Items(), depth)
	case *dictView:
		return appendElements(dst, v.Type()+"([", "])", v, depth)
	case *starlark.Function:
		return append(dst, "<function <lambda>>"...), nil
	case reprer:
		return v.appendRepr(dst)
	}
	return append(dst, v.String()...), nil
}

func appendElements(dst []byte, open, close string, v starlark.Iterable, depth int) ([]byte, error) {
	dst = append(dst, open...)
	iter := v.Iterate()
	defer iter.Done()
	var elem starlark.Value
	var err error
	for first := true; iter.Next(&elem) && err == nil; first = false {
		if !first {
			dst = append(dst, ", "...)
		}
		dst, err = appendReprDepth(dst, elem, depth+1)
	}
	return append(dst, close...), err
}

func appendItems(dst []byte, items []starlark.Tuple, depth int) ([]byte, error) {
	dst = append(dst, '{')
	var err error
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst, err = appendReprDepth(dst, item[0], depth+1); err != nil {
			return dst, err
		}
		dst = append(dst, ": "...)
		if dst, err = appendReprDepth(dst, item[1], depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// Quote returns Python's repr of a string.
func Quote(s string) string { return string(appendQuoted(nil, s)) }

func quoteFor(s string) byte {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return '"'
	}
	return '\''
}

func appendQuoted(dst []byte, s string) []byte {
	quote := quoteFor(s)
	dst = append(dst, quote)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = fmt.Appendf(dst, `\x%02x`, s[i])
		case r == rune(quote) || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x80:
			dst = appendASCII(dst, byte(r))
		case isPrintable(r):
			dst = append(dst, s[i:i+size]...)
		case r < 0x100:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
		i += size
	}
	return append(dst, quote)
}

func appendASCII(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if c < ' ' || c == 0x7f {
		return fmt.Appendf(dst, `\x%02x`, c)
	}
	return append(dst, c)
}

func appendBytesQuoted(dst []byte, s string) []byte {
	quote := quoteFor(s)
	dst = append(dst, quote)
	for _, c := range []byte(s) {
		switch {
		case c == quote || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x80:
			dst = fmt.Appendf(dst, `\x%02x`, c)
		default:
			dst = appendASCII(dst, c)
		}
	}
	return append(dst, quote)
}

// appendFloat appends Python's repr of a float: the shortest digits that are parsed to the same
// float. There is an exponent below 1e-4 and from 1e16 on.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

func must(b []byte, _ error) []byte { return b }

// A reprer is a value of this package with a repr of its own.
type reprer interface {
	appendRepr(dst []byte) ([]byte, error)
}
