package pyvalue

import (
	"errors"
	"strings"

	"go.starlark.net/starlark"
)

// exceptionTree are the exception classes that templates can name, each with its base.
var exceptionTree = strings.Fields(`Exception:BaseException ArithmeticError:Exception AssertionError:Exception
	AttributeError:Exception BufferError:Exception EOFError:Exception FloatingPointError:ArithmeticError ImportError:Exception
	IndexError:LookupError KeyError:LookupError KeyboardInterrupt:BaseException LookupError:Exception MemoryError:Exception
	ModuleNotFoundError:ImportError NameError:Exception NotImplementedError:RuntimeError OSError:Exception
	ConnectionError:OSError FileNotFoundError:OSError PermissionError:OSError TimeoutError:OSError OverflowError:ArithmeticError
	RecursionError:RuntimeError RuntimeError:Exception StopIteration:Exception SyntaxError:Exception IndentationError:SyntaxError
	SystemError:Exception SystemExit:BaseException TypeError:Exception UnboundLocalError:NameError UnicodeError:ValueError
	UnicodeDecodeError:UnicodeError UnicodeEncodeError:UnicodeError ValueError:Exception ZeroDivisionError:ArithmeticError
	Warning:Exception DeprecationWarning:Warning JSONDecodeError:ValueError`)

// exceptionClasses are the classes of exceptions, by name.
var exceptionClasses = map[string]*class{}

func init() {
	bases := map[string]string{}
	for _, entry := range exceptionTree {
		name, base, _ := strings.Cut(entry, ":")
		bases[name] = base
	}
	var add func(name string) *class
	add = func(name string) *class {
		if c := exceptionClasses[name]; c != nil || name == "" {
			return c
		}
		c := &class{name: name, path: name, base: add(bases[name])}
		c.make = newFunction(name+"(*args)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return newException(name, args[0].(starlark.Tuple))
		})
		if name == "ImportError" || name == "ModuleNotFoundError" {
			c.make = newFunction(name+"(*args, **kwargs)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
				if len(keywords(args[1])) > 0 {
					return nil, notSupported(name + " with keyword arguments")
				}
				return newException(name, args[0].(starlark.Tuple))
			})
		}
		exceptionClasses[name] = c
		return c
	}
	for name := range bases {
		add(name)
	}
	exceptionClasses["JSONDecodeError"].path = "json.decoder.JSONDecodeError"
	exceptionClasses["JSONDecodeError"].make = nil
}

// newException implements the call of an exception's class.
func newException(kind string, args starlark.Tuple) (starlark.Value, error) {
	e := &pyError{kind: kind, args: args}
	var text []byte
	var err error
	switch {
	case len(args) == 1 && kind == "KeyError":
		text, err = appendRepr(nil, args[0])
	case len(args) == 1:
		text, err = strBytes(args[0])
	case len(args) == 2 && exceptionClasses[kind].inherits(exceptionClasses["OSError"]):
		if kind == "OSError" {
			return nil, notSupported("OSError with a number")
		}
		text, err = appendRepr(nil, args)
	case len(args) > 1:
		text, err = appendRepr(nil, args)
	}
	e.message = string(text)
	return &exception{e}, err
}

// strBytes returns str(v), in which bytes are shown as their repr.
func strBytes(v starlark.Value) ([]byte, error) {
	if b, ok := v.(starlark.Bytes); ok {
		return appendRepr(nil, b)
	}
	return appendStr(nil, v)
}

// classNameOf returns the name of an error's class: Python's for the errors of the
// language, else Exception.
func classNameOf(err error) string {
	if e := (*pyError)(nil); errors.As(err, &e) {
		return e.kind
	}
	return "Exception"
}

func exceptionClassOf(err error) *class { return exceptionClasses[classNameOf(err)] }

// isExceptionClass reports whether c can be raised and caught.
func isExceptionClass(c *class) bool { return exceptionClasses[c.name] == c }

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
