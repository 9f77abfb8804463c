package pyvalue

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A timedelta is a time.Duration as Python's timedelta.
type timedelta time.Duration

const day = 24 * time.Hour

func (d timedelta) String() string { return string(must(d.appendRepr(nil))) }

func (d timedelta) Type() string { return "timedelta" }

func (d timedelta) Freeze() {}

func (d timedelta) Truth() starlark.Bool { return d != 0 }

func (d timedelta) Hash() (uint32, error) { return uint32(d), nil }

func (d timedelta) AttrNames() []string { return nil }

// parts returns the parts of a timedelta in Python. Only days may be negative.
func (d timedelta) parts() (days, seconds, micros int) {
	rest := time.Duration(d).Truncate(time.Microsecond)
	days = int(math.Floor(float64(rest) / float64(day)))
	rest -= time.Duration(days) * day
	return days, int(rest / time.Second), int(rest % time.Second / time.Microsecond)
}

func (d timedelta) appendStr(dst []byte) ([]byte, error) {
	days, seconds, micros := d.parts()
	switch days {
	case 0:
	case 1, -1:
		dst = fmt.Appendf(dst, "%d day, ", days)
	default:
		dst = fmt.Appendf(dst, "%d days, ", days)
	}
	dst = fmt.Appendf(dst, "%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if micros != 0 {
		dst = fmt.Appendf(dst, ".%06d", micros)
	}
	return dst, nil
}

// Attr finds Python's names first, then the methods of time.Duration.
func (d timedelta) Attr(name string) (starlark.Value, error) {
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	days, seconds, micros := d.parts()
	if !called {
		switch plain {
		case "days":
			return starlark.MakeInt(days), nil
		case "seconds":
			return starlark.MakeInt(seconds), nil
		case "microseconds":
			return starlark.MakeInt(micros), nil
		}
	}
	switch plain {
	case "min", "max": // longer than 292 years
		return nil, notSupported("timedelta." + plain)
	}
	if v := timedeltaClass.attribute(d, plain); v != nil {
		return v, nil
	}
	if isDunder(plain) {
		return nativeAttr(d, plain)
	}
	if !called && plain == strings.ToLower(plain) { // a Go method must not be read as a property under Python's name, which would hide a mistake
		return nativeAttr(d, plain)
	}
	return goMethod(time.Duration(d), name, "datetime.timedelta")
}

// CompareSameType orders by length.
func (d timedelta) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	if x := int64(d); op == syntax.EQL || op == syntax.NEQ {
		return (x == int64(y.(timedelta))) == (op == syntax.EQL), nil
	}
	return syntaxCompare(op, int64(d), int64(y.(timedelta))), nil
}

// Binary implements + - / // % with timedelta, and * / // with numbers.
func (d timedelta) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := asNumber(y).(type) {
	case timedelta:
		if side == starlark.Right {
			d, y = y, d
		}
		return d.withDelta(op, y)
	case starlark.Int, starlark.Float:
		return d.withNumber(op, y, side)
	}
	return nil, nil
}

// Unary implements -d and +d.
func (d timedelta) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.MINUS:
		return -d, nil
	case syntax.PLUS:
		return d, nil
	}
	return nil, nil
}

func makeTimedelta(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	names := []string{"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}
	units := []time.Duration{day, time.Second, time.Microsecond, time.Millisecond, time.Minute, time.Hour, 7 * day}
	var total float64
	var whole time.Duration
	for i, v := range args {
		n := asNumber(v)
		f, ok, err := floatOperand(n)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, raise("TypeError", "unsupported type for timedelta %s component: %s", names[i], pyType(v))
		}
		if total += f * float64(units[i]); !(math.Abs(total) < math.MaxInt64) {
			return nil, notSupported("a timedelta of more than 292 years")
		}
		if _, isInt := n.(starlark.Int); isInt {
			whole += time.Duration(f) * units[i]
			total -= f * float64(units[i])
		}
	}
	return timedelta(whole + time.Duration(math.RoundToEven(total/1000)*1000)), nil
}

// appendRepr appends a call that makes the same value.
func (d timedelta) appendRepr(dst []byte) ([]byte, error) {
	days, seconds, micros := d.parts()
	dst = append(dst, "datetime.timedelta("...)
	sep := ""
	for _, part := range []struct {
		name string
		n    int
	}{{"days", days}, {"seconds", seconds}, {"microseconds", micros}} {
		if part.n != 0 {
			dst = fmt.Appendf(dst, "%s%s=%d", sep, part.name, part.n)
			sep = ", "
		}
	}
	if sep == "" {
		dst = append(dst, '0')
	}
	return append(dst, ')'), nil
}

func (d timedelta) withDelta(op syntax.Token, y timedelta) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return limitedDelta(float64(d)+float64(y), d+y)
	case syntax.MINUS:
		return limitedDelta(float64(d)-float64(y), d-y)
	case syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
	default:
		return nil, nil
	}
	if y == 0 {
		return nil, zeroDivision(syntax.SLASHSLASH, false)
	}
	if op == syntax.SLASH {
		return starlark.Float(float64(d) / float64(y)), nil
	}
	quotient, rest := d/y, d%y
	if rest != 0 && (rest < 0) != (y < 0) {
		quotient, rest = quotient-1, rest+y
	}
	if op == syntax.PERCENT {
		return rest, nil
	}
	return starlark.MakeInt64(int64(quotient)), nil
}

func (d timedelta) withNumber(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	n, _, err := floatOperand(y)
	_, isInt := y.(starlark.Int)
	switch {
	case err != nil:
		return nil, err
	case op == syntax.STAR && isInt:
		return limitedDelta(float64(d)*n, d*timedelta(n))
	case op == syntax.STAR:
		return wholeMicros(float64(d) * n)
	case side == starlark.Right:
		return nil, nil
	case op == syntax.SLASH || op == syntax.SLASHSLASH && isInt:
		if n == 0 {
			return nil, zeroDivision(syntax.SLASHSLASH, false)
		}
		if op == syntax.SLASH {
			return wholeMicros(float64(d) / n)
		}
		return timedelta(math.Floor(float64(d)/1000/n) * 1000), nil
	}
	return nil, nil
}

// limitedDelta returns exact. It returns an error if about, an approximation, is out of the range
// of timedelta.
func limitedDelta(about float64, exact timedelta) (starlark.Value, error) {
	if !(math.Abs(about) < math.MaxInt64) {
		return nil, notSupported("a timedelta of more than 292 years")
	}
	return exact, nil
}

// wholeMicros rounds nanoseconds to microseconds, half to even.
func wholeMicros(nanos float64) (starlark.Value, error) {
	return limitedDelta(nanos, timedelta(math.RoundToEven(nanos/1000)*1000))
}
