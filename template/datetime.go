package template

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A datetime is a time.Time as Python's datetime. Times of Go know their zone; those made
// by a template without one are naive: they print no offset.
type datetime struct {
	t     time.Time
	naive bool
}

// A date is Python's date.
type date struct{ t time.Time }

// A timedelta is a time.Duration as Python's timedelta.
type timedelta time.Duration

// A timezone is Python's timezone, and a datetime's tzinfo.
type timezone struct{ loc *time.Location }

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

func compareOrder(op syntax.Token, order int) bool {
	switch op {
	case syntax.EQL:
		return order == 0
	case syntax.NEQ:
		return order != 0
	}
	return syntaxCompare(op, int64(order), 0)
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
	plain, called := strings.CutSuffix(name, callMark)
	if called || isMethod(plain) {
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

// goMethod lets a template use what the Go value under a Python type has.
func goMethod(v any, name, kind string) (starlark.Value, error) {
	plain, _ := strings.CutSuffix(name, callMark)
	a := &adaptor{}
	o := &goObject{value: reflectValue(v), info: a.info(reflectValue(v).Type())}
	if o.info.member(plain) == nil {
		return nil, raise("AttributeError", "'%s' object has no attribute '%s'", kind, plain)
	}
	return o.Attr(name)
}

// method makes a bound method of a function.
func method(name string, fn func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)) starlark.Value {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return fn(args, kwargs)
	})
}

// getter is a method without arguments.
func getter(name string, v func() starlark.Value) starlark.Value {
	return method(name, func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return v(), nil })
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

func (d *date) String() string        { return d.t.Format("2006-01-02") }
func (d *date) Type() string          { return "date" }
func (d *date) Freeze()               {}
func (d *date) Truth() starlark.Bool  { return true }
func (d *date) Hash() (uint32, error) { return uint32(d.t.Unix()), nil }
func (d *date) AttrNames() []string   { return nil }

func (d *date) strftime(format string) (string, error) { return strftime(d.midnight(), format) }

func (d *date) midnight() *datetime { return &datetime{d.t, true} }

// CompareSameType orders by day.
func (d *date) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareOrder(op, d.t.Compare(y.(*date).t)), nil
}

// Binary implements + and - with timedelta, and - with another date.
func (d *date) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		days := time.Duration(y) / day
		switch {
		case op == syntax.PLUS:
			return &date{midnight(d.t.Add(days * day))}, nil
		case op == syntax.MINUS && side == starlark.Left:
			return &date{midnight(d.t.Add(-days * day))}, nil
		}
	case *date:
		if op == syntax.MINUS && side == starlark.Left {
			return timedelta(d.t.Sub(y.t)), nil
		}
	}
	return nil, nil
}

func (d *date) Attr(name string) (starlark.Value, error) {
	plain := strings.TrimSuffix(name, callMark)
	if v, ok := dateAttr(d.t, plain); ok {
		return v, nil
	}
	switch plain {
	case "strftime":
		return strftimeMethod(d.midnight()), nil
	case "isoformat":
		return getter(plain, func() starlark.Value { return starlark.String(d.String()) }), nil
	case "weekday", "isoweekday", "ctime":
		return d.midnight().method(plain), nil
	}
	return nil, raise("AttributeError", "'date' object has no attribute '%s'", plain)
}

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
	plain, called := strings.CutSuffix(name, callMark)
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

func (z *timezone) String() string {
	if z.loc == time.UTC {
		return "UTC"
	}
	return z.loc.String()
}
func (z *timezone) Type() string          { return "timezone" }
func (z *timezone) Freeze()               {}
func (z *timezone) Truth() starlark.Bool  { return true }
func (z *timezone) Hash() (uint32, error) { return starlark.String(z.loc.String()).Hash() }

// A pyClass is a type that makes values when called, and has functions of its own.
type pyClass struct {
	name    string
	make    func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)
	members map[string]starlark.Value
}

func (c *pyClass) String() string        { return "<class '" + c.name + "'>" }
func (c *pyClass) Type() string          { return "type" }
func (c *pyClass) Freeze()               {}
func (c *pyClass) Truth() starlark.Bool  { return true }
func (c *pyClass) Hash() (uint32, error) { return starlark.String(c.name).Hash() }
func (c *pyClass) Name() string          { return c.name }
func (c *pyClass) AttrNames() []string   { return nil }

func (c *pyClass) CallInternal(_ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return c.make(args, kwargs)
}

func (c *pyClass) Attr(name string) (starlark.Value, error) {
	plain := strings.TrimSuffix(name, callMark)
	if v, ok := c.members[plain]; ok {
		return v, nil
	}
	return nil, raise("AttributeError", "type object '%s' has no attribute '%s'", c.name, plain)
}

