package pyvalue

import (
	"math"
	"strings"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

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
	plain := strings.TrimSuffix(name, pysyntax.CallMark)
	if v, ok := c.members[plain]; ok {
		return v, nil
	}
	return nil, raise("AttributeError", "type object '%s' has no attribute '%s'", c.name, plain)
}

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
