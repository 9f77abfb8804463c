package pyvalue

import (
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// pyEqual is Python's ==: booleans are numbers, views of Go's containers are containers.
func pyEqual(x, y starlark.Value) (bool, error) {
	return starlark.Equal(comparable(x), comparable(y))
}

func comparable(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case starlark.Bool:
		return boolInt(v)
	case *goSlice:
		return starlark.NewList(elements(v))
	case *goMap:
		return toDict(v)
	}
	return v
}

// pyIs is Python's "is" where it can matter: the same value of the same type.
func pyIs(x, y starlark.Value) (bool, error) {
	if x.Type() != y.Type() {
		return false, nil
	}
	return starlark.Equal(x, y)
}

func equal(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := pyEqual(args[0], args[1])
	return starlark.Bool(ok), err
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
	case "==":
		return pyEqual(x, y)
	case "!=":
		ok, err := pyEqual(x, y)
		return !ok, err
	case "is", "is not":
		ok, err := pyIs(x, y)
		return ok == (op == "is"), err
	case "in", "not in":
		if err := checkKey(nil, x); err != nil {
			return false, err
		}
		v, err := starlark.Binary(syntax.IN, x, y)
		if err != nil {
			return false, err
		}
		return bool(v.Truth()) == (op == "in"), nil
	}
	token := map[string]syntax.Token{"<": syntax.LT, "<=": syntax.LE, ">": syntax.GT, ">=": syntax.GE}[op]
	return starlark.Compare(token, x, y)
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

func compareOrder(op syntax.Token, order int) bool {
	switch op {
	case syntax.EQL:
		return order == 0
	case syntax.NEQ:
		return order != 0
	}
	return syntaxCompare(op, int64(order), 0)
}
