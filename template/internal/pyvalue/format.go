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
