package pyvalue

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

// datetimeModule returns the module datetime, which every template sees.
func (in *Interpreter) datetimeModule() *module {
	members := fixed(map[string]starlark.Value{
		"datetime": datetimeClass, "date": dateClass, "time": timeClass, "timedelta": timedeltaClass, "timezone": timezoneClass,
		"UTC": &timezone{loc: time.UTC}, "MINYEAR": starlark.MakeInt(1), "MAXYEAR": starlark.MakeInt(9999),
	})
	return newModule("datetime", func(name string) (starlark.Value, error) {
		if plainName(name) == "tzinfo" {
			return nil, notSupported("datetime.tzinfo")
		}
		return members(name)
	})
}

// inZone returns the time t in zone, as datetime.now(zone) does. Without a zone the result is
// naive local time.
func inZone(t time.Time, zone *timezone) starlark.Value {
	if zone != nil {
		return &datetime{t: t.In(zone.loc)}
	}
	return &datetime{t: t, naive: true}
}

func fromTimestamp(stamp, zone starlark.Value) (starlark.Value, error) {
	loc, err := zoneArgument(zone)
	if err != nil {
		return nil, err
	}
	f, ok, err := floatOperand(asNumber(stamp))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(stamp))
	case math.IsNaN(f):
		return nil, raise("ValueError", "Invalid value NaN (not a number)")
	case math.Abs(f) >= 1<<62:
		return nil, raise("OverflowError", "timestamp out of range for platform time_t")
	case math.Abs(f) > 253402300799:
		return nil, raise("ValueError", "year %d is out of range", time.Unix(int64(f), 0).UTC().Year())
	}
	whole, part := math.Modf(f)
	return inZone(time.Unix(int64(whole), int64(math.RoundToEven(part*1e6))*1000), loc), nil
}

// fromISO implements datetime.fromisoformat.
func fromISO(source string) (starlark.Value, error) {
	for _, layout := range []string{"2006-01-02", "20060102"} {
		if t, err := time.Parse(layout, source); err == nil {
			return &datetime{t: t, naive: true}, nil
		}
		for _, clock := range []string{"15", "15:04", "15:04:05", "15:04:05.999999", "1504", "150405", "150405.999999"} {
			for _, zone := range []string{"", "Z07:00", "Z0700"} {
				at := strings.IndexAny(source, "T ")
				if at < 0 {
					break
				}
				t, err := time.Parse(layout+"T"+clock+zone, source[:at]+"T"+source[at+1:])
				if err != nil {
					continue
				}
				if zone == "" {
					return &datetime{t: t, naive: true}, nil
				}
				_, seconds := t.Zone()
				return &datetime{t: t.In(fixedZone(seconds))}, nil
			}
		}
	}
	if looksLikeWeek(source) {
		return nil, notSupported("a date by its week")
	}
	return nil, badISO(source)
}

// now returns the present time, by the clock of the run.
func now(thread *starlark.Thread) time.Time {
	if r := runOf(thread); r.in != nil {
		return r.in.options.Now()
	}
	return time.Now()
}

// addTimeConstructors adds the class methods of date, datetime and time.
func addTimeConstructors() {
	addClockReaders()
	addDatetimeConstructors()
	addDateConstructors()
}

// addClockReaders adds the class methods that read the clock, and those that read a timestamp.
func addClockReaders() {
	datetimeClass.static("now(tz=None)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		zone, err := zoneArgument(args[0])
		if err != nil {
			return nil, err
		}
		return inZone(now(thread), zone), nil
	})
	datetimeClass.static("utcnow()", func(thread *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
		return &datetime{t: now(thread).UTC(), naive: true}, nil
	})
	datetimeClass.static("today()", func(thread *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
		return &datetime{t: now(thread), naive: true}, nil
	})
	datetimeClass.static("fromtimestamp(timestamp, tz=None)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return fromTimestamp(args[0], args[1])
	})
	datetimeClass.static("utcfromtimestamp(timestamp, /) tuple", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, err := fromTimestamp(args[0], &timezone{loc: time.UTC})
		if err != nil {
			return nil, err
		}
		return &datetime{t: v.(*datetime).t, naive: true}, nil
	})
}

// addDatetimeConstructors adds the class methods of datetime that compute.
func addDatetimeConstructors() {
	datetimeClass.static("strptime(date_string, format, /) tuple", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		for i, v := range args {
			if _, ok := v.(starlark.String); !ok {
				return nil, raise("TypeError", "strptime() argument %d must be str, not %s", i+1, pyType(v))
			}
		}
		return strptime(text(args[0]), text(args[1]))
	})
	datetimeClass.static("fromisoformat(date_string, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s, ok := args[0].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "fromisoformat: argument must be str")
		}
		return fromISO(string(s))
	})
	datetimeClass.static("fromordinal(ordinal, /) tuple", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		t, err := fromOrdinal(args[0])
		return &datetime{t: t, naive: true}, err
	})
	datetimeClass.static("combine(date, time, tzinfo=?)", combineTime)
}

