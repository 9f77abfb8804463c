package pyvalue

import (
	"errors"

	"go.starlark.net/starlark"
)

// An exception is a caught error as the template sees it. Its str() is the message.
type exception struct{ err error }

func (e *exception) String() string { return string(must(e.appendRepr(nil))) }

func (e *exception) Type() string { return classNameOf(e.err) }

func (e *exception) Freeze() {}

func (e *exception) Truth() starlark.Bool { return true }

func (e *exception) Hash() (uint32, error) { return starlark.String(e.Type()).Hash() }

// Attr returns args, and the attribute value of a StopIteration.
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

func (e *exception) appendStr(dst []byte) ([]byte, error) { return append(dst, e.err.Error()...), nil }

// appendRepr appends the class and the arguments, such as ValueError('x').
func (e *exception) appendRepr(dst []byte) ([]byte, error) {
	args := e.args()
	text, err := appendRepr(nil, args)
	if len(args) == 1 {
		text = append(text[:len(text)-2], ')') // no comma
	}
	return append(append(dst, e.Type()...), text...), err
}

// args returns the arguments that the exception was made with, or its message.
func (e *exception) args() starlark.Tuple {
	var py *pyError
	if errors.As(e.err, &py) && (py.args != nil || py.message == "") {
		return py.args
	}
	return starlark.Tuple{starlark.String(e.err.Error())}
}
