package pyvalue

import (
	"errors"

	"go.starlark.net/starlark"
)

// An exception is a caught error as the template sees it: str() is its message.
type exception struct{ err error }

func (e *exception) String() string { return string(must(e.appendRepr(nil))) }

func (e *exception) Type() string { return classNameOf(e.err) }

func (e *exception) Freeze() {}

func (e *exception) Truth() starlark.Bool { return true }

func (e *exception) Hash() (uint32, error) { return starlark.String(e.Type()).Hash() }

// Attr has the arguments, and of an iterator that ended its value.
func (e *exception) Attr(name string) (starlark.Value, error) {
	switch plain := plainName(name); {
	case plain == "args":
		return e.args(), nil
	case plain == "value" && e.Type() == "StopIteration":
		if args := e.args(); len(args) > 0 {
			return args[0], nil
		}
		return starlark.None, nil
	default:
		switch plain {
		case "errno", "strerror", "filename", "name", "path", "with_traceback", "add_note", "obj", "encoding", "reason", "start", "end", "object", "msg", "doc", "pos", "lineno", "colno", "code":
			return nil, notSupported("the attribute " + plain + " of an exception")
		}
		return nativeAttr(e, plain)
	}
}

func (e *exception) AttrNames() []string { return []string{"args"} }

// classOf returns type(v).
func classOf(v starlark.Value) *class {
	switch v := v.(type) {
	case starlark.String:
		return strClass
	case starlark.Int:
		return intClass
	case *starlark.List, *goSlice:
		return listClass
	case *starlark.Dict, *goMap:
		return dictClass
	case starlark.Float:
		return floatClass
	case starlark.Bool:
		return boolClass
	case starlark.NoneType:
		return noneClass
	case starlark.Tuple:
		return tupleClass
	case starlark.Bytes:
		return bytesClass
	case *starlark.Set:
		return setClass
	case frozenSet:
		return frozenSetClass
	case *pyRange:
		return rangeClass
	case *pySliceValue:
		return sliceClass
	case *dictView:
		return viewClasses[v.Type()]
	case *datetime:
		return datetimeClass
	case *date:
		return dateClass
	case *timeOfDay:
		return timeClass
	case timedelta:
		return timedeltaClass
	case *timezone:
		return timezoneClass
	case *exception:
		return exceptionClassOf(v.err)
	case *class:
		return typeClass
	case *iterator:
		if c := iteratorClasses[v.kind]; c != nil {
			return c
		}
	case *goObject:
		return v.info.classOfObjects()
	case *starlark.Function, *goFunc:
		return otherClass("function")
	case *starlark.Builtin:
		return otherClass("builtin_function_or_method")
	}
	return otherClass(v.Type())
}

// inherits reports whether the exception class kind is class or derived from it.
func inherits(kind, class string) bool {
	c, base := exceptionClasses[kind], exceptionClasses[class]
	return c != nil && base != nil && c.inherits(base)
}

// caughtBy reports whether an except clause for target catches err. The target is a class,
// an error of Go, or a tuple of these.
func caughtBy(err error, target starlark.Value) (bool, error) {
	switch c := target.(type) {
	case *class:
		if isExceptionClass(c) {
			return exceptionClassOf(err).inherits(c), nil
		}
	case starlark.Tuple:
		for _, one := range c {
			if ok, bad := caughtBy(err, one); ok || bad != nil {
				return ok, bad
			}
		}
		return false, nil
	case *goObject:
		if target, ok := c.value.Interface().(error); ok {
			return errors.Is(err, target), nil
		}
	}
	return false, raise("TypeError", "catching classes that do not inherit from BaseException is not allowed")
}