// datetimeModule is the datetime that every template sees.
func (e *engine) datetimeModule() *module {
	return newModule("datetime", fixed(map[string]starlark.Value{
		"datetime":  e.datetimeClass(),
		"date":      e.dateClass(),
		"timedelta": &pyClass{name: "timedelta", make: makeTimedelta},
		"timezone":  &pyClass{name: "timezone", make: makeTimezone, members: map[string]starlark.Value{"utc": &timezone{time.UTC}}},
		"UTC":       &timezone{time.UTC},
	}))
}

func (e *engine) datetimeClass() *pyClass {
	return &pyClass{name: "datetime",
		make: func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			if len(args)+len(kwargs) < 3 {
				return nil, raise("TypeError", "function missing required argument")
			}
			return makeDatetime(args, kwargs, make([]int, 7), starlark.None)
		},
		members: map[string]starlark.Value{
			"now": method("now", func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
				var zone starlark.Value = starlark.None
				if err := starlark.UnpackArgs("now", args, kwargs, "tz?", &zone); err != nil {
					return nil, err
				}
				return inZone(e.options.Now(), zone), nil
			}),
			"utcnow": getter("utcnow", func() starlark.Value { return &datetime{e.options.Now().UTC(), true} }),
			"today":  getter("today", func() starlark.Value { return &datetime{e.options.Now(), true} }),
			"fromtimestamp": method("fromtimestamp", func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
				var stamp, zone starlark.Value = starlark.None, starlark.None
				if err := starlark.UnpackArgs("fromtimestamp", args, kwargs, "timestamp", &stamp, "tz?", &zone); err != nil {
					return nil, err
				}
				return fromTimestamp(stamp, zone)
			}),
			"utcfromtimestamp": method("utcfromtimestamp", func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				if len(args) != 1 {
					return nil, raise("TypeError", "utcfromtimestamp() takes exactly one argument (%d given)", len(args))
				}
				v, err := fromTimestamp(args[0], &timezone{time.UTC})
				if err != nil {
					return nil, err
				}
				return &datetime{v.(*datetime).t, true}, nil
			}),
			"strptime": method("strptime", func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				var text, format string
				if err := starlark.UnpackPositionalArgs("strptime", args, nil, 2, &text, &format); err != nil {
					return nil, err
				}
				return strptime(text, format)
			}),
			"fromisoformat": method("fromisoformat", func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				var text string
				if err := starlark.UnpackPositionalArgs("fromisoformat", args, nil, 1, &text); err != nil {
					return nil, err
				}
				return fromISO(text)
			}),
		}}
}

// inZone is a clock reading as now(zone) gives it: without a zone, naive local time.
func inZone(t time.Time, zone starlark.Value) starlark.Value {
	if z, ok := zone.(*timezone); ok {
		return &datetime{t: t.In(z.loc)}
	}
	return &datetime{t, true}
}

func fromTimestamp(stamp, zone starlark.Value) (starlark.Value, error) {
	f, ok := starlark.AsFloat(stamp)
	if !ok || math.IsNaN(f) {
		return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(stamp))
	}
	if math.Abs(f) > 253402300799 {
		return nil, raise("ValueError", "year is out of range")
	}
	whole, part := math.Modf(f)
	return inZone(time.Unix(int64(whole), int64(math.RoundToEven(part*1e6))*1000), zone), nil
}

func fromISO(text string) (starlark.Value, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999Z07:00", "2006-01-02 15:04:05.999999Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return &datetime{t: t}, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999", "2006-01-02 15:04:05.999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return &datetime{t, true}, nil
		}
	}
	return nil, raise("ValueError", "Invalid isoformat string: %s", pyQuote(text))
}

func (e *engine) dateClass() *pyClass {
	return &pyClass{name: "date",
		make: func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			v, err := makeDatetime(args, kwargs, make([]int, 7), starlark.None)
			if err != nil {
				return nil, err
			}
			return &date{midnight(v.(*datetime).t)}, nil
		},
		members: map[string]starlark.Value{
			"today": getter("today", func() starlark.Value { return &date{midnight(e.options.Now())} }),
		}}
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

func makeTimezone(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 0 {
		if d, ok := args[0].(timedelta); ok && time.Duration(d).Abs() < day {
			name := "UTC"
			if d != 0 {
				name += (&datetime{t: time.Time{}.In(time.FixedZone("", int(time.Duration(d)/time.Second)))}).offset(":")
			}
			if len(args) > 1 {
				if s, ok := args[1].(starlark.String); ok {
					name = string(s)
				}
			}
			return &timezone{time.FixedZone(name, int(time.Duration(d)/time.Second))}, nil
		}
	}
	return nil, raise("TypeError", "timezone() argument 1 must be datetime.timedelta")
}
