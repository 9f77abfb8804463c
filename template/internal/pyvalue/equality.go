package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// pyEqual reports x == y as Python does: booleans are numbers, and containers of Go are
// containers.
func pyEqual(x, y starlark.Value) (bool, error) {
	switch a := x.(type) {
	case starlark.String:
		b, ok := y.(starlark.String)
		return ok && a == b, nil
	case starlark.Int:
		if b, ok := y.(starlark.Int); ok {
			order, err := a.Cmp(b, 0)
			return order == 0, err
		}
	}
	c := comparer{}
	return c.equal(x, y, maxReprDepth)
}

// pyIs reports Python's "x is y" for cases in which it matters: the same value of the same type.
func pyIs(x, y starlark.Value) (bool, error) {
	if x.Type() != y.Type() {
		return false, nil
	}
	switch x.(type) {
	case *starlark.List, *starlark.Dict, *starlark.Set, *iterator, *boundMethod, *pyRange:
		return x == y, nil
	}
	return pyEqual(x, y)
}

func identical(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := pyIs(args[0], args[1])
	return starlark.Bool(ok), err
}

// chain compares neighbouring operands. Its arguments are the operators, followed by the
// operands.
func chain(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	operands := args[1].(*starlark.List)
	for i, op := range strings.Split(string(args[0].(starlark.String)), ",") {
		ok, err := compareBy(op, operands.Index(i), operands.Index(i+1))
		if !ok || err != nil {
			return starlark.False, err
		}
	}
	return starlark.True, nil
}

func compareBy(op string, x, y starlark.Value) (bool, error) {
	switch op {
	case "is", "is not":
		ok, err := pyIs(x, y)
		return ok == (op == "is"), err
	case "in", "not in":
		ok, err := pyContains(nil, x, y)
		return ok == (op == "in"), err
	}
	return pyCompare(pysyntax.Comparisons[op], x, y)
}

func syntaxCompare(op syntax.Token, x, y int64) bool {
	switch op {
	case syntax.LT:
		return x < y
	case syntax.LE:
		return x <= y
	case syntax.GT:
		return x > y
	}
	return x >= y
}

func (c *comparer) equal(x, y starlark.Value, depth int) (bool, error) {
	if err := c.step(depth); err != nil {
		return false, err
	}
	x, y = asNumber(x), asNumber(y)
	if a, ok := numberOf(x); ok {
		b, ok := numberOf(y)
		return ok && a.compare(b) == 0 && !a.isNaN() && !b.isNaN(), nil
	}
	if a, kind := sequenceOf(x); kind != "" {
		b, other := sequenceOf(y)
		if kind != other || a.Len() != b.Len() {
			return false, nil
		}
		at, err := c.firstDifference(a, b, depth)
		return at < 0, err
	}
	switch a := x.(type) {
	case *starlark.Dict:
		return c.equalDicts(a, y, depth)
	case *goMap:
		return c.equalDicts(a, y, depth)
	case *dictView:
		equal, ok, err := a.viewOrder(syntax.EQL, y)
		return ok && equal || x == y, err
	case *starlark.Set, frozenSet:
		s, _ := setOperand(x)
		other, err := setOperand(y)
		if other == nil || err != nil {
			return false, err
		}
		return setOrder(syntax.EQL, s, other)
	case *pyRange:
		b, ok := y.(*pyRange)
		return ok && a.equal(b), nil
	case *datetime, *date, *timeOfDay, timedelta, *timezone:
		return equalTimes(x, y)
	}
	if identical, ok := sameObject(x, y); ok {
		return identical, nil
	}
	return starlark.EqualDepth(x, y, max(depth, 1))
}

// sameObject compares objects that are equal only to themselves. ok is false for other objects.
func sameObject(x, y starlark.Value) (same, ok bool) {
	switch a := x.(type) {
	case *boundMethod:
		b, isBound := y.(*boundMethod)
		return isBound && a.method == b.method && a.receiver == b.receiver, true
	case *class, *function, *method, *iterator, *exception:
		return x == y, true
	}
	return false, false
}

func (c *comparer) equalDicts(a starlark.IterableMapping, y starlark.Value, depth int) (bool, error) {
	b, ok := y.(starlark.IterableMapping)
	if _, isDict := y.(*starlark.Dict); !isDict {
		_, ok = y.(*goMap)
	}
	if !ok || starlark.Len(a) != starlark.Len(b) {
		return false, nil
	}
	for _, item := range a.Items() {
		v, found, err := lookup(nil, b, item[0])
		if !found || err != nil {
			return false, err
		}
		if equal, err := c.equal(item[1], v, depth-1); !equal || err != nil {
			return false, err
		}
	}
	return true, nil
}
