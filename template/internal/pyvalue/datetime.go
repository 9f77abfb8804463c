package pyvalue

import (
	"fmt"
	"strings"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A datetime is a time.Time as Python's datetime. Times of Go know their zone; those made
// by a template without one are naive: they print no offset.
type datetime struct {
	t     time.Time
	naive bool
}

func (d *datetime) String() string        { return string(must(d.appendStr(nil))) }
func (d *datetime) Type() string          { return "datetime" }
func (d *datetime) Freeze()               {}
func (d *datetime) Truth() starlark.Bool  { return true }
func (d *datetime) Hash() (uint32, error) { return uint32(d.t.UnixNano()), nil }
func (d *datetime) AttrNames() []string   { return nil }

// appendStr is isoformat with a blank.
func (d *datetime) appendStr(dst []byte) ([]byte, error) {
	return append(dst, d.isoformat(" ")...), nil
}

func (d *datetime) isoformat(separator string) string {
	s := d.t.Format("2006-01-02" + separator + "15:04:05")
	if micros := d.t.Nanosecond() / 1000; micros != 0 {
		s += fmt.Sprintf(".%06d", micros)
	}
	return s + d.offset(":")
}

// offset is +hh:mm, with seconds if there are any; nothing for a naive time.
func (d *datetime) offset(colon string) string {
	if d.naive {
		return ""
	}
	_, seconds := d.t.Zone()
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d%s%02d", sign, seconds/3600, colon, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%s%02d", colon, seconds%60)
	}
	return s
}

func (d *datetime) strftime(format string) (string, error) { return strftime(d, format) }

// CompareSameType orders by instant; a naive time counts as UTC.
func (d *datetime) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareOrder(op, d.t.Compare(y.(*datetime).t)), nil
}

// Binary implements + and - with timedelta, and - with another time.
func (d *datetime) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		switch {
		case op == syntax.PLUS:
			return &datetime{d.t.Add(time.Duration(y)), d.naive}, nil
		case op == syntax.MINUS && side == starlark.Left:
			return &datetime{d.t.Add(-time.Duration(y)), d.naive}, nil
		}
	case *datetime:
		if op == syntax.MINUS && side == starlark.Left {
			return timedelta(d.t.Sub(y.t)), nil
		}
	}
	return nil, nil
}

func intValue(n int) (starlark.Value, error) { return starlark.MakeInt(n), nil }

// Attr finds Python's names first, then the methods of time.Time.
func (d *datetime) Attr(name string) (starlark.Value, error) {
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	if called || pysyntax.IsMethod(plain) {
		if v := d.method(plain); v != nil {
			return v, nil
		}
	}
	switch plain {
	case "hour":
		return intValue(d.t.Hour())
	case "minute":
		return intValue(d.t.Minute())
	case "second":
		return intValue(d.t.Second())
	case "microsecond":
		return intValue(d.t.Nanosecond() / 1000)
	case "tzinfo":
		if d.naive {
			return starlark.None, nil
		}
		return &timezone{d.t.Location()}, nil
	}
	if v, ok := dateAttr(d.t, plain); ok {
		return v, nil
	}
	if v := d.method(plain); v != nil {
		return v, nil
	}
	return goMethod(d.t, name, "datetime")
}

func dateAttr(t time.Time, name string) (starlark.Value, bool) {
	switch name {
	case "year":
		return starlark.MakeInt(t.Year()), true
	case "month":
		return starlark.MakeInt(int(t.Month())), true
	case "day":
		return starlark.MakeInt(t.Day()), true
	}
	return nil, false
}

func (d *datetime) method(name string) starlark.Value {
	switch name {
	case "strftime":
		return strftimeMethod(d)
	case "isoformat":
		return method(name, func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			separator, spec := "T", "auto"
			if err := starlark.UnpackArgs(name, args, kwargs, "sep?", &separator, "timespec?", &spec); err != nil {
				return nil, err
			}
			return starlark.String(d.isoformat(separator)), nil
		})
	case "ctime":
		return getter(name, func() starlark.Value { return starlark.String(d.t.Format("Mon Jan _2 15:04:05 2006")) })
	case "weekday":
		return getter(name, func() starlark.Value { return starlark.MakeInt(weekday(d.t) - 1) })
	case "isoweekday":
		return getter(name, func() starlark.Value { return starlark.MakeInt(weekday(d.t)) })
	case "date":
		return getter(name, func() starlark.Value { return &date{midnight(d.t)} })
	case "timestamp":
		return getter(name, func() starlark.Value {
			return starlark.Float(float64(d.t.Unix()) + float64(d.t.Nanosecond()/1000)/1e6)
		})
	case "utcoffset":
		return getter(name, func() starlark.Value {
			if d.naive {
				return starlark.None
			}
			_, seconds := d.t.Zone()
			return timedelta(seconds) * timedelta(time.Second)
		})
	case "tzname":
		return getter(name, func() starlark.Value {
			if d.naive {
				return starlark.None
			}
			return starlark.String(d.t.Format("MST"))
		})
	case "astimezone":
		return method(name, func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var zone starlark.Value = &timezone{time.UTC}
			if err := starlark.UnpackArgs(name, args, kwargs, "tz?", &zone); err != nil {
				return nil, err
			}
			if z, ok := zone.(*timezone); ok {
				return &datetime{t: d.t.In(z.loc)}, nil
			}
			return nil, raise("TypeError", "tzinfo argument must be None or of a tzinfo subclass, not type '%s'", pyType(zone))
		})
	case "replace":
		return method(name, d.replace)
	}
	return nil
}

func (d *datetime) replace(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	zone := starlark.Value(starlark.None)
	if !d.naive {
		zone = &timezone{d.t.Location()}
	}
	year, month, day := d.t.Date()
	return makeDatetime(args, kwargs, []int{year, int(month), day, d.t.Hour(), d.t.Minute(), d.t.Second(), d.t.Nanosecond() / 1000}, zone)
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// weekday is 1 for Monday to 7 for Sunday.
func weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// makeDatetime builds a time of fields that have defaults.
func makeDatetime(args starlark.Tuple, kwargs []starlark.Tuple, f []int, zone starlark.Value) (starlark.Value, error) {
	err := starlark.UnpackArgs("datetime", args, kwargs, "year?", &f[0], "month?", &f[1], "day?", &f[2],
		"hour?", &f[3], "minute?", &f[4], "second?", &f[5], "microsecond?", &f[6], "tzinfo?", &zone)
	if err != nil {
		return nil, raise("TypeError", "%v", err)
	}
	out := &datetime{naive: true}
	loc := time.UTC
	if z, ok := zone.(*timezone); ok {
		loc, out.naive = z.loc, false
	}
	out.t = time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], f[6]*1000, loc)
	switch {
	case f[0] < 1 || f[0] > 9999:
		return nil, raise("ValueError", "year %d is out of range", f[0])
	case f[1] < 1 || f[1] > 12:
		return nil, raise("ValueError", "month must be in 1..12")
	case out.t.Day() != f[2] || f[2] < 1:
		return nil, raise("ValueError", "day is out of range for month")
	case f[3] < 0 || f[3] > 23:
		return nil, raise("ValueError", "hour must be in 0..23")
	case f[4] < 0 || f[4] > 59:
		return nil, raise("ValueError", "minute must be in 0..59")
	case f[5] < 0 || f[5] > 59:
		return nil, raise("ValueError", "second must be in 0..59")
	case f[6] < 0 || f[6] > 999_999:
		return nil, raise("ValueError", "microsecond must be in 0..999999")
	}
	return out, nil
}
