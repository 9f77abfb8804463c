package template

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// A formatSpec is Python's format specification, or a % conversion in the same terms.
type formatSpec struct {
	fill      string
	align     byte // '<', '>', '^', '=' or 0
	sign      byte // '+', ' ' or 0 for only minus
	alternate bool // #
	group     byte // ',' or '_' or 0
	width     int
	precision int // -1 for none
	verb      byte
}

const maxWidth = 1 << 16

// parseSpec reads [[fill]align][sign][#][0][width][group][.precision][type].
func parseSpec(s string) (formatSpec, error) {
	spec := formatSpec{fill: " ", precision: -1}
	_, size := utf8.DecodeRuneInString(s)
	switch {
	case len(s) > size && strings.IndexByte("<>^=", s[size]) >= 0:
		spec.fill, spec.align = s[:size], s[size]
		s = s[size+1:]
	case s != "" && strings.IndexByte("<>^=", s[0]) >= 0:
		spec.align = s[0]
		s = s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		if s[0] != '-' {
			spec.sign = s[0]
		}
		s = s[1:]
	}
	if strings.HasPrefix(s, "#") {
		spec.alternate, s = true, s[1:]
	}
	if strings.HasPrefix(s, "0") {
		if spec.align == 0 {
			spec.fill, spec.align = "0", '='
		}
		s = s[1:]
	}
	var err error
	if spec.width, s, err = number(s, 0); err != nil {
		return spec, err
	}
	if s != "" && (s[0] == ',' || s[0] == '_') {
		spec.group, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, ".") {
		if spec.precision, s, err = number(s[1:], -1); err != nil {
			return spec, err
		}
		if spec.precision < 0 {
			return spec, raise("ValueError", "Format specifier missing precision")
		}
	}
	if len(s) > 1 {
		return spec, raise("ValueError", "Invalid format specifier")
	}
	if s != "" {
		spec.verb = s[0]
	}
	return spec, nil
}

// number reads the digits that s begins with; none gives missing.
func number(s string, missing int) (int, string, error) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return missing, s, nil
	}
	n, err := strconv.Atoi(s[:i])
	if err != nil || n > maxWidth {
		return 0, "", raise("ValueError", "Too many decimal digits in format string")
	}
	return n, s[i:], nil
}

// formatValue is Python's format(v, spec).
func formatValue(v starlark.Value, source string) (string, error) {
	if source == "" {
		text, err := appendStr(nil, v)
		return string(text), err
	}
	if d, ok := v.(strftimer); ok {
		return d.strftime(source)
	}
	spec, err := parseSpec(source)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case starlark.String:
		if spec.verb != 0 && spec.verb != 's' {
			return "", raise("ValueError", "Unknown format code '%c' for object of type 'str'", spec.verb)
		}
		if spec.align == '=' && spec.fill != "0" {
			return "", raise("ValueError", "'=' alignment not allowed in string format specifier")
		}
		if spec.align == '=' {
			spec.align = '<'
		}
		return spec.pad(truncate(string(v), spec.precision), '<'), nil
	case starlark.Bool:
		if spec.verb == 0 {
			return spec.pad(string(must(appendStr(nil, v))), '<'), nil
		}
		return spec.number(boolInt(v))
	case starlark.Int, starlark.Float:
		return spec.number(v)
	}
	return "", raise("TypeError", "unsupported format string passed to %s.__format__", pyType(v))
}

// A strftimer formats itself by a format of strftime.
type strftimer interface {
	strftime(format string) (string, error)
}

func truncate(s string, runes int) string {
	if runes < 0 {
		return s
	}
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}

// pad fills s up to the width; align is used if the specification has none.
func (f formatSpec) pad(s string, align byte) string {
	missing := f.width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	if f.align != 0 {
		align = f.align
	}
	switch align {
	case '<':
		return s + strings.Repeat(f.fill, missing)
	case '^':
		return strings.Repeat(f.fill, missing/2) + s + strings.Repeat(f.fill, missing-missing/2)
	}
	return strings.Repeat(f.fill, missing) + s
}