// addDateConstructors adds the class methods of date and time.
func addDateConstructors() {
	dateClass.static("today()", func(thread *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
		return &date{midnight(now(thread))}, nil
	})
	dateClass.static("fromisoformat(date_string, /)", dateFromISO)
	dateClass.static("fromordinal(ordinal, /) tuple", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		t, err := fromOrdinal(args[0])
		return &date{t}, err
	})
	dateClass.static("fromtimestamp(timestamp, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, err := fromTimestamp(args[0], starlark.None)
		if err != nil {
			return nil, err
		}
		return &date{midnight(v.(*datetime).t)}, nil
	})
	dateClass.static("fromisocalendar(year, week, day)", func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
		return nil, notSupported("fromisocalendar()")
	})
	timeClass.static("fromisoformat(time_string, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s, ok := args[0].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "fromisoformat: argument must be str")
		}
		d, err := fromISO("0001-01-01T" + string(s))
		if err != nil {
			return nil, raise("ValueError", "Invalid isoformat string: %s", Quote(string(s)))
		}
		return &timeOfDay{clockOf(d.(*datetime).t), nil}, nil
	})
}

// zoneArgument returns the argument tz or tzinfo: a timezone, or nil for None.
func zoneArgument(v starlark.Value) (*timezone, error) {
	switch v := v.(type) {
	case *timezone:
		return v, nil
	case starlark.NoneType:
		return nil, nil
	}
	return nil, raise("TypeError", "tzinfo argument must be None or of a tzinfo subclass, not type '%s'", pyType(v))
}

// badISO returns the error for a text that is not a date, or for a date that does not
// exist.
func badISO(source string) error {
	var year, month, day int
	if n, _ := fmt.Sscanf(source, "%4d-%2d-%2d", &year, &month, &day); n == 3 && len(source) >= 10 {
		if err := checkDate(year, month, day); err != nil {
			return err
		}
	}
	return raise("ValueError", "Invalid isoformat string: %s", Quote(source))
}

func looksLikeWeek(source string) bool {
	return len(source) > 5 && (source[4] == 'W' || source[5] == 'W')
}

func fixedZone(seconds int) *time.Location {
	if seconds == 0 {
		return time.UTC
	}
	return time.FixedZone(offsetName(seconds), seconds)
}

func dateFromISO(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	s, ok := args[0].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "fromisoformat: argument must be str")
	}
	for _, layout := range []string{"2006-01-02", "20060102"} {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return &date{t}, nil
		}
	}
	if looksLikeWeek(string(s)) {
		return nil, notSupported("a date by its week")
	}
	return nil, badISO(string(s))
}

// combineTime implements datetime.combine.
func combineTime(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch args[0].(type) {
	case *date, *datetime:
	default:
		return nil, raise("TypeError", "combine() argument 1 must be datetime.date, not %s", pyType(args[0]))
	}
	c, ok := args[1].(*timeOfDay)
	if !ok {
		return nil, raise("TypeError", "combine() argument 2 must be datetime.time, not %s", pyType(args[1]))
	}
	zone := c.zone
	if args[2] != nil {
		var err error
		if zone, err = zoneArgument(args[2]); err != nil {
			return nil, err
		}
	}
	t := timeValue(args[0])
	loc := time.UTC
	if zone != nil {
		loc = zone.loc
	}
	return &datetime{t: time.Date(t.Year(), t.Month(), t.Day(), c.t.Hour(), c.t.Minute(), c.t.Second(), c.t.Nanosecond(), loc), naive: zone == nil}, nil
}

// integers32 converts arguments that must be whole numbers of 32 bits.
func integers32(args starlark.Tuple) ([]int, error) {
	out := make([]int, len(args))
	for i, v := range args {
		n, err := asIndex(v)
		if err != nil {
			return nil, err
		}
		if n != int(int32(n)) {
			return nil, raise("OverflowError", "signed integer is greater than maximum")
		}
		out[i] = n
	}
	return out, nil
}

func checkDate(year, month, day int) error {
	switch {
	case year < 1 || year > 9999:
		return raise("ValueError", "year %d is out of range", year)
	case month < 1 || month > 12:
		return raise("ValueError", "month must be in 1..12")
	case day < 1 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day:
		return raise("ValueError", "day is out of range for month")
	}
	return nil
}

func checkClock(c []int) error {
	switch {
	case c[0] < 0 || c[0] > 23:
		return raise("ValueError", "hour must be in 0..23")
	case c[1] < 0 || c[1] > 59:
		return raise("ValueError", "minute must be in 0..59")
	case c[2] < 0 || c[2] > 59:
		return raise("ValueError", "second must be in 0..59")
	case c[3] < 0 || c[3] > 999_999:
		return raise("ValueError", "microsecond must be in 0..999999")
	}
	return nil
}

// makeDate implements date(year, month, day).
func makeDate(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	f, err := integers32(args)
	if err == nil {
		err = checkDate(f[0], f[1], f[2])
	}
	if err != nil {
		return nil, err
	}
	return &date{time.Date(f[0], time.Month(f[1]), f[2], 0, 0, 0, 0, time.UTC)}, nil
}

// timezoneMethods are the methods of timezone. They ignore the time that they are given.
var timezoneMethods = []routine{
	{"dst(dt, /)", noneUnlessZone},
	{"tzname(dt, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return starlark.String(args[0].(*timezone).label()), nil
	}},
	{"utcoffset(dt, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return timedelta(time.Duration(args[0].(*timezone).seconds()) * time.Second), nil
	}},
}
