package pyvalue

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// A pyError is an error with the class that Python gives it.
type pyError struct {
	kind    string
	message string
	value   starlark.Value // what a KeyError is about
}

func (e *pyError) Error() string { return e.message }

func raise(kind, format string, args ...any) error {
	return &pyError{kind: kind, message: fmt.Sprintf(format, args...)}
}

// ErrLimit is what errors.Is finds in the error of a template that did too much: too many
// steps, too much output, or a value that is too large.
var ErrLimit = errors.New("template: a limit was reached")

// A limitError stops a template; no except catches it.
type limitError struct{ message string }

func (e *limitError) Is(target error) bool { return target == ErrLimit }

func (e *limitError) Error() string { return e.message }

func errUnhashable(kind string) error { return raise("TypeError", "unhashable type: '%s'", kind) }

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

// Messages of the interpreter, and what Python says.
var messages = []struct {
	pattern *regexp.Regexp
	kind    string
	message string
}{
	{regexp.MustCompile(`^(\w+) has no \.(\w+)(?:\(\))? field or method.*`), "AttributeError", "'$1' object has no attribute '$2'"},
	{regexp.MustCompile(`^(?:local|global) variable (\w+) referenced before assignment$`), "UnboundLocalError", "cannot access local variable '$1' where it is not associated with a value"},
	{regexp.MustCompile(`^key (.*) not in \w+$`), "KeyError", "$1"},
	{regexp.MustCompile(`^missing key: (.*)$`), "KeyError", "$1"},
	{regexp.MustCompile(`^(?:(\w+) )?index -?\d+ out of range.*$`), "IndexError", "$1 index out of range"},
	{regexp.MustCompile(`^unknown binary op: (\w+) (\S+) (\w+)$`), "TypeError", "unsupported operand type(s) for $2: '$1' and '$3'"},
	{regexp.MustCompile(`^(\w+) (<=|>=|<|>) (\w+) not implemented$`), "TypeError", "'$2' not supported between instances of '$1' and '$3'"},
	{regexp.MustCompile(`^invalid call of non-function \((\w+)\)$`), "TypeError", "'$1' object is not callable"},
	{regexp.MustCompile(`^(\w+) value is not iterable$`), "TypeError", "'$1' object is not iterable"},
	{regexp.MustCompile(`^too many values to unpack.*want (\d+)\)$`), "ValueError", "too many values to unpack (expected $1)"},
	{regexp.MustCompile(`^too few values to unpack \(got (\d+), want (\d+)\)$`), "ValueError", "not enough values to unpack (expected $2, got $1)"},
	{regexp.MustCompile(`^unhashable( type)?: (\w+)$`), "TypeError", "unhashable type: '$2'"},
	{regexp.MustCompile(`^(.*called recursively)$`), "RecursionError", "$1"},
	{regexp.MustCompile(`^(unhandled index operation) (\w+)\[.*$`), "TypeError", "'$2' object is not subscriptable"},
	{regexp.MustCompile(`^in operator requires`), "TypeError", "$0"},
	{regexp.MustCompile(`^'in <string>' requires string as left operand, not (\w+)`), "TypeError", "'in <string>' requires string as left operand, not $1"},
	{regexp.MustCompile(`^int: invalid literal with base (\d+): (.*)$`), "ValueError", "invalid literal for int() with base $1: '$2'"},
	{regexp.MustCompile(`^(.*(?:not found|invalid|must be).*)$`), "ValueError", "$1"},
}

// typeNames are Starlark's names of types that Python calls otherwise.
var typeNames = strings.NewReplacer("'string'", "'str'", "'builtin_function_or_method'", "'builtin_function_or_method'", "string index", "string index", "not string", "not str")

// pythonError gives an error of the interpreter the class and message of Python.
func pythonError(err error) error {
	var already *pyError
	var limit *limitError
	switch {
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &already):
		return already
	}
	var cause error = err
	for eval := (*starlark.EvalError)(nil); errors.As(cause, &eval); {
		if inner := eval.Unwrap(); inner != nil {
			cause, eval = inner, nil
			continue
		}
		break
	}
	text := cause.Error()
	if strings.HasPrefix(text, "Starlark computation cancelled: ") {
		return &limitError{strings.TrimPrefix(text, "Starlark computation cancelled: ")}
	}
	for _, m := range messages {
		if m.pattern.MatchString(text) {
			message := typeNames.Replace(m.pattern.ReplaceAllString(text, m.message))
			if m.kind == "KeyError" {
				message = pyKey(message)
			}
			return &pyError{kind: m.kind, message: strings.TrimSpace(message)}
		}
	}
	if isGoError(cause) {
		return cause
	}
	return &pyError{kind: "TypeError", message: text}
}

// pyKey turns Starlark's quotes around a key into Python's.
func pyKey(key string) string {
	if len(key) > 1 && key[0] == '"' {
		if s, err := pysyntax.Unescape(key[1:len(key)-1], false); err == nil {
			return Quote(s)
		}
	}
	return key
}

// A goError is what a function of Go returned; it keeps its identity.
type goError struct{ error }

func (e goError) Unwrap() error { return e.error }

func isGoError(err error) bool {
	var g goError
	return errors.As(err, &g)
}
