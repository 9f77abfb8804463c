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

func (d timedelta) String() string        { return string(must(d.appendStr(nil))) }
func (d timedelta) Type() string          { return "timedelta" }
func (d timedelta) Freeze()               {}
func (d timedelta) Truth() starlark.Bool  { return d != 0 }
func (d timedelta) Hash() (uint32, error) { return uint32(d), nil }
func (d timedelta) AttrNames() []string   { return nil }

// parts are Python's: days may be negative, the rest is not.
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

func (d timedelta) Attr(name string) (starlark.Value, error) {
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	days, seconds, micros := d.parts()
	if !called {
		switch plain {
		case "days":
			return intValue(days)
		case "seconds":
			return intValue(seconds)
		case "microseconds":
			return intValue(micros)
		}
	}
	if plain == "total_seconds" {
		return getter(plain, func() starlark.Value { return starlark.Float(time.Duration(d).Seconds()) }), nil
	}
	return goMethod(time.Duration(d), name, "timedelta")
}

// CompareSameType orders by length.
func (d timedelta) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	if x := int64(d); op == syntax.EQL || op == syntax.NEQ {
		return (x == int64(y.(timedelta))) == (op == syntax.EQL), nil
	}
	return syntaxCompare(op, int64(d), int64(y.(timedelta))), nil
}

// Binary implements + - with timedelta, * and / with numbers.
func (d timedelta) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		switch op {
		case syntax.PLUS:
			return d + y, nil
		case syntax.MINUS:
			if side == starlark.Right {
				return y - d, nil
			}
			return d - y, nil
		case syntax.SLASH:
			if side == starlark.Left && y != 0 {
				return starlark.Float(float64(d) / float64(y)), nil
			}
		}
	case starlark.Int, starlark.Float:
		n, _ := starlark.AsFloat(y)
		switch {
		case op == syntax.STAR && math.Abs(float64(d)*n) < math.MaxInt64:
			return timedelta(math.RoundToEven(float64(d) * n)), nil
		case op == syntax.SLASH && side == starlark.Left && n != 0 && math.Abs(float64(d)/n) < math.MaxInt64:
			return timedelta(math.RoundToEven(float64(d) / n)), nil
		}
	}
	return nil, nil
}

// Unary implements -d.
func (d timedelta) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.MINUS:
		return -d, nil
	case syntax.PLUS:
		return d, nil
	}
	return nil, nil
}

func makeTimedelta(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	names := []string{"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}
	units := []time.Duration{day, time.Second, time.Microsecond, time.Millisecond, time.Minute, time.Hour, 7 * day}
	if len(args) > len(names) {
		return nil, raise("TypeError", "timedelta() takes at most %d arguments", len(names))
	}
	var total float64
	add := func(i int, v starlark.Value) error {
		n, ok := starlark.AsFloat(v)
		if !ok {
			return raise("TypeError", "unsupported type for timedelta %s component: %s", names[i], pyType(v))
		}
		total += n * float64(units[i])
		return nil
	}
	for i, v := range args {
		if err := add(i, v); err != nil {
			return nil, err
		}
	}
	for _, kw := range kwargs {
		i := 0
		for i < len(names) && starlark.String(names[i]) != kw[0] {
			i++
		}
		if i == len(names) {
			return nil, raise("TypeError", "'%s' is an invalid keyword argument for __new__()", string(kw[0].(starlark.String)))
		}
		if err := add(i, kw[1]); err != nil {
			return nil, err
		}
	}
	if !(math.Abs(total) < math.MaxInt64) {
		return nil, raise("OverflowError", "a timedelta of more than 292 years")
	}
	return timedelta(math.RoundToEven(total/1000) * 1000), nil
}
