package pyvalue

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"sort"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// maxCompared limits the number of parts that a comparison visits. A list that holds another list
// twice, which holds a third one twice, and so on, has many more parts than there are values in
// memory.
const maxCompared = 1 << 20

var errTooManyCompared = &limitError{fmt.Sprintf("a comparison of more than %d parts", maxCompared)}

// A comparer compares two values with all their parts. It counts the parts.
type comparer struct{ parts int }

// pyCompare reports x op y for <, <=, >, >=, == and !=.
func pyCompare(op syntax.Token, x, y starlark.Value) (bool, error) {
	switch a := x.(type) { // the commonest types first
	case starlark.Int:
		if b, ok := y.(starlark.Int); ok {
			order, err := a.Cmp(b, 0)
			return ordered(op, order), err
		}
	case starlark.String:
		if b, ok := y.(starlark.String); ok {
			if op == syntax.EQL || op == syntax.NEQ {
				return (a == b) == (op == syntax.EQL), nil
			}
			return ordered(op, strings.Compare(string(a), string(b))), nil
		}
	}
	c := comparer{}
	switch op {
	case syntax.EQL:
		return c.equal(x, y, maxReprDepth)
	case syntax.NEQ:
		equal, err := c.equal(x, y, maxReprDepth)
		return !equal, err
	}
	return c.order(op, x, y, maxReprDepth)
}

// step counts a pair of parts.
func (c *comparer) step(depth int) error {
	if c.parts++; c.parts > maxCompared {
		return errTooManyCompared
	}
	if depth < 0 {
		return raise("RecursionError", "maximum recursion depth exceeded in comparison")
	}
	return nil
}

// sequenceOf returns v as a list or tuple, with the name of that type. For other values the name
// is "".
func sequenceOf(v starlark.Value) (starlark.Indexable, string) {
	switch v := v.(type) {
	case *starlark.List:
		return v, "list"
	case *goSlice:
		return v, "list"
	case starlark.Tuple:
		return v, "tuple"
	}
	return nil, ""
}

// firstDifference returns the first index at which a and b differ, and -1 if there is
// none.
func (c *comparer) firstDifference(a, b starlark.Indexable, depth int) (int, error) {
	for i := range min(a.Len(), b.Len()) {
		x, y := a.Index(i), b.Index(i)
		equal, err := c.equal(x, y, depth-1)
		if err != nil {
			return 0, err
		}
		if !equal {
			return i, nil
		}
	}
	return -1, nil
}

// order reports x op y for <, <=, > and >=.
func (c *comparer) order(op syntax.Token, x, y starlark.Value, depth int) (bool, error) {
	if err := c.step(depth); err != nil {
		return false, err
	}
	if a, ok := numberOf(asNumber(x)); ok {
		if b, ok := numberOf(asNumber(y)); ok {
			return !a.isNaN() && !b.isNaN() && ordered(op, a.compare(b)), nil
		}
	}
	if a, kind := sequenceOf(x); kind != "" {
		if b, other := sequenceOf(y); kind == other {
			at, err := c.firstDifference(a, b, depth)
			switch {
			case err != nil:
				return false, err
			case at < 0:
				return ordered(op, cmp.Compare(a.Len(), b.Len())), nil
			}
			return c.order(op, a.Index(at), b.Index(at), depth-1)
		}
	}
	switch a := x.(type) {
	case starlark.String:
		if b, ok := y.(starlark.String); ok {
			return ordered(op, strings.Compare(string(a), string(b))), nil
		}
	case starlark.Bytes:
		if b, ok := y.(starlark.Bytes); ok {
			return ordered(op, strings.Compare(string(a), string(b))), nil
		}
	case *dictView:
		if result, ok, err := a.viewOrder(op, y); ok || err != nil {
			return result, err
		}
	case *starlark.Set, frozenSet:
		s, _ := setOperand(x)
		if other, err := setOperand(y); other != nil || err != nil {
			if err != nil {
				return false, err
			}
			return setOrder(op, s, other)
		}
	case *datetime, *date, *timeOfDay, timedelta:
		return orderTimes(op, x, y)
	case *goObject:
		if b, ok := y.(*goObject); ok {
			return a.CompareSameType(op, b, depth)
		}
	}
	return false, notOrdered(op, x, y)
}

func notOrdered(op syntax.Token, x, y starlark.Value) error {
	return raise("TypeError", "'%s' not supported between instances of '%s' and '%s'", op, pyType(x), pyType(y))
}

func ordered(op syntax.Token, order int) bool {
	switch op {
	case syntax.EQL:
		return order == 0
	case syntax.NEQ:
		return order != 0
	case syntax.LT:
		return order < 0
	case syntax.LE:
		return order <= 0
	case syntax.GT:
		return order > 0
	}
	return order >= 0
}

// A numeric is an int or a float, to be compared exactly.
type numeric struct {
	i       starlark.Int
	f       float64
	isFloat bool
}

func numberOf(v starlark.Value) (numeric, bool) {
	switch v := v.(type) {
	case starlark.Int:
		return numeric{i: v}, true
	case starlark.Float:
		return numeric{f: float64(v), isFloat: true}, true
	}
	return numeric{}, false
}

func (n numeric) isNaN() bool { return n.isFloat && n.f != n.f }

