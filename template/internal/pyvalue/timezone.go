package pyvalue

import (
	"time"

	"go.starlark.net/starlark"
)

// A timezone is Python's timezone, and a datetime's tzinfo.
type timezone struct {
	loc  *time.Location
	name string // given by the template; "" for none
}

func (z *timezone) String() string {
	seconds := z.seconds()
	if z.loc == time.UTC && z.name == "" {
		return "datetime.timezone.utc"
	}
	offset := timedelta(time.Duration(seconds) * time.Second).String()
	if z.name != "" {
		return "datetime.timezone(" + offset + ", " + Quote(z.name) + ")"
	}
	return "datetime.timezone(" + offset + ")"
}

func (z *timezone) Type() string { return "timezone" }

func (z *timezone) Freeze() {}

func (z *timezone) Truth() starlark.Bool { return true }

func (z *timezone) Hash() (uint32, error) { return uint32(z.seconds()), nil }

func makeTimezone(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	d, ok := args[0].(timedelta)
	if !ok {
		return nil, raise("TypeError", "timezone() argument 1 must be datetime.timedelta, not %s", pyType(args[0]))
	}
	name := ""
	if args[1] != nil {
		s, ok := args[1].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "timezone() argument 2 must be str, not %s", pyType(args[1]))
		}
		name = string(s)
	}
	if time.Duration(d).Abs() >= day {
		return nil, raise("ValueError", "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not %s.", must(appendRepr(nil, d)))
	}
	seconds := int(time.Duration(d) / time.Second)
	if name == "" {
		return &timezone{loc: fixedZone(seconds)}, nil
	}
	return &timezone{loc: time.FixedZone(name, seconds), name: name}, nil
}