// number formats an Int or a Float.
func (f formatSpec) number(v starlark.Value) (string, error) {
	n, isInt := v.(starlark.Int)
	negative, prefix, digits := false, "", ""
	switch f.verb {
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		x, ok := starlark.AsFloat(v)
		if !ok {
			return "", raise("OverflowError", "int too large to convert to float")
		}
		negative, digits = math.Signbit(x), f.float(math.Abs(x))
	case 0, 'n':
		if !isInt {
			x := float64(v.(starlark.Float))
			negative, digits = math.Signbit(x), f.float(math.Abs(x))
			break
		}
		fallthrough
	case 'd', 'b', 'o', 'x', 'X', 'c':
		if !isInt {
			return "", raise("ValueError", "Unknown format code '%c' for object of type 'float'", f.verb)
		}
		if f.verb == 'c' {
			r, err := starlark.AsInt32(n)
			if err != nil || r < 0 || r > utf8.MaxRune {
				return "", raise("OverflowError", "%%c arg not in range(0x110000)")
			}
			return f.pad(string(rune(r)), '<'), nil
		}
		if f.precision >= 0 {
			return "", raise("ValueError", "Precision not allowed in integer format specifier")
		}
		negative, prefix, digits = f.integer(n)
	default:
		return "", raise("ValueError", "Unknown format code '%c' for object of type '%s'", f.verb, v.Type())
	}
	return f.sum(negative, prefix, digits), nil
}

func (f formatSpec) integer(n starlark.Int) (negative bool, prefix, digits string) {
	base := map[byte]int{'b': 2, 'o': 8, 'x': 16, 'X': 16}[f.verb]
	if base == 0 {
		base = 10
	}
	value := n.BigInt()
	digits = new(big.Int).Abs(value).Text(base)
	if f.alternate && base != 10 {
		prefix = "0" + string(f.verb)
	}
	if f.verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	return value.Sign() < 0, prefix, digits
}

// float formats a number that is not negative.
func (f formatSpec) float(x float64) string {
	verb, precision := f.verb, f.precision
	suffix := ""
	if verb == '%' {
		x, verb, suffix = x*100, 'f', "%"
	}
	var s string
	switch {
	case math.IsInf(x, 0):
		s = "inf"
	case math.IsNaN(x):
		s = "nan"
	case verb == 0 && precision < 0:
		s = string(appendFloat(nil, x))
	case verb == 0 || verb == 'n':
		s = generalFloat(x, precision, f.alternate)
		if verb == 0 && !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
	case verb == 'g' || verb == 'G':
		s = generalFloat(x, precision, f.alternate)
	default:
		if precision < 0 {
			precision = 6
		}
		s = strconv.FormatFloat(x, verb|0x20, precision, 64)
		if f.alternate && precision == 0 {
			s += "."
		}
	}
	if 'A' <= f.verb && f.verb <= 'Z' {
		s = strings.ToUpper(s)
	}
	return s + suffix
}

// generalFloat is C's %g.
func generalFloat(x float64, precision int, alternate bool) string {
	switch {
	case precision < 0:
		precision = 6
	case precision == 0:
		precision = 1
	}
	if alternate {
		return fmt.Sprintf("%#.*g", precision, x)
	}
	return strconv.FormatFloat(x, 'g', precision, 64)
}

// sum joins sign, prefix and digits, grouped and padded.
func (f formatSpec) sum(negative bool, prefix, digits string) string {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case f.sign != 0:
		sign = string(f.sign)
	}
	if f.group != 0 {
		digits = f.grouped(digits, len(sign)+len(prefix))
	}
	if f.align == '=' {
		inner := f
		inner.width -= len(sign) + len(prefix)
		inner.align = '>'
		return sign + prefix + inner.pad(digits, '>')
	}
	return f.pad(sign+prefix+digits, '>')
}

// grouped puts separators into the digits before the point; with zeros as fill, these
// are grouped too.
func (f formatSpec) grouped(digits string, before int) string {
	size := 3
	if strings.IndexByte("boxX", f.verb) >= 0 && f.verb != 0 {
		size = 4
	}
	end := strings.IndexAny(digits, ".e%")
	if end < 0 {
		end = len(digits)
	}
	whole, rest := digits[:end], digits[end:]
	group := func(s string) string {
		var b strings.Builder
		for i, c := range s {
			if i > 0 && (len(s)-i)%size == 0 {
				b.WriteByte(f.group)
			}
			b.WriteRune(c)
		}
		return b.String()
	}
	if f.align == '=' && f.fill == "0" {
		for len(group(whole))+len(rest)+before < f.width {
			whole = "0" + whole
		}
	}
	return group(whole) + rest
}

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
		err = raise("KeyError", "%s", pyQuote(key))
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
	return nil, raise("KeyError", "%s", pyQuote(name))
}
