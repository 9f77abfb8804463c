package pyvalue

import (
	"time"

	"go.starlark.net/starlark"
)

// A timezone is Python's timezone, and a datetime's tzinfo.
type timezone struct{ loc *time.Location }

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
