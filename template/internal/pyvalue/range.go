package pyvalue

import (
	"fmt"

	"go.starlark.net/starlark"
)

// A pyRange is Python's range.
type pyRange struct{ start, stop, step, length int }

func newRange(start, stop, step int) *pyRange {
	r := &pyRange{start: start, stop: stop, step: step}
	switch {
	case step > 0 && start < stop:
		r.length = (stop-start-1)/step + 1
	case step < 0 && start > stop:
		r.length = (start-stop-1)/-step + 1
	}
	return r
}

// makeRange implements range(stop) or range(start, stop, step).
func makeRange(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	bounds := [3]int{0, 0, 1}
	given := args
	for len(given) > 0 && given[len(given)-1] == nil {
		given = given[:len(given)-1]
	}
	for i, v := range given {
		n, err := asIndex(v)
		if err != nil {
			if _, isInt := v.(starlark.Int); isInt || n > maxRange || n < -maxRange {
				return nil, errRange
			}
			return nil, err
		}
		if n > maxRange || n < -maxRange {
			return nil, errRange
		}
		bounds[i] = n
	}
	if len(given) == 1 {
		bounds[0], bounds[1] = 0, bounds[0]
	}
	if bounds[2] == 0 {
		return nil, raise("ValueError", "range() arg 3 must not be zero")
	}
	return newRange(bounds[0], bounds[1], bounds[2]), nil
}

// maxRange limits the bounds of a range, so that no sum of them overflows.
const maxRange = 1 << 60

var errRange = &limitError{"a range beyond 2**60"}

func (r *pyRange) String() string {
	if r.step != 1 {
		return fmt.Sprintf("range(%d, %d, %d)", r.start, r.stop, r.step)
	}
	return fmt.Sprintf("range(%d, %d)", r.start, r.stop)
}

func (r *pyRange) Type() string { return "range" }

func (r *pyRange) Freeze() {}

func (r *pyRange) Truth() starlark.Bool { return r.length > 0 }

func (r *pyRange) Len() int { return r.length }

func (r *pyRange) Hash() (uint32, error) {
	if r.length == 0 {
		return 0, nil
	}
	return uint32(r.start)*31 + uint32(r.length), nil
}

func (r *pyRange) Index(i int) starlark.Value { return starlark.MakeInt(r.start + i*r.step) }

// Slice implements starlark.Sliceable.
func (r *pyRange) Slice(start, end, step int) starlark.Value {
	return newRange(r.start+start*r.step, r.start+end*r.step, r.step*step)
}

func (r *pyRange) Iterate() starlark.Iterator { return &rangeIterator{r, 0} }

type rangeIterator struct {
	r *pyRange
	i int
}

func (it *rangeIterator) Next(p *starlark.Value) bool {
	if it.i >= it.r.length {
		return false
	}
	*p = it.r.Index(it.i)
	it.i++
	return true
}

func (it *rangeIterator) Done() {}

// equal reports whether two ranges have the same elements.
func (r *pyRange) equal(other *pyRange) bool {
	return r.length == other.length && (r.length == 0 || r.start == other.start && (r.length == 1 || r.step == other.step))
}

// find returns the position of x in r, and -1 if r does not have it.
func (r *pyRange) find(x starlark.Value) int {
	n, ok := asNumber(x).(starlark.Int)
	if f, isFloat := x.(starlark.Float); isFloat {
		whole, err := starlark.NumberToInt(f)
		if ok = err == nil && starlark.Float(whole.Float()) == f; ok {
			n = whole
		}
	}
	i, small := n.Int64()
	if !ok || !small {
		return -1
	}
	offset := int(i) - r.start
	if offset%r.step != 0 || offset/r.step < 0 || offset/r.step >= r.length {
		return -1
	}
	return offset / r.step
}

func (r *pyRange) contains(x starlark.Value) bool { return r.find(x) >= 0 }

// rangeMethods are the methods of range.
var rangeMethods = []routine{
	{"count(value, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if args[0].(*pyRange).contains(args[1]) {
			return starlark.MakeInt(1), nil
		}
		return starlark.MakeInt(0), nil
	}},
	{"index(value, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		i := args[0].(*pyRange).find(args[1])
		if i < 0 {
			text, err := appendRepr(nil, args[1])
			if err != nil {
				return nil, err
			}
			return nil, raise("ValueError", "%s is not in range", text)
		}
		return starlark.MakeInt(i), nil
	}},
}

// Attr implements starlark.HasAttrs.
func (r *pyRange) Attr(name string) (starlark.Value, error) { return nativeAttr(r, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (r *pyRange) AttrNames() []string { return nil }