// compare orders numbers that are not NaN.
func (n numeric) compare(m numeric) int {
	switch {
	case n.isFloat && m.isFloat:
		return cmp.Compare(n.f, m.f)
	case !n.isFloat && !m.isFloat:
		order, _ := n.i.Cmp(m.i, 0)
		return order
	case n.isFloat:
		return -m.compare(n)
	}
	if small, ok := n.i.Int64(); ok && -1<<53 < small && small < 1<<53 {
		return cmp.Compare(float64(small), m.f)
	}
	switch {
	case math.IsInf(m.f, 1), math.IsNaN(m.f):
		return -1
	case math.IsInf(m.f, -1):
		return 1
	}
	return new(big.Float).SetInt(n.i.BigInt()).Cmp(big.NewFloat(m.f))
}

// containsElement reports "x in v": it compares x with the elements of v.
func containsElement(v starlark.Iterable, x starlark.Value) (bool, error) {
	if list, ok := v.(starlark.Indexable); ok {
		for i := range list.Len() {
			if found, err := pyEqual(list.Index(i), x); found || err != nil {
				return found, err
			}
		}
		return false, nil
	}
	iter := v.Iterate()
	defer iter.Done()
	var elem starlark.Value
	for iter.Next(&elem) {
		if found, err := pyEqual(elem, x); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// pyContains reports "x in y".
func pyContains(thread *starlark.Thread, x, y starlark.Value) (bool, error) {
	switch y := y.(type) {
	case starlark.String:
		s, ok := x.(starlark.String)
		if !ok {
			return false, raise("TypeError", "'in <string>' requires string as left operand, not %s", pyType(x))
		}
		return strings.Contains(string(y), string(s)), charge(thread, len(y)/64)
	case starlark.Bytes:
		return bytesContain(y, x)
	case *starlark.Dict, *goMap, *goObject:
		_, found, err := lookup(thread, y.(starlark.Mapping), x)
		return found, err
	case *starlark.Set:
		return hasElement(thread, y, x)
	case frozenSet:
		return hasElement(thread, y.Set, x)
	case *dictView:
		return y.contains(x)
	case *pyRange:
		return y.contains(x), nil
	case *class:
		return false, raise("TypeError", "argument of type 'type' is not iterable")
	}
	list, err := iterable(y)
	if err != nil {
		return false, raise("TypeError", "argument of type '%s' is not iterable", pyType(y))
	}
	if err := charge(thread, starlark.Len(list)/16); err != nil {
		return false, err
	}
	return containsElement(list, x)
}

func bytesContain(y starlark.Bytes, x starlark.Value) (bool, error) {
	switch x := asNumber(x).(type) {
	case starlark.Bytes:
		return strings.Contains(string(y), string(x)), nil
	case starlark.Int:
		n, ok := x.Int64()
		if !ok || n < 0 || n > 255 {
			return false, raise("ValueError", "byte must be in range(0, 256)")
		}
		return strings.IndexByte(string(y), byte(n)) >= 0, nil
	}
	return false, needsBytes(x)
}

// sortBy sorts list stably by the results of key, or by its values if key is None.
func sortBy(thread *starlark.Thread, list []starlark.Value, key, reverse starlark.Value) error {
	backwards, err := truthIndex(reverse)
	if err != nil {
		return err
	}
	if err := charge(thread, len(list)); err != nil {
		return err
	}
	keys, err := keysOf(thread, list, key)
	if err != nil {
		return err
	}
	s := &sorter{keys: keys, values: list, haveKeys: key != nil && key != starlark.None, backwards: backwards}
	sort.Stable(s)
	return s.err
}

// A sorter sorts values by their keys. If there is no key function, keys and values are the same
// slice.
type sorter struct {
	keys, values []starlark.Value
	haveKeys     bool
	backwards    bool
	err          error // error of the first comparison that failed; after it nothing is compared
}

func (s *sorter) Len() int { return len(s.values) }

func (s *sorter) Less(i, j int) bool {
	if s.err != nil {
		return false
	}
	if s.backwards {
		i, j = j, i
	}
	less, err := pyCompare(syntax.LT, s.keys[i], s.keys[j])
	s.err = err
	return less
}

func (s *sorter) Swap(i, j int) {
	s.values[i], s.values[j] = s.values[j], s.values[i]
	if s.haveKeys {
		s.keys[i], s.keys[j] = s.keys[j], s.keys[i]
	}
}

// keysOf returns the result of key for each value. Without a key function, the values are their
// own keys.
func keysOf(thread *starlark.Thread, list []starlark.Value, key starlark.Value) ([]starlark.Value, error) {
	if key == nil || key == starlark.None {
		return list, nil
	}
	keys := make([]starlark.Value, len(list))
	for i, v := range list {
		var err error
		if keys[i], err = callValue(thread, key, v); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// callValue calls fn. If fn cannot be called, the error says so.
func callValue(thread *starlark.Thread, fn starlark.Value, args ...starlark.Value) (starlark.Value, error) {
	if _, ok := fn.(starlark.Callable); !ok {
		return nil, raise("TypeError", "'%s' object is not callable", pyType(fn))
	}
	return starlark.Call(thread, fn, args, nil)
}
