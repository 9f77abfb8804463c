package pyvalue

import (
	"errors"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// parentClass gives the base of each exception class that templates may name.
func parentClass(kind string) string {
	switch kind {
	case "BaseException":
		return ""
	case "Exception":
		return "BaseException"
	case "KeyError", "IndexError":
		return "LookupError"
	case "ZeroDivisionError", "OverflowError", "FloatingPointError":
		return "ArithmeticError"
	case "UnboundLocalError":
		return "NameError"
	case "ModuleNotFoundError":
		return "ImportError"
	case "UnicodeError":
		return "ValueError"
	case "UnicodeDecodeError", "UnicodeEncodeError":
		return "UnicodeError"
	case "RecursionError", "NotImplementedError":
		return "RuntimeError"
	}
	return "Exception"
}

// exceptionNames are the classes in every template's built-in names.
var exceptionNames = strings.Fields(`BaseException Exception ArithmeticError AssertionError AttributeError ImportError
	IndexError KeyError LookupError ModuleNotFoundError NameError NotImplementedError OSError OverflowError RecursionError
	RuntimeError StopIteration TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError
	ZeroDivisionError FloatingPointError`)

// An exceptionClass is a class such as KeyError: a name for except, a function for raise.
type exceptionClass string

func (c exceptionClass) String() string        { return "<class '" + string(c) + "'>" }
func (c exceptionClass) Type() string          { return "type" }
func (c exceptionClass) Freeze()               {}
func (c exceptionClass) Truth() starlark.Bool  { return true }
func (c exceptionClass) Hash() (uint32, error) { return starlark.String(c).Hash() }
func (c exceptionClass) Name() string          { return string(c) }

func (c exceptionClass) CallInternal(_ *starlark.Thread, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	e := &pyError{kind: string(c)}
	switch {
	case len(args) == 1 && c == "KeyError":
		e.value = args[0]
		text, err := appendRepr(nil, args[0])
		e.message = string(text)
		return &exception{e}, err
	case len(args) == 1:
		text, err := appendStr(nil, args[0])
		e.message = string(text)
		return &exception{e}, err
	case len(args) > 1:
		text, err := appendStr(nil, args)
		e.message = string(text)
		return &exception{e}, err
	}
	return &exception{e}, nil
}

// An exception is a caught error as the template sees it: str() is its message.
type exception struct{ err error }

func (e *exception) String() string        { return e.err.Error() }
func (e *exception) Type() string          { return classOf(e.err) }
func (e *exception) Freeze()               {}
func (e *exception) Truth() starlark.Bool  { return true }
func (e *exception) Hash() (uint32, error) { return 0, errUnhashable(e.Type()) }

func (e *exception) Attr(name string) (starlark.Value, error) {
	if strings.TrimSuffix(name, pysyntax.CallMark) == "args" {
		return starlark.Tuple{starlark.String(e.err.Error())}, nil
	}
	return nil, nil
}

func (e *exception) AttrNames() []string { return []string{"args"} }

// classOf is the class of an error: Python's for the language's own, else "Exception".
func classOf(err error) string {
	if e := (*pyError)(nil); errors.As(err, &e) {
		return e.kind
	}
	return "Exception"
}

// inherits reports whether kind is class or below it.
func inherits(kind, class string) bool {
	for ; kind != ""; kind = parentClass(kind) {
		if kind == class {
			return true
		}
	}
	return false
}

// caughtBy reports whether an except clause for class, a class, an error of Go, or a tuple of
// these, catches err.
func caughtBy(err error, class starlark.Value) (bool, error) {
	switch c := class.(type) {
	case exceptionClass:
		return inherits(classOf(err), string(c)), nil
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
