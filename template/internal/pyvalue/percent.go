package pyvalue

import (
	"math"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// percent is Python's format % x for strings.
func percent(format string, x starlark.Value, isBytes bool) (string, error) {
	p := &percentArgs{x: x}
	if tuple, ok := x.(starlark.Tuple); ok {
		p.tuple, p.isTuple = tuple, true
	}
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(format, "%")
		b.WriteString(text)
		if !found {
			break
		}
		part, after, err := p.conversion(rest, isBytes)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		if format = after; b.Len() > maxText {
			return "", errTextTooLong
		}
	}
	_, isMapping := x.(starlark.Mapping)
	if p.isTuple && p.next < len(p.tuple) || !p.isTuple && p.next == 0 && !p.keyed && !isMapping {
		return "", raise("TypeError", "not all arguments converted during string formatting")
	}
	return b.String(), nil
}

type percentArgs struct {
	x       starlark.Value
	tuple   starlark.Tuple
	isTuple bool
	next    int
	keyed   bool
}

func (p *percentArgs) take() (starlark.Value, error) {
	p.next++
	switch {
	case p.isTuple && p.next <= len(p.tuple):
		return p.tuple[p.next-1], nil
	case !p.isTuple && p.next == 1:
		return p.x, nil
	}
	return nil, raise("TypeError", "not enough arguments for format string")
}

// conversion formats what stands behind a "%".
func (p *percentArgs) conversion(s string, isBytes bool) (text, rest string, err error) {
	spec := formatSpec{fill: " ", align: '>', precision: -1}
	var value starlark.Value
	if strings.HasPrefix(s, "(") {
		key, after, found := strings.Cut(s[1:], ")")
		if !found {
			return "", "", raise("ValueError", "incomplete format key")
		}
		s, p.keyed = after, true
		if value, err = p.key(key); err != nil {
			return "", "", err
		}
	}
	zero := false
	for ; s != "" && strings.IndexByte("#0- +", s[0]) >= 0; s = s[1:] {
		switch s[0] {
		case '#':
			spec.alternate = true
		case '0':
			zero = true
		case '-':
			spec.align = '<'
		case ' ':
			if spec.sign == 0 {
				spec.sign = ' '
			}
		case '+':
			spec.sign = '+'
		}
	}
	if spec.width, s, err = p.size(s, 0); err != nil {
		return "", "", err
	}
	if spec.width < 0 {
		spec.width, spec.align = -spec.width, '<'
	}
	if strings.HasPrefix(s, ".") {
		if spec.precision, s, err = p.size(s[1:], 0); err != nil {
			return "", "", err
		}
	}
	s = strings.TrimLeft(s, "hlL")
	if s == "" {
		return "", "", raise("ValueError", "incomplete format")
	}
	if spec.verb = s[0]; spec.verb == '%' {
		return "%", s[1:], nil
	}
	if value == nil {
		if value, err = p.take(); err != nil {
			return "", "", err
		}
	}
	if zero && spec.align != '<' && strings.IndexByte("diuoxXeEfFgG", spec.verb) >= 0 {
		spec.fill, spec.align = "0", '='
	}
	text, err = spec.percentValue(value, isBytes)
	return text, s[1:], err
}

func (p *percentArgs) key(key string) (starlark.Value, error) {
	m, ok := p.x.(starlark.Mapping)
	if !ok {
		return nil, raise("TypeError", "format requires a mapping")
	}
	v, found, err := m.Get(starlark.String(key))
	if err == nil && !found {
		err = raise("KeyError", "%s", Quote(key))
	}
	return v, err
}

// size reads a width or precision, or * for an argument.
func (p *percentArgs) size(s string, missing int) (int, string, error) {
	if !strings.HasPrefix(s, "*") {
		return number(s, missing)
	}
	v, err := p.take()
	if err != nil {
		return 0, "", err
	}
	n, err := starlark.AsInt32(v)
	if err != nil || n > maxWidth || n < -maxWidth {
		return 0, "", raise("TypeError", "* wants int")
	}
	return n, s[1:], nil
}

func (f formatSpec) percentValue(v starlark.Value, isBytes bool) (string, error) {
	switch f.verb {
	case 's', 'r', 'a', 'b':
		var text []byte
		var err error
		if _, raw := v.(starlark.Bytes); f.verb == 's' && raw && !isBytes {
			text, err = appendRepr(nil, v)
		} else if f.verb == 's' || f.verb == 'b' {
			text, err = appendStr(nil, v)
		} else {
			text, err = appendRepr(nil, v)
		}
		return f.pad(truncate(string(text), f.precision), '>'), err
	case 'c':
		if s, ok := v.(starlark.String); ok {
			if utf8.RuneCountInString(string(s)) != 1 {
				return "", raise("TypeError", "%%c requires int or char")
			}
			return f.pad(string(s), '>'), nil
		}
		n, err := starlark.AsInt32(v)
		if err != nil || n < 0 || n > utf8.MaxRune {
			return "", raise("TypeError", "%%c requires int or char")
		}
		return f.pad(string(rune(n)), '>'), nil
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return f.percentInt(v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if b, ok := v.(starlark.Bool); ok {
			v = boolInt(b)
		}
		x, ok := starlark.AsFloat(v)
		if !ok {
			return "", raise("TypeError", "must be real number, not %s", pyType(v))
		}
		return f.sum(math.Signbit(x), "", f.float(math.Abs(x))), nil
	}
	return "", raise("ValueError", "unsupported format character '%c' (0x%x) at index %d", f.verb, f.verb, 1)
}

func (f formatSpec) percentInt(v starlark.Value) (string, error) {
	switch b := v.(type) {
	case starlark.Bool:
		v = boolInt(b)
	case starlark.Float:
		if f.verb == 'd' || f.verb == 'i' || f.verb == 'u' {
			n, err := starlark.NumberToInt(b)
			if err != nil {
				return "", raise("ValueError", "cannot convert float NaN to integer")
			}
			v = n
		}
	}
	n, ok := v.(starlark.Int)
	if !ok {
		if f.verb == 'd' || f.verb == 'i' || f.verb == 'u' {
			return "", raise("TypeError", "%%%c format: a real number is required, not %s", f.verb, pyType(v))
		}
		return "", raise("TypeError", "%%%c format: an integer is required, not %s", f.verb, pyType(v))
	}
	negative, prefix, digits := f.integer(n)
	if missing := f.precision - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return f.sum(negative, prefix, digits), nil
}
