package pyvalue

import (
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// percent implements Python's format % x, for strings and for bytes.
func percent(format string, x starlark.Value, isBytes bool) (string, error) {
	p := &percentArgs{x: x, whole: format, isBytes: isBytes}
	p.tuple, p.isTuple = x.(starlark.Tuple)
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(format, "%")
		b.WriteString(text)
		if !found {
			break
		}
		part, after, err := p.conversion(rest)
		if err != nil {
			return "", err
		}
		b.WriteString(part)
		if format = after; b.Len() > maxText {
			return "", errTextTooLong
		}
	}
	if p.isTuple && p.next < len(p.tuple) || !p.isTuple && p.mapping == nil && p.next == 0 && !mayBeIgnored(x) {
		return "", raise("TypeError", "not all arguments converted during %s formatting", p.kind())
	}
	return b.String(), nil
}

// mayBeIgnored reports whether a format may leave x unused, because Python takes x for a mapping.
func mayBeIgnored(x starlark.Value) bool {
	switch x.(type) {
	case *starlark.List, *goSlice, starlark.Bytes, *pyRange, starlark.Mapping:
		return true
	}
	return false
}

// percentArgs are the arguments of a % operation.
type percentArgs struct {
	whole   string // the format, for positions in errors
	isBytes bool
	x       starlark.Value
	tuple   starlark.Tuple
	isTuple bool
	next    int            // arguments that were taken
	mapping starlark.Value // the mapping in which keys are looked up; nil before the first key
}

func (p *percentArgs) kind() string {
	if p.isBytes {
		return "bytes"
	}
	return "string"
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

// conversion formats with the conversion at the start of s, which follows a "%".
func (p *percentArgs) conversion(s string) (text, rest string, err error) {
	if strings.HasPrefix(s, "%") {
		return "%", s[1:], nil
	}
	spec := formatSpec{fill: " ", align: '>', precision: -1}
	if strings.HasPrefix(s, "(") {
		if s, err = p.takeKey(s); err != nil {
			return "", "", err
		}
	}
	zero, s := spec.percentFlags(s)
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
	if s != "" && strings.IndexByte("hlL", s[0]) >= 0 {
		s = s[1:]
	}
	if s == "" {
		return "", "", raise("ValueError", "incomplete format")
	}
	verb, size := utf8.DecodeRuneInString(s)
	spec.verb = verb
	value, err := p.take()
	if err != nil {
		return "", "", err
	}
	if zero && spec.align != '<' && strings.ContainsRune("diuoxXeEfFgG", spec.verb) {
		spec.fill, spec.align = "0", '='
	}
	at := utf8.RuneCountInString(p.whole) - utf8.RuneCountInString(s)
	text, err = spec.percentValue(value, p.isBytes, at)
	return text, s[size:], err
}

// percentFlags reads the flags after a "%" and returns the rest.
func (f *formatSpec) percentFlags(s string) (zero bool, rest string) {
	for ; s != "" && strings.IndexByte("#0- +", s[0]) >= 0; s = s[1:] {
		switch s[0] {
		case '#':
			f.alternate = true
		case '0':
			zero = true
		case '-':
			f.align = '<'
		case ' ':
			if f.sign == 0 {
				f.sign = ' '
			}
		case '+':
			f.sign = '+'
		}
	}
	return zero, s
}

// takeKey reads "(key)" and makes the value of the key the only argument.
func (p *percentArgs) takeKey(s string) (rest string, err error) {
	if p.isTuple || p.mapping == nil && !mayBeIgnored(p.x) {
		return "", raise("TypeError", "format requires a mapping")
	}
	depth, end := 0, -1
	for i := 0; i < len(s) && end < 0; i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				end = i
			}
		}
	}
	if end < 0 {
		return "", raise("ValueError", "incomplete format key")
	}
	var key starlark.Value = starlark.String(s[1:end])
	if p.isBytes {
		key = starlark.Bytes(s[1:end])
	}
	if p.mapping == nil {
		p.mapping = p.x
	}
	p.x, err = pyIndex(p.mapping, key)
	p.next = 0
	return s[end+1:], err
}

