package pyvalue

import (
	"fmt"
	"strings"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A datetime is a time.Time as Python's datetime. A datetime without a zone is naive: it prints
// no offset. A time that came from Go can also be compared with naive times, which then count as
// UTC.
type datetime struct {
	t      time.Time
	naive  bool
	fromGo bool
}

func (d *datetime) String() string { return string(must(d.appendRepr(nil))) }

func (d *datetime) Type() string { return "datetime" }

func (d *datetime) Freeze() {}

func (d *datetime) Truth() starlark.Bool { return true }

func (d *datetime) Hash() (uint32, error) { return uint32(d.t.UnixNano()), nil }

func (d *datetime) AttrNames() []string { return nil }

// appendStr appends isoformat with a blank between date and time.
func (d *datetime) appendStr(dst []byte) ([]byte, error) {
	return append(dst, d.isoformat(" ", "auto")...), nil
}

// isoformat returns the time down to the unit that timespec names.
func (d *datetime) isoformat(separator, timespec string) string {
	return d.t.Format("2006-01-02") + separator + clock(d.t, timespec) + d.offset(":")
}

// offset returns the offset as +hh:mm, with seconds if there are any, and "" for a naive
// time.
func (d *datetime) offset(colon string) string {
	if d.naive {
		return ""
	}
	_, seconds := d.t.Zone()
	return offsetText(seconds, colon)
}

func (d *datetime) strftime(format string) (string, error) { return strftime(d, format) }

// CompareSameType implements starlark.Comparable.
func (d *datetime) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return pyCompare(op, d, y)
}

// Binary implements + and - with timedelta, and - with another time.
func (d *datetime) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		switch {
		case op == syntax.PLUS:
			return d.moved(time.Duration(y))
		case op == syntax.MINUS && side == starlark.Left:
			return d.moved(-time.Duration(y))
		}
	case *datetime:
		if op != syntax.MINUS || side != starlark.Left {
			return nil, nil
		}
		if d.naive != y.naive && !d.fromGo && !y.fromGo {
			return nil, raise("TypeError", "can't subtract offset-naive and offset-aware datetimes")
		}
		return timedelta(d.t.Sub(y.t)), nil
	}
	return nil, nil
}

// Attr finds Python's names first, then the methods of time.Time.
func (d *datetime) Attr(name string) (starlark.Value, error) {
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	if v := datetimeClass.attribute(d, plain); v != nil {
		if _, isMethod := v.(starlark.Callable); called || isMethod || !d.fromGo {
			return v, nil
		}
		return v, nil
	}
	if !d.fromGo {
		return nativeAttr(d, plain)
	}
	return goMethod(d.t, name, "datetime.datetime")
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// weekday returns 1 for Monday to 7 for Sunday.
func weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// makeDatetime implements datetime(year, month, day, ..., tzinfo, fold).
func makeDatetime(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	f, err := integers32(args[:7])
	if err == nil {
		err = checkDate(f[0], f[1], f[2])
	}
	if err == nil {
		err = checkClock(f[3:])
	}
	if err != nil {
		return nil, err
	}
	zone, err := zoneArgument(args[7])
	if err != nil {
		return nil, err
	}
	if n, ok := args[8].(starlark.Int); !ok || n.Sign() != 0 {
		return nil, notSupported("fold")
	}
	loc := time.UTC
	if zone != nil {
		loc = zone.loc
	}
	return &datetime{t: time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], f[6]*1000, loc), naive: zone == nil}, nil
}

// appendRepr appends a call that makes the same value.
func (d *datetime) appendRepr(dst []byte) ([]byte, error) {
	year, month, day := d.t.Date()
	dst = fmt.Appendf(dst, "datetime.datetime(%d, %d, %d, %d, %d", year, month, day, d.t.Hour(), d.t.Minute())
	dst = appendClock(dst, d.t)
	if !d.naive {
		dst = append(append(dst, ", tzinfo="...), zoneAt(d.t).String()...)
	}
	return append(dst, ')'), nil
}

// appendClock appends the seconds and microseconds that are not zero.
func appendClock(dst []byte, t time.Time) []byte {
	micros := t.Nanosecond() / 1000
	if t.Second() != 0 || micros != 0 {
		dst = fmt.Appendf(dst, ", %d", t.Second())
	}
	if micros != 0 {
		dst = fmt.Appendf(dst, ", %d", micros)
	}
	return dst
}

// zoneAt returns the zone of a time, with its offset at that time.
func zoneAt(t time.Time) *timezone {
	name, seconds := t.Zone()
	if seconds == 0 && t.Location() == time.UTC {
		return &timezone{loc: time.UTC}
	}
	if name == offsetName(seconds) {
		name = ""
	}
	return &timezone{loc: t.Location(), name: name}
}

// clock returns the time of day down to the unit that timespec names.
func clock(t time.Time, timespec string) string {
	s := t.Format("15:04:05")
	micros := t.Nanosecond() / 1000
	switch timespec {
	case "hours":
		return s[:2]
	case "minutes":
		return s[:5]
	case "seconds":
		return s
	case "milliseconds":
		return s + fmt.Sprintf(".%03d", micros/1000)
	case "microseconds":
		return s + fmt.Sprintf(".%06d", micros)
	}
	if micros != 0 {
		s += fmt.Sprintf(".%06d", micros)
	}
	return s
}

