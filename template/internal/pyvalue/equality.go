package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// pyEqual is Python's ==: booleans are numbers, and containers of Go are containers.
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

// pyIs is Python's "is" where it can matter: the same value of the same type.
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

// chain compares neighbours: the operators, then the operands.
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
