package pyvalue

import (
	"math"
	"time"

	"go.starlark.net/starlark"
)

// datetimeModule is the datetime that every template sees.
func (in *Interpreter) datetimeModule() *module {
	return newModule("datetime", fixed(map[string]starlark.Value{
		"datetime":  in.datetimeClass(),
		"date":      in.dateClass(),
		"timedelta": &pyClass{name: "timedelta", make: makeTimedelta},
		"timezone":  &pyClass{name: "timezone", make: makeTimezone, members: map[string]starlark.Value{"utc": &timezone{time.UTC}}},
		"UTC":       &timezone{time.UTC},
	}))
}

func (in *Interpreter) datetimeClass() *pyClass {
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
				return inZone(in.options.Now(), zone), nil
			}),
			"utcnow": getter("utcnow", func() starlark.Value { return &datetime{in.options.Now().UTC(), true} }),
			"today":  getter("today", func() starlark.Value { return &datetime{in.options.Now(), true} }),
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
	return nil, raise("ValueError", "Invalid isoformat string: %s", Quote(text))
}

func (in *Interpreter) dateClass() *pyClass {
	return &pyClass{name: "date",
		make: func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			v, err := makeDatetime(args, kwargs, make([]int, 7), starlark.None)
			if err != nil {
				return nil, err
			}
			return &date{midnight(v.(*datetime).t)}, nil
		},
		members: map[string]starlark.Value{
			"today": getter("today", func() starlark.Value { return &date{midnight(in.options.Now())} }),
		}}
}
