package pyvalue

import (
	"go.starlark.net/starlark"
)

// A pySliceValue is the result of slice(start, stop, step).
type pySliceValue struct{ bounds [3]starlark.Value }

func (s *pySliceValue) Type() string { return "slice" }

func (s *pySliceValue) Freeze() {}

func (s *pySliceValue) Truth() starlark.Bool { return true }

func (s *pySliceValue) Hash() (uint32, error) { return 0, errUnhashable("slice") }

func (s *pySliceValue) String() string {
	text, _ := appendRepr(nil, starlark.Tuple(s.bounds[:]))
	return "slice" + string(text)
}

func (s *pySliceValue) attribute(name string) starlark.Value {
	for i, part := range []string{"start", "stop", "step"} {
		if part == name {
			return s.bounds[i]
		}
	}
	return nil
}

// makeSlice implements slice(stop) or slice(start, stop, step).
func makeSlice(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	s := &pySliceValue{}
	for i, v := range args {
		if v == nil {
			v = starlark.None
		}
		s.bounds[i] = v
	}
	if args[1] == nil {
		s.bounds[0], s.bounds[1] = starlark.None, args[0]
	}
	return s, nil
}

// Attr implements starlark.HasAttrs.
func (s *pySliceValue) Attr(name string) (starlark.Value, error) {
	return nativeAttr(s, plainName(name))
}

// AttrNames implements starlark.HasAttrs.
func (s *pySliceValue) AttrNames() []string { return nil }
