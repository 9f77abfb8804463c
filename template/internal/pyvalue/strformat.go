package pyvalue

import (
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

// formatString is Python's s.format(*args, **kwargs).
func formatString(s string, args starlark.Tuple, kwargs []starlark.Tuple) (string, error) {
	f := &stringFormatter{args: args, kwargs: kwargs}
	return f.format(s, 0)
}

type stringFormatter struct {
	args   starlark.Tuple
	kwargs []starlark.Tuple
	auto   int
}

func (f *stringFormatter) format(s string, depth int) (string, error) {
	if depth > 2 {
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
		if s != "" && s[0] == brace {
			b.WriteByte(brace)
			s = s[1:]
			continue
		}
		if brace == '}' {
			return "", raise("ValueError", "Single '}' encountered in format string")
		}
		end := closing(s)
		if end < 0 {
			if s == "" {
				return "", raise("ValueError", "Single '{' encountered in format string")
			}
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

// closing finds the "}" that ends a field, which may hold fields in its specification.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
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
	name, spec := s, ""
	if i := strings.IndexAny(s, "!:"); i >= 0 {
		name, spec = s[:i], s[i:]
	}
	conversion := ""
	if strings.HasPrefix(spec, "!") {
		if len(spec) < 2 {
			return "", raise("ValueError", "end of string while looking for conversion specifier")
		}
		conversion, spec = spec[1:2], spec[2:]
	}
	spec, err := f.format(strings.TrimPrefix(spec, ":"), depth+1)
	if err != nil {
		return "", err
	}
	v, err := f.lookup(name)
	if err != nil {
		return "", err
	}
	return formatConverted(v, conversion, spec)
}

// formatConverted applies !r, !s or !a, then the specification.
func formatConverted(v starlark.Value, conversion, spec string) (string, error) {
	var text []byte
	var err error
	switch conversion {
	case "":
		return formatValue(v, spec)
	case "s":
		text, err = appendStr(nil, v)
	default:
		text, err = appendRepr(nil, v)
	}
	if err != nil {
		return "", err
	}
	return formatValue(starlark.String(text), spec)
}

// lookup finds what a field name such as "0.title" or "row[key]" stands for.
func (f *stringFormatter) lookup(name string) (starlark.Value, error) {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	first, rest := name[:end], name[end:]
	v, err := f.argument(first)
	for err == nil && rest != "" {
		var part string
		if rest[0] == '[' {
			var found bool
			if part, rest, found = strings.Cut(rest[1:], "]"); !found {
				return nil, raise("ValueError", "Missing ']' in format string")
			}
			var key starlark.Value = starlark.String(part)
			if n, bad := strconv.Atoi(part); bad == nil {
				key = starlark.MakeInt(n)
			}
			v, err = pyIndex(v, key)
			continue
		}
		rest = rest[1:]
		if end = strings.IndexAny(rest, ".["); end < 0 {
			end = len(rest)
		}
		part, rest = rest[:end], rest[end:]
		v, err = pyAttr(v, part)
	}
	return v, err
}

func (f *stringFormatter) argument(name string) (starlark.Value, error) {
	index, err := strconv.Atoi(name)
	if name == "" {
		index, err = f.auto, nil
		f.auto++
	}
	if err == nil {
		if index < 0 || index >= len(f.args) {
			return nil, raise("IndexError", "Replacement index %d out of range for positional args tuple", index)
		}
		return f.args[index], nil
	}
	for _, kw := range f.kwargs {
		if kw[0] == starlark.Value(starlark.String(name)) {
			return kw[1], nil
		}
	}
	return nil, raise("KeyError", "%s", Quote(name))
}
