package pyvalue

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A timeOfDay is Python's time. Its field t has the first day of year 1, in UTC.
type timeOfDay struct {
	t    time.Time
	zone *timezone // nil for none
}

func (c *timeOfDay) String() string { return string(must(c.appendRepr(nil))) }

func (c *timeOfDay) Type() string { return "time" }

func (c *timeOfDay) Freeze() {}

func (c *timeOfDay) Truth() starlark.Bool { return true }

func (c *timeOfDay) Hash() (uint32, error) { return uint32(c.t.UnixNano()), nil }

func (c *timeOfDay) AttrNames() []string { return nil }

// Attr implements starlark.HasAttrs.
func (c *timeOfDay) Attr(name string) (starlark.Value, error) { return nativeAttr(c, plainName(name)) }

// CompareSameType implements starlark.Comparable.
func (c *timeOfDay) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return pyCompare(op, c, y)
}

func (c *timeOfDay) appendStr(dst []byte) ([]byte, error) {
	return append(dst, c.isoformat("auto")...), nil
}

func (c *timeOfDay) isoformat(timespec string) string {
	s := clock(c.t, timespec)
	if c.zone != nil {
		s += offsetText(c.zone.seconds(), ":")
	}
	return s
}

func (c *timeOfDay) appendRepr(dst []byte) ([]byte, error) {
	dst = fmt.Appendf(dst, "datetime.time(%d, %d", c.t.Hour(), c.t.Minute())
	dst = appendClock(dst, c.t)
	if c.zone != nil {
		dst = append(append(dst, ", tzinfo="...), c.zone.String()...)
	}
	return append(dst, ')'), nil
}

// strftime formats the time. Like Python, it takes the first day of 1900 as the date.
func (c *timeOfDay) strftime(format string) (string, error) {
	return strftime(&datetime{t: c.t.AddDate(1899, 0, 0), naive: true}, format)
}

// makeTime implements time(hour, minute, second, microsecond, tzinfo).
func makeTime(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	clock, err := integers32(args[:4])
	if err != nil {
		return nil, err
	}
	if err := checkClock(clock); err != nil {
		return nil, err
	}
	zone, err := zoneArgument(args[4])
	if err != nil {
		return nil, err
	}
	if args[5] != starlark.Value(starlark.MakeInt(0)) {
		return nil, notSupported("fold")
	}
	return &timeOfDay{time.Date(1, 1, 1, clock[0], clock[1], clock[2], clock[3]*1000, time.UTC), zone}, nil
}

// timeMethods are the methods of time.
var timeMethods = []routine{
	{"isoformat(timespec='auto')", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		timespec, err := checkTimespec(args[1])
		if err != nil {
			return nil, err
		}
		return starlark.String(args[0].(*timeOfDay).isoformat(timespec)), nil
	}},
	{"replace(hour=?, minute=?, second=?, microsecond=?, tzinfo=?, *, fold=?)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		c := args[0].(*timeOfDay)
		zone := starlark.Value(starlark.None)
		if c.zone != nil {
			zone = c.zone
		}
		now := starlark.Tuple{starlark.MakeInt(c.t.Hour()), starlark.MakeInt(c.t.Minute()), starlark.MakeInt(c.t.Second()), starlark.MakeInt(c.t.Nanosecond() / 1000), zone, starlark.MakeInt(0)}
		return makeTime(thread, replacedSlots(now, args[1:]))
	}},
	{"strftime(format)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return strftimeOf(args)
	}},
	{"dst()", noneUnlessZone},
	{"tzname()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if zone := args[0].(*timeOfDay).zone; zone != nil {
			return starlark.String(zone.label()), nil
		}
		return starlark.None, nil
	}},
	{"utcoffset()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if zone := args[0].(*timeOfDay).zone; zone != nil {
			return timedelta(time.Duration(zone.seconds()) * time.Second), nil
		}
		return starlark.None, nil
	}},
}

func noneUnlessZone(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
	return starlark.None, nil
}

// replacedSlots returns the values of now. Where by has a value, it returns that value instead.
func replacedSlots(now, by starlark.Tuple) starlark.Tuple {
	for i, v := range by {
		if v != nil {
			now[i] = v
		}
	}
	return now
}