// size reads a width or precision. For * it takes the next argument. If there is neither, it
// returns missing.
func (p *percentArgs) size(s string, missing int) (int, string, error) {
	if !strings.HasPrefix(s, "*") {
		return number(s, missing)
	}
	v, err := p.take()
	if err != nil {
		return 0, "", err
	}
	n, isInt := asNumber(v).(starlark.Int)
	if !isInt {
		return 0, "", raise("TypeError", "* wants int")
	}
	size, ok := n.Int64()
	if !ok || size > maxWidth || size < -maxWidth {
		return 0, "", errWidth
	}
	return int(size), s[1:], nil
}

// percentValue formats one value. at is the position of the conversion, for error texts.
func (f formatSpec) percentValue(v starlark.Value, isBytes bool, at int) (string, error) {
	switch f.verb {
	case 's', 'r', 'a', 'b':
		if f.verb == 'b' && !isBytes {
			break
		}
		text, err := f.percentText(v, isBytes)
		return f.pad(truncate(text, f.precision), '>'), err
	case 'c':
		return f.percentCharacter(v, isBytes)
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return f.percentInt(v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		x, ok, err := floatOperand(asNumber(v))
		switch {
		case err != nil:
			return "", err
		case !ok && isBytes:
			return "", raise("TypeError", "float argument required, not %s", pyType(v))
		case !ok:
			return "", raise("TypeError", "must be real number, not %s", pyType(v))
		}
		return f.real(starlark.Float(x))
	}
	return "", raise("ValueError", "unsupported format character '%c' (0x%x) at index %d", f.verb, f.verb, at)
}

func (f formatSpec) percentText(v starlark.Value, isBytes bool) (string, error) {
	switch {
	case f.verb == 'a' || isBytes && f.verb == 'r':
		return asciiRepr(v)
	case f.verb == 'r':
		text, err := appendRepr(nil, v)
		return string(text), err
	case isBytes:
		b, ok := v.(starlark.Bytes)
		if !ok {
			return "", raise("TypeError", "%%b requires a bytes-like object, or an object that implements __bytes__, not '%s'", pyType(v))
		}
		return string(b), nil
	}
	text, err := strBytes(v)
	return string(text), err
}

func (f formatSpec) percentCharacter(v starlark.Value, isBytes bool) (string, error) {
	if isBytes {
		return "", notSupported("%c of bytes")
	}
	if s, ok := v.(starlark.String); ok && utf8.RuneCountInString(string(s)) == 1 {
		return f.pad(string(s), '>'), nil
	}
	n, ok := asNumber(v).(starlark.Int)
	if !ok {
		return "", raise("TypeError", "%%c requires int or char")
	}
	r, ok := n.Int64()
	if !ok || r < 0 || r > utf8.MaxRune {
		return "", raise("OverflowError", "%%c arg not in range(0x110000)")
	}
	return f.pad(string(rune(r)), '>'), nil
}

func (f formatSpec) percentInt(v starlark.Value) (string, error) {
	decimal := f.verb == 'd' || f.verb == 'i' || f.verb == 'u'
	v = percentNumber(v)
	if x, ok := v.(starlark.Float); ok && decimal {
		n, err := wholeNumber(float64(x))
		if err != nil {
			return "", err
		}
		v = n
	}
	n, ok := v.(starlark.Int)
	if !ok {
		wanted := "an integer"
		if decimal {
			wanted = "a real number"
		}
		return "", raise("TypeError", "%%%c format: %s is required, not %s", f.verb, wanted, pyType(v))
	}
	negative, prefix, digits := f.integer(n)
	if missing := f.precision - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return f.sum(negative, prefix, digits), nil
}

// percentNumber is asNumber. It also converts a number of Go whose text is not a number.
func percentNumber(v starlark.Value) starlark.Value {
	if o, ok := v.(*goObject); ok && o.value.CanInt() {
		return starlark.MakeInt64(o.value.Int())
	}
	return asNumber(v)
}
