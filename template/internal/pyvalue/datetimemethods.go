package pyvalue

import (
	"fmt"
	"time"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// timeValue returns the time in a date or datetime.
func timeValue(v starlark.Value) time.Time {
	if d, ok := v.(*date); ok {
		return d.t
	}
	return v.(*datetime).t
}

// onTime returns a method of date and datetime that takes no arguments.
func onTime(fn func(t time.Time) starlark.Value) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return fn(timeValue(args[0])), nil
	}
}

func timeField(field func(t time.Time) int) func(starlark.Value) starlark.Value {
	return func(v starlark.Value) starlark.Value {
		if c, ok := v.(*timeOfDay); ok {
			return starlark.MakeInt(field(c.t))
		}
		return starlark.MakeInt(field(timeValue(v)))
	}
}

func strftimeOf(args starlark.Tuple) (starlark.Value, error) {
	format, ok := args[1].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "strftime() argument 1 must be str, not %s", pyType(args[1]))
	}
	text, err := args[0].(strftimer).strftime(string(format))
	return starlark.String(text), err
}

// structTime returns a method that reports an error, because in Python its result is a
// struct_time.
func structTime(name string) builtinFunc {
	return func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return nil, notSupported(name + "()") }
}

// dateMethods are the methods of date. A datetime has all of them too.
var dateMethods = []routine{
	{"ctime()", onTime(func(t time.Time) starlark.Value { return starlark.String(t.Format("Mon Jan _2 15:04:05 2006")) })},
	{"isocalendar()", onTime(func(t time.Time) starlark.Value {
		year, week := t.ISOWeek()
		return isoDate{year, week, weekday(t)}
	})},
	{"isoformat()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return starlark.String(must(args[0].(*date).appendStr(nil))), nil
	}},
	{"isoweekday()", onTime(func(t time.Time) starlark.Value { return starlark.MakeInt(weekday(t)) })},
	{"replace(year=?, month=?, day=?)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return makeDate(thread, replacedSlots(dateSlots(timeValue(args[0])), args[1:]))
	}},
	{"strftime(format)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) { return strftimeOf(args) }},
	{"timetuple()", structTime("timetuple")},
	{"toordinal()", onTime(func(t time.Time) starlark.Value { return starlark.MakeInt(ordinal(t)) })},
	{"weekday()", onTime(func(t time.Time) starlark.Value { return starlark.MakeInt(weekday(t) - 1) })},
}

func dateSlots(t time.Time) starlark.Tuple {
	return starlark.Tuple{starlark.MakeInt(t.Year()), starlark.MakeInt(int(t.Month())), starlark.MakeInt(t.Day())}
}

// ordinal returns the number of the day of t, counted from the first day of year 1, which has the
// number 1.
func ordinal(t time.Time) int {
	return int(midnight(t).Unix()/86400) + 719163
}

func fromOrdinal(v starlark.Value) (time.Time, error) {
	n, err := asIndex(v)
	if err != nil {
		return time.Time{}, err
	}
	if n < 1 {
		return time.Time{}, raise("ValueError", "ordinal must be >= 1")
	}
	if n > 3652059 {
		return time.Time{}, raise("ValueError", "year is out of range")
	}
	return time.Unix(int64(n-719163)*86400, 0).UTC(), nil
}

// datetimeMethods are the methods of datetime that date does not have, or that behave otherwise
// there.
var datetimeMethods = []routine{
	{"astimezone(tz=None)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		d := args[0].(*datetime)
		zone, err := zoneArgument(args[1])
		switch {
		case err != nil:
			return nil, err
		case zone == nil || d.naive:
			return nil, notSupported("astimezone() with the zone of the machine")
		}
		return &datetime{t: d.t.In(zone.loc), fromGo: d.fromGo}, nil
	}},
	{"date()", onTime(func(t time.Time) starlark.Value { return &date{midnight(t)} })},
	{"dst()", noneUnlessZone},
	{"isoformat(sep='T', timespec='auto')", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		sep, ok := args[1].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "isoformat() argument 1 must be a unicode character, not %s", pyType(args[1]))
		}
		if utf8.RuneCountInString(string(sep)) != 1 {
			return nil, raise("TypeError", "isoformat() argument 1 must be a unicode character, not str")
		}
		timespec, err := checkTimespec(args[2])
		if err != nil {
			return nil, err
		}
		return starlark.String(args[0].(*datetime).isoformat(string(sep), timespec)), nil
	}},
	{"replace(year=?, month=?, day=?, hour=?, minute=?, second=?, microsecond=?, tzinfo=?, *, fold=?)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return args[0].(*datetime).replaced(thread, args[1:])
	}},
	{"time()", onTime(func(t time.Time) starlark.Value { return &timeOfDay{clockOf(t), nil} })},
	{"timestamp()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		t := timeValue(args[0])
		return starlark.Float(float64(t.Unix()) + float64(t.Nanosecond()/1000)/1e6), nil
	}},
	{"timetz()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		d := args[0].(*datetime)
		if d.naive {
			return &timeOfDay{clockOf(d.t), nil}, nil
		}
		return &timeOfDay{clockOf(d.t), zoneAt(d.t)}, nil
	}},
	{"tzname()", ofZone(func(d *datetime) starlark.Value { return starlark.String(zoneAt(d.t).label()) })},
	{"utcoffset()", ofZone(func(d *datetime) starlark.Value {
		_, seconds := d.t.Zone()
		return timedelta(time.Duration(seconds) * time.Second)
	})},
	{"utctimetuple()", structTime("utctimetuple")},
}

