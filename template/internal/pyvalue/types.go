package pyvalue

import (
	"fmt"

	"go.starlark.net/starlark"
)

// pyType is the name of v's type in Python.
func pyType(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return "str"
	case *goSlice:
		return "list"
	case *goMap:
		return "dict"
	case *starlark.Function:
		return "function"
	default:
		return v.Type()
	}
}

// typeOf is type(x): the function that makes values of the type where there is one.
func typeOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return starlark.String(fmt.Sprintf("<class '%s'>", pyType(args[0]))), nil
}

func isinstance(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) != 2 {
		return nil, raise("TypeError", "isinstance expected 2 arguments, got %d", len(args))
	}
	if classes, ok := args[1].(starlark.Tuple); ok {
		for _, class := range classes {
			if ok, err := instanceOf(args[0], class); ok || err != nil {
				return starlark.Bool(ok), err
			}
		}
		return starlark.False, nil
	}
	ok, err := instanceOf(args[0], args[1])
	return starlark.Bool(ok), err
}

func instanceOf(v, class starlark.Value) (bool, error) {
	name := ""
	switch c := class.(type) {
	case exceptionClass:
		e, ok := v.(*exception)
		return ok && inherits(e.Type(), string(c)), nil
	case *starlark.Builtin:
		name = c.Name()
	case *pyClass:
		name = c.name
	default:
		return false, raise("TypeError", "isinstance() arg 2 must be a type, a tuple of types, or a union")
	}
	kind := pyType(v)
	return kind == name || kind == "bool" && name == "int" || kind == "datetime" && name == "date", nil
}

func isCallable(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	_, ok := args[0].(starlark.Callable)
	return starlark.Bool(ok), nil
}
