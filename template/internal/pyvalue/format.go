package pyvalue

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
	zeroAlign bool // align is '=' because the width begins with a 0
	sign      byte // '+', '-', ' ' or 0 for none given
	alternate bool // #
	group     byte // ',' or '_' or 0
	width     int
	precision int // -1 for none
	verb      rune

	noNegativeZero bool // z
}

// maxWidth limits widths and precisions.
const maxWidth = 1 << 16

var errWidth = &limitError{fmt.Sprintf("a width of more than %d", maxWidth)}

// parseSpec parses [[fill]align][sign][z][#][0][width][group][.precision][type]. kind is the type
// of the value, for error texts.
func parseSpec(source, kind string) (formatSpec, error) {
	spec := formatSpec{fill: " ", precision: -1}
	s := spec.parseAlign(source)
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		spec.sign, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, "z") {
		spec.noNegativeZero, s = true, s[1:]
	}
	if strings.HasPrefix(s, "#") {
		spec.alternate, s = true, s[1:]
	}
	if strings.HasPrefix(s, "0") {
		if spec.fill == " " && spec.align == 0 {
			spec.align, spec.zeroAlign = '=', true
		}
		if spec.fill == " " {
			spec.fill = "0"
		}
		s = s[1:]
	}
	var err error
	if spec.width, s, err = number(s, 0); err != nil {
		return spec, err
	}
	if s, err = spec.parseGroup(s); err != nil {
		return spec, err
	}
	if strings.HasPrefix(s, ".") {
		if spec.precision, s, err = number(s[1:], -1); err != nil {
			return spec, err
		}
		if spec.precision < 0 {
			return spec, raise("ValueError", "Format specifier missing precision")
		}
	}
	verb, size := utf8.DecodeRuneInString(s)
	if len(s) > size {
		return spec, raise("ValueError", "Invalid format specifier '%s' for object of type '%s'", source, kind)
	}
	if s != "" {
		spec.verb = verb
	}
	return spec, spec.checkGroup()
}

// parseAlign reads [[fill]align] and returns the rest.
func (f *formatSpec) parseAlign(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	switch {
	case len(s) > size && strings.IndexByte("<>^=", s[size]) >= 0:
		f.fill, f.align = s[:size], s[size]
		return s[size+1:]
	case s != "" && strings.IndexByte("<>^=", s[0]) >= 0:
		f.align = s[0]
		return s[1:]
	}
	return s
}

// parseGroup reads the separator of groups of digits, and returns the rest.
func (f *formatSpec) parseGroup(s string) (string, error) {
	if s == "" || s[0] != ',' && s[0] != '_' {
		return s, nil
	}
	f.group, s = s[0], s[1:]
	switch {
	case s != "" && s[0] != f.group && (s[0] == ',' || s[0] == '_'):
		return "", raise("ValueError", "Cannot specify both ',' and '_'.")
	case s != "" && s[0] == f.group:
		return "", raise("ValueError", "Cannot specify '%c' with '%c'.", f.group, s[0])
	}
	return s, nil
}

// checkGroup returns an error if there is a separator, and the type of the format has no groups.
func (f *formatSpec) checkGroup() error {
	if f.group == 0 || f.verb == 0 || strings.ContainsRune("defgEFG%", f.verb) || f.group == '_' && strings.ContainsRune("boxX", f.verb) {
		return nil
	}
	return raise("ValueError", "Cannot specify '%c' with '%s'.", f.group, verbText(f.verb))
}

// verbText returns the type of a specification in the form of error texts.
func verbText(verb rune) string {
	if verb <= ' ' || verb >= 0x80 {
		return fmt.Sprintf(`\x%x`, verb)
	}
	return string(verb)
}

func unknownCode(verb rune, kind string) error {
	return raise("ValueError", "Unknown format code '%s' for object of type '%s'", verbText(verb), kind)
}

// number returns the number whose digits begin s, and the rest. Without digits it returns
// missing.
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
		return 0, "", errWidth
	}
	return n, s[i:], nil
}

// formatValue returns Python's format(v, spec).
func formatValue(v starlark.Value, source string) (string, error) {
	if source == "" {
		if s, ok := v.(starlark.String); ok {
			return string(s), nil
		}
		text, err := strBytes(v)
		return string(text), err
	}
	if d, ok := v.(strftimer); ok {
		return d.strftime(source)
	}
	kind := pyType(v)
	switch v := v.(type) {
	case starlark.String:
		spec, err := parseSpec(source, kind)
		if err != nil {
			return "", err
		}
		return spec.text(string(v))
	case starlark.Bool, starlark.Int, starlark.Float:
		spec, err := parseSpec(source, kind)
		if err != nil {
			return "", err
		}
		return spec.number(asNumber(v), kind)
	}
	return "", raise("TypeError", "unsupported format string passed to %s.__format__", kind)
}