// checkTimespec refuses a timespec that clock does not know.
func checkTimespec(v starlark.Value) (string, error) {
	s, ok := v.(starlark.String)
	if !ok {
		return "", raise("TypeError", "isoformat() argument 2 must be str, not %s", pyType(v))
	}
	switch s {
	case "auto", "hours", "minutes", "seconds", "milliseconds", "microseconds":
		return string(s), nil
	}
	return "", raise("ValueError", "Unknown timespec value")
}

func offsetText(seconds int, colon string) string {
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

// offsetName returns the name of a zone that has only an offset.
func offsetName(seconds int) string {
	if seconds == 0 {
		return "UTC"
	}
	return "UTC" + offsetText(seconds, ":")
}

// equalTimes reports whether two dates, times or durations are equal.
func equalTimes(x, y starlark.Value) (bool, error) {
	switch a := x.(type) {
	case *datetime:
		b, ok := y.(*datetime)
		return ok && (a.naive == b.naive || a.fromGo || b.fromGo) && a.t.Equal(b.t), nil
	case *date:
		b, ok := y.(*date)
		return ok && a.t.Equal(b.t), nil
	case *timeOfDay:
		b, ok := y.(*timeOfDay)
		return ok && a.t.Equal(b.t) && (a.zone == nil) == (b.zone == nil), nil
	case timedelta:
		return x == y, nil
	case *timezone:
		b, ok := y.(*timezone)
		return ok && a.seconds() == b.seconds(), nil
	}
	return false, nil
}

// orderTimes compares dates, times or durations with <, <=, > or >=.
func orderTimes(op syntax.Token, x, y starlark.Value) (bool, error) {
	switch a := x.(type) {
	case *datetime:
		if b, ok := y.(*datetime); ok {
			if a.naive != b.naive && !a.fromGo && !b.fromGo {
				return false, raise("TypeError", "can't compare offset-naive and offset-aware datetimes")
			}
			return ordered(op, a.t.Compare(b.t)), nil
		}
	case *date:
		if b, ok := y.(*date); ok {
			return ordered(op, a.t.Compare(b.t)), nil
		}
	case *timeOfDay:
		if b, ok := y.(*timeOfDay); ok {
			if (a.zone == nil) != (b.zone == nil) {
				return false, raise("TypeError", "can't compare offset-naive and offset-aware times")
			}
			return ordered(op, a.t.Compare(b.t)), nil
		}
	case timedelta:
		if b, ok := y.(timedelta); ok {
			return syntaxCompare(op, int64(a), int64(b)), nil
		}
	}
	if mixed := "can't compare %s to %s"; pyType(x) != pyType(y) && isDateLike(x) && isDateLike(y) {
		return false, raise("TypeError", mixed, "datetime.datetime", "datetime.date")
	}
	return false, notOrdered(op, x, y)
}

func isDateLike(v starlark.Value) bool {
	switch v.(type) {
	case *datetime, *date:
		return true
	}
	return false
}

// moved adds by to the date and time of day. It ignores changes of the offset in between.
func (d *datetime) moved(by time.Duration) (starlark.Value, error) {
	t := d.t.Add(by)
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, errDateRange
	}
	return &datetime{t, d.naive, d.fromGo}, nil
}

var errDateRange = raise("OverflowError", "date value out of range")

func (d *date) appendStr(dst []byte) ([]byte, error) { return d.t.AppendFormat(dst, "2006-01-02"), nil }

func (d *date) appendRepr(dst []byte) ([]byte, error) {
	return fmt.Appendf(dst, "datetime.date(%d, %d, %d)", d.t.Year(), d.t.Month(), d.t.Day()), nil
}

func (d *date) moved(days int) (starlark.Value, error) {
	t := d.t.AddDate(0, 0, days)
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, errDateRange
	}
	return &date{t}, nil
}

func (z *timezone) AttrNames() []string { return nil }

// Attr implements starlark.HasAttrs.
func (z *timezone) Attr(name string) (starlark.Value, error) { return nativeAttr(z, plainName(name)) }

func (z *timezone) appendStr(dst []byte) ([]byte, error) { return append(dst, z.label()...), nil }

// label returns the name of the zone that occurs in texts.
func (z *timezone) label() string {
	if z.name != "" {
		return z.name
	}
	return offsetName(z.seconds())
}

// seconds returns the offset from UTC.
func (z *timezone) seconds() int {
	_, seconds := time.Time{}.In(z.loc).Zone()
	return seconds
}

// goMethod returns an attribute of the Go value v, which a value of the Python type kind holds.
func goMethod(v any, name, kind string) (starlark.Value, error) {
	plain := plainName(name)
	a := &adaptor{}
	o := &goObject{value: reflectValue(v), info: a.info(reflectValue(v).Type())}
	if o.info.member(plain) == nil {
		return nil, raise("AttributeError", "'%s' object has no attribute '%s'", kind, plain)
	}
	return o.Attr(name)
}
