package pyvalue

import (
	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// newMethodCall returns the function that calls x.name(...). The first argument is x. It looks up
// the method of the commonest types in advance.
func newMethodCall(name string) *starlark.Builtin {
	str, bytes, list, dict, set := strClass.method(name), bytesClass.method(name), listClass.method(name), dictClass.method(name), setClass.method(name)
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var m *method
		switch x := args[0].(type) {
		case starlark.String:
			m = str
		case starlark.Bytes:
			m = bytes
		case *starlark.List, *goSlice:
			m = list
		case *starlark.Dict, *goMap:
			m = dict
		case *starlark.Set:
			m = set
		case *goObject:
			if found := x.info.member(name); name == "get" && (found == nil || found.byKey) {
				m = dict // the object stands for a dict
			}
		}
		if m != nil {
			return m.callOn(thread, args, kwargs)
		}
		fn, err := pyAttr(args[0], name+pysyntax.CallMark)
		if err != nil {
			return nil, err
		}
		if b, ok := fn.(*boundMethod); ok {
			return b.callOn(thread, args, kwargs) // args begins with the receiver
		}
		if _, ok := fn.(starlark.Callable); !ok {
			return nil, raise("TypeError", "'%s' object is not callable", pyType(fn))
		}
		return starlark.Call(thread, fn, args[1:], kwargs)
	})
}

// An attributeName reads an attribute that Starlark's own types do not have, or have with another
// meaning: x ^ name is x.name.
type attributeName string

func (n attributeName) String() string { return string(n) }

func (n attributeName) Type() string { return "attribute name" }

func (n attributeName) Freeze() {}

func (n attributeName) Truth() starlark.Bool { return true }

func (n attributeName) Hash() (uint32, error) { return starlark.String(n).Hash() }

// Binary implements starlark.HasBinary.
func (n attributeName) Binary(_ syntax.Token, x starlark.Value, _ starlark.Side) (starlark.Value, error) {
	return pyAttr(x, string(n))
}