// text formats a str.
func (f formatSpec) text(s string) (string, error) {
	switch {
	case f.verb != 0 && f.verb != 's':
		return "", unknownCode(f.verb, "str")
	case f.sign == ' ':
		return "", raise("ValueError", "Space not allowed in string format specifier")
	case f.sign != 0:
		return "", raise("ValueError", "Sign not allowed in string format specifier")
	case f.noNegativeZero:
		return "", raise("ValueError", "Negative zero coercion (z) not allowed in string format specifier")
	case f.alternate:
		return "", raise("ValueError", "Alternate form (#) not allowed in string format specifier")
	case f.group != 0:
		return "", raise("ValueError", "Cannot specify '%c' with 's'.", f.group)
	case f.align == '=' && !f.zeroAlign:
		return "", raise("ValueError", "'=' alignment not allowed in string format specifier")
	case f.align == '=':
		f.align = '<'
	}
	return f.pad(truncate(s, f.precision), '<'), nil
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

// number formats an Int or a Float. kind is the type of the value, for error texts.
func (f formatSpec) number(v starlark.Value, kind string) (string, error) {
	n, isInt := v.(starlark.Int)
	switch f.verb {
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		return f.real(v)
	case 0, 'n':
		if !isInt {
			return f.real(v)
		}
	case 'd', 'b', 'o', 'x', 'X', 'c':
		if !isInt {
			return "", unknownCode(f.verb, kind)
		}
	default:
		return "", unknownCode(f.verb, kind)
	}
	switch {
	case f.precision >= 0:
		return "", raise("ValueError", "Precision not allowed in integer format specifier")
	case f.noNegativeZero:
		return "", raise("ValueError", "Negative zero coercion (z) not allowed in integer format specifier")
	case f.verb == 'c':
		return f.character(n)
	}
	negative, prefix, digits := f.integer(n)
	return f.sum(negative, prefix, digits), nil
}

// real formats a number as a float.
func (f formatSpec) real(v starlark.Value) (string, error) {
	x, _, err := floatOperand(v)
	if err != nil {
		return "", err
	}
	digits := f.float(math.Abs(x))
	negative := math.Signbit(x) && !math.IsNaN(x)
	if f.noNegativeZero && strings.Trim(digits, "0.e+-%") == "" {
		negative = false
	}
	return f.sum(negative, "", digits), nil
}

// character formats a whole number as the character that it stands for.
func (f formatSpec) character(n starlark.Int) (string, error) {
	switch r, ok := n.Int64(); {
	case f.sign != 0:
		return "", raise("ValueError", "Sign not allowed with integer format specifier 'c'")
	case f.alternate:
		return "", raise("ValueError", "Alternate form (#) not allowed with integer format specifier 'c'")
	case !ok:
		return "", raise("OverflowError", "Python int too large to convert to C long")
	case r < 0 || r > utf8.MaxRune:
		return "", raise("OverflowError", "%%c arg not in range(0x110000)")
	default:
		if f.align == '=' {
			f.align = '>'
		}
		return f.pad(string(rune(r)), '<'), nil
	}
}

func (f formatSpec) integer(n starlark.Int) (negative bool, prefix, digits string) {
	base := 10
	switch f.verb {
	case 'b':
		base = 2
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
	}
	if small, ok := n.Int64(); ok {
		digits = strings.TrimPrefix(strconv.FormatInt(small, base), "-")
	} else {
		digits = new(big.Int).Abs(n.BigInt()).Text(base)
	}
	if f.alternate && base != 10 {
		prefix = "0" + string(f.verb)
	}
	if f.verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	return n.Sign() < 0, prefix, digits
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
		if mantissa, exponent, ok := strings.Cut(s, "e"); ok && f.alternate && !strings.Contains(mantissa, ".") {
			s = mantissa + ".e" + exponent
		}
	case verb == 0 || verb == 'n':
		s = generalFloat(x, precision, f.alternate)
		if verb == 0 && !strings.ContainsAny(s, ".e") {
			s = shortFixed(x, precision, s)
		}
	case verb == 'g' || verb == 'G':
		s = generalFloat(x, precision, f.alternate)
	default:
		if precision < 0 {
			precision = 6
		}
		s = strconv.FormatFloat(x, byte(verb|0x20), precision, 64)
		if f.alternate && precision == 0 {
			s += "."
		}
	}
	if 'A' <= f.verb && f.verb <= 'Z' {
		s = strings.ToUpper(s)
	}
	return s + suffix
}

// shortFixed returns s with a point, for the format without a type. It keeps a digit after
// the point, and has an exponent if that takes fewer digits than precision allows.
func shortFixed(x float64, precision int, s string) string {
	if len(s) < max(precision, 1) {
		return s + ".0"
	}
	s = strconv.FormatFloat(x, 'e', max(precision, 1)-1, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	return mantissa + "e" + exponent
}

// generalFloat formats x as %g does in C.
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

// sum joins sign, prefix and digits. It adds separators and pads the result.
func (f formatSpec) sum(negative bool, prefix, digits string) string {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case f.sign == '+' || f.sign == ' ':
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

// grouped puts separators into the digits before the point. If zeros fill the width, it groups
// them too.
func (f formatSpec) grouped(digits string, before int) string {
	size := 3
	ends := ".e%"
	if f.verb != 0 && strings.ContainsRune("boxX", f.verb) {
		size, ends = 4, ""
	}
	end := strings.IndexAny(digits, ends)
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
