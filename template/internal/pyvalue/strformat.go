package pyvalue

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// A stringFormatter is one call of str.format or str.format_map.
type stringFormatter struct {
	args    starlark.Tuple
	names   starlark.Tuple // pairs (name, value)
	mapping starlark.Value // that format_map was given; nil for format
	auto    int            // number of the next field without a name; -1 after a field with a number
}

// named returns the argument with a name.
func (f *stringFormatter) named(name string) (starlark.Value, error) {
	if f.mapping != nil {
		return pyIndex(f.mapping, starlark.String(name))
	}
	for _, v := range f.names {
		if kw := v.(starlark.Tuple); kw[0] == starlark.Value(starlark.String(name)) {
			return kw[1], nil
		}
	}
	return nil, keyError(starlark.String(name))
}

func (f *stringFormatter) format(s string, depth int) (string, error) {
	if depth > 1 {
		return "", raise("ValueError", "Max string recursion exceeded")
	}
	var b strings.Builder
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		b.WriteString(s[:i])
		brace := s[i]
		s = s[i+1:]
		switch {
		case s != "" && s[0] == brace:
			b.WriteByte(brace)
			s = s[1:]
			continue
		case brace == '}':
			return "", raise("ValueError", "Single '}' encountered in format string")
		case s == "":
			return "", raise("ValueError", "Single '{' encountered in format string")
		}
		end := fieldEnd(s)
		if end < 0 {
			return "", raise("ValueError", "expected '}' before end of string")
		}
		text, err := f.field(s[:end], depth)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		if s = s[end+1:]; b.Len() > maxText {
			return "", errTextTooLong
		}
	}
}

// fieldEnd returns the index of the "}" that ends a field. The specification of a field may
// contain fields, and any text may stand between [ and ].
func fieldEnd(s string) int {
	depth, inName := 0, true
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[':
			if inName {
				end := strings.IndexByte(s[i:], ']')
				if end < 0 {
					return -1
				}
				i += end
			}
		case ':', '!':
			inName = false
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// field formats name!conversion:spec.
func (f *stringFormatter) field(s string, depth int) (string, error) {
	name, rest := s, ""
	if i := nameEnd(s); i >= 0 {
		name, rest = s[:i], s[i:]
	}
	conversion := ""
	if strings.HasPrefix(rest, "!") {
		r, size := utf8.DecodeRuneInString(rest[1:])
		switch {
		case size == 0:
			return "", raise("ValueError", "unmatched '{' in format spec")
		case len(rest) > 1+size && rest[1+size] != ':':
			return "", raise("ValueError", "expected ':' after conversion specifier")
		}
		conversion, rest = string(r), rest[1+size:]
	}
	v, err := f.lookup(name)
	if err != nil {
		return "", err
	}
	if conversion != "" && !strings.Contains("rsa", conversion) {
		return "", raise("ValueError", "Unknown conversion specifier %s", conversion)
	}
	spec := strings.TrimPrefix(rest, ":")
	if strings.ContainsAny(spec, "{}") {
		if spec, err = f.format(spec, depth+1); err != nil {
			return "", err
		}
	}
	return formatConverted(v, conversion, spec)
}

// nameEnd returns the index at which the name of a field ends, or -1 if the name is the whole
// field.
func nameEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[':
			if end := strings.IndexByte(s[i:], ']'); end > 0 {
				i += end
			}
		case '!', ':':
			return i
		}
	}
	return -1
}

// formatConverted applies !r, !s or !a, then the specification.
func formatConverted(v starlark.Value, conversion, spec string) (string, error) {
	var text []byte
	var err error
	switch conversion {
	case "":
		return formatValue(v, spec)
	case "s":
		text, err = strBytes(v)
	case "a":
		var s string
		s, err = asciiRepr(v)
		text = []byte(s)
	default:
		text, err = appendRepr(nil, v)
	}
	if err != nil {
		return "", err
	}
	return formatValue(starlark.String(text), spec)
}

// lookup returns the value of a field name such as "0.title" or "row[key]".
func (f *stringFormatter) lookup(name string) (starlark.Value, error) {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	v, err := f.argument(name[:end])
	for rest := name[end:]; err == nil && rest != ""; {
		var part string
		switch rest[0] {
		case '[':
			var found bool
			if part, rest, found = strings.Cut(rest[1:], "]"); !found {
				return nil, raise("ValueError", "Missing ']' in format string")
			}
			if part == "" {
				return nil, errEmptyAttribute
			}
			v, err = pyIndex(v, fieldKey(part))
		case '.':
			rest = rest[1:]
			if end = strings.IndexAny(rest, ".["); end < 0 {
				end = len(rest)
			}
			part, rest = rest[:end], rest[end:]
			if part == "" {
				return nil, errEmptyAttribute
			}
			v, err = pyAttr(v, part)
		default:
			return nil, raise("ValueError", "Only '.' or '[' may follow ']' in format field specifier")
		}
	}
	return v, err
}

var errEmptyAttribute = raise("ValueError", "Empty attribute in format string")

// fieldKey converts a key in brackets: to a number if it has only digits.
func fieldKey(part string) starlark.Value {
	if n, ok := fieldNumber(part); ok {
		return starlark.MakeInt(n)
	}
	return starlark.String(part)
}

func fieldNumber(s string) (int, bool) {
	for i := range len(s) {
		if !isDigitByte(s[i]) {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// argument returns the argument of a field: by number, by name, or the next one.
func (f *stringFormatter) argument(name string) (starlark.Value, error) {
	index, isNumber := fieldNumber(name)
	switch {
	case name != "" && !isNumber:
		return f.named(name)
	case f.mapping != nil:
		return nil, raise("ValueError", "Format string contains positional fields")
	case name == "" && f.auto < 0:
		return nil, raise("ValueError", "cannot switch from manual field specification to automatic field numbering")
	case name != "" && f.auto > 0:
		return nil, raise("ValueError", "cannot switch from automatic field numbering to manual field specification")
	case name == "":
		index = f.auto
		f.auto++
	default:
		f.auto = -1
	}
	if index >= len(f.args) {
		return nil, raise("IndexError", "Replacement index %d out of range for positional args tuple", index)
	}
	return f.args[index], nil
}
