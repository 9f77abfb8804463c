package pyvalue

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.starlark.net/starlark"
)

// strptime reads text by format.
func strptime(text, format string) (starlark.Value, error) {
	whole := format
	p := &timeParser{rest: text, fields: []int{1900, 1, 1, 0, 0, 0, 0}}
	bad := raise("ValueError", "time data %s does not match format %s", Quote(text), Quote(format))
	for format != "" {
		c := format[0]
		format = format[1:]
		switch {
		case unicode.IsSpace(rune(c)):
			p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		case c == '%' && format != "":
			letter := format[0]
			format = format[1:]
			if strings.IndexByte("YymdHIMSfjwuUWVBbhAapzZ%cxX", letter) < 0 {
				return nil, raise("ValueError", "'%c' is a bad directive in format %s", letter, Quote(whole))
			}
			if strings.IndexByte("cxX", letter) >= 0 {
				return nil, notSupported("the directive %" + string(letter) + " of strptime()")
			}
			if !p.directive(letter) {
				return nil, bad
			}
		case p.rest != "" && p.rest[0] == c:
			p.rest = p.rest[1:]
		default:
			return nil, bad
		}
	}
	if p.rest != "" {
		return nil, raise("ValueError", "unconverted data remains: %s", p.rest)
	}
	if p.pm != nil {
		p.fields[3] = p.fields[3]%12 + *p.pm
	}
	if p.yearDay > 0 {
		t := time.Date(p.fields[0], 1, p.yearDay, 0, 0, 0, 0, time.UTC)
		p.fields[1], p.fields[2] = int(t.Month()), t.Day()
	}
	slots := make(starlark.Tuple, 0, 9)
	for _, n := range p.fields {
		slots = append(slots, starlark.MakeInt(n))
	}
	slots = append(slots, starlark.None, starlark.MakeInt(0))
	if p.zone != nil {
		slots[7] = p.zone
	}
	return makeDatetime(nil, slots)
}

type timeParser struct {
	rest    string
	fields  []int // year, month, day, hour, minute, second, microsecond
	pm      *int  // hours that AM or PM adds
	yearDay int
	zone    *timezone
}

// digits reads up to n digits.
func (p *timeParser) digits(n int, to *int) bool {
	i := 0
	for i < n && i < len(p.rest) && '0' <= p.rest[i] && p.rest[i] <= '9' {
		i++
	}
	if i == 0 {
		return false
	}
	*to, _ = strconv.Atoi(p.rest[:i])
	p.rest = p.rest[i:]
	return true
}

// oneOf reads one of n names in any case, and returns its position. It returns -1 if there is
// none.
func (p *timeParser) oneOf(name func(i int) string, n int) int {
	for i := range n {
		s := name(i)
		if len(p.rest) >= len(s) && strings.EqualFold(p.rest[:len(s)], s) {
			p.rest = p.rest[len(s):]
			return i
		}
	}
	return -1
}

func (p *timeParser) directive(letter byte) bool {
	f := p.fields
	ignored := 0
	month := func(i int) string { return time.Month(i + 1).String() }
	dayName := func(i int) string { return time.Weekday(i).String() }
	short := func(full func(int) string) func(int) string { return func(i int) string { return full(i)[:3] } }
	switch letter {
	case 'Y':
		return len(p.rest) >= 4 && p.digits(4, &f[0])
	case 'y':
		ok := p.digits(2, &f[0])
		if f[0] < 69 {
			f[0] += 100
		}
		f[0] += 1900
		return ok
	case 'm':
		return p.digits(2, &f[1])
	case 'd':
		return p.digits(2, &f[2])
	case 'H', 'I':
		return p.digits(2, &f[3])
	case 'M':
		return p.digits(2, &f[4])
	case 'S':
		return p.digits(2, &f[5])
	case 'f':
		before := len(p.rest)
		ok := p.digits(6, &f[6])
		for n := before - len(p.rest); n < 6; n++ {
			f[6] *= 10
		}
		return ok
	case 'j':
		return p.digits(3, &p.yearDay)
	case 'w', 'u':
		return p.digits(1, &ignored)
	case 'U', 'W', 'V':
		return p.digits(2, &ignored)
	case 'B', 'b', 'h':
		i := p.oneOf(month, 12)
		if i < 0 {
			i = p.oneOf(short(month), 12)
		}
		f[1] = i + 1
		return i >= 0
	case 'A', 'a':
		return p.oneOf(dayName, 7) >= 0 || p.oneOf(short(dayName), 7) >= 0
	case 'p':
		i := p.oneOf(func(i int) string { return []string{"AM", "PM"}[i] }, 2)
		i *= 12
		p.pm = &i
		return i >= 0
	case 'z':
		return p.offset()
	case 'Z':
		if p.oneOf(func(i int) string { return []string{"UTC", "GMT"}[i] }, 2) < 0 {
			return false
		}
		return true
	case '%':
		return p.oneOf(func(int) string { return "%" }, 1) == 0
	}
	return false
}

// offset reads Z, +hhmm or +hh:mm.
func (p *timeParser) offset() bool {
	if strings.HasPrefix(p.rest, "Z") {
		p.rest, p.zone = p.rest[1:], &timezone{loc: time.UTC}
		return true
	}
	if p.rest == "" || p.rest[0] != '+' && p.rest[0] != '-' {
		return false
	}
	sign := 1
	if p.rest[0] == '-' {
		sign = -1
	}
	p.rest = p.rest[1:]
	hours, minutes := 0, 0
	if !p.digits(2, &hours) {
		return false
	}
	p.rest = strings.TrimPrefix(p.rest, ":")
	if !p.digits(2, &minutes) {
		return false
	}
	seconds := sign * (hours*3600 + minutes*60)
	p.zone = &timezone{loc: fixedZone(seconds)}
	return true
}