func clockOf(t time.Time) time.Time {
	return time.Date(1, 1, 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// ofZone returns a method whose result is None for a naive time.
func ofZone(fn func(d *datetime) starlark.Value) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if d := args[0].(*datetime); !d.naive {
			return fn(d), nil
		}
		return starlark.None, nil
	}
}

func (d *datetime) replaced(thread *starlark.Thread, by starlark.Tuple) (starlark.Value, error) {
	zone := starlark.Value(starlark.None)
	if !d.naive {
		zone = zoneAt(d.t)
	}
	t := d.t
	slots := append(dateSlots(t), starlark.MakeInt(t.Hour()), starlark.MakeInt(t.Minute()), starlark.MakeInt(t.Second()), starlark.MakeInt(t.Nanosecond()/1000), zone, starlark.MakeInt(0))
	v, err := makeDatetime(thread, replacedSlots(slots, by))
	if out, ok := v.(*datetime); ok && d.fromGo && by[7] == nil {
		out.fromGo = true
	}
	return v, err
}

// An isoDate is the result of isocalendar.
type isoDate [3]int

func (d isoDate) String() string {
	return fmt.Sprintf("datetime.IsoCalendarDate(year=%d, week=%d, weekday=%d)", d[0], d[1], d[2])
}

func (d isoDate) Type() string { return "datetime.IsoCalendarDate" }

func (d isoDate) Freeze() {}

func (d isoDate) Truth() starlark.Bool { return true }

func (d isoDate) Hash() (uint32, error) { return uint32(d[0]*1000 + d[1]*10 + d[2]), nil }

func (d isoDate) Len() int { return 3 }

func (d isoDate) Index(i int) starlark.Value { return starlark.MakeInt(d[i]) }

func (d isoDate) Iterate() starlark.Iterator {
	return starlark.Tuple{d.Index(0), d.Index(1), d.Index(2)}.Iterate()
}

func (d isoDate) AttrNames() []string { return []string{"year", "week", "weekday"} }

// Attr returns one of the three numbers by its name.
func (d isoDate) Attr(name string) (starlark.Value, error) {
	for i, own := range d.AttrNames() {
		if own == plainName(name) {
			return d.Index(i), nil
		}
	}
	return nativeAttr(d, plainName(name))
}

func init() {
	dateClass.define("date(year, month, day) unnamed", makeDate, dateMethods)
	dateClass.getters = map[string]func(starlark.Value) starlark.Value{
		"year": timeField(time.Time.Year), "month": timeField(func(t time.Time) int { return int(t.Month()) }), "day": timeField(time.Time.Day),
	}
	clockGetters := map[string]func(starlark.Value) starlark.Value{
		"hour": timeField(time.Time.Hour), "minute": timeField(time.Time.Minute), "second": timeField(time.Time.Second),
		"microsecond": timeField(func(t time.Time) int { return t.Nanosecond() / 1000 }), "fold": timeField(func(time.Time) int { return 0 }),
		"tzinfo": tzinfoOf,
	}
	datetimeClass.define("datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0) unnamed", makeDatetime, datetimeMethods)
	datetimeClass.getters, timeClass.getters = clockGetters, clockGetters
	timeClass.define("time(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0) unnamed", makeTime, timeMethods)
	timedeltaClass.define("__new__(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)", makeTimedelta, []routine{
		{"total_seconds()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return starlark.Float(time.Duration(args[0].(timedelta)).Seconds()), nil
		}},
	})
	timezoneClass.define("timezone(offset, name=?)", makeTimezone, timezoneMethods)
	addTimeConstants()
}

func tzinfoOf(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case *datetime:
		if !v.naive {
			return zoneAt(v.t)
		}
	case *timeOfDay:
		if v.zone != nil {
			return v.zone
		}
	}
	return starlark.None
}

// addTimeConstants adds min, max and resolution to the classes of the module.
func addTimeConstants() {
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	for c, members := range map[*class]map[string]starlark.Value{
		dateClass:      {"min": &date{first}, "max": &date{midnight(last)}, "resolution": timedelta(day)},
		datetimeClass:  {"min": &datetime{t: first, naive: true}, "max": &datetime{t: last, naive: true}, "resolution": timedelta(time.Microsecond)},
		timeClass:      {"min": &timeOfDay{clockOf(first), nil}, "max": &timeOfDay{clockOf(last), nil}, "resolution": timedelta(time.Microsecond)},
		timedeltaClass: {"resolution": timedelta(time.Microsecond)},
		timezoneClass:  {"utc": &timezone{loc: time.UTC}},
	} {
		if c.members == nil {
			c.members = map[string]starlark.Value{}
		}
		for name, v := range members {
			c.members[name] = v
		}
	}
	addTimeConstructors()
}
