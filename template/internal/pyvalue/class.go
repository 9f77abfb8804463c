package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// A pyClass is a type that makes values when called, and has functions of its own.
type pyClass struct {
	name    string
	make    func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)
	members map[string]starlark.Value
}

func (c *pyClass) String() string        { return "<class '" + c.name + "'>" }
func (c *pyClass) Type() string          { return "type" }
func (c *pyClass) Freeze()               {}
func (c *pyClass) Truth() starlark.Bool  { return true }
func (c *pyClass) Hash() (uint32, error) { return starlark.String(c.name).Hash() }
func (c *pyClass) Name() string          { return c.name }
func (c *pyClass) AttrNames() []string   { return nil }

func (c *pyClass) CallInternal(_ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return c.make(args, kwargs)
}

func (c *pyClass) Attr(name string) (starlark.Value, error) {
	plain := strings.TrimSuffix(name, pysyntax.CallMark)
	if v, ok := c.members[plain]; ok {
		return v, nil
	}
	return nil, raise("AttributeError", "type object '%s' has no attribute '%s'", c.name, plain)
}

// method makes a bound method of a function.
func method(name string, fn func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)) starlark.Value {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return fn(args, kwargs)
	})
}

// getter is a method without arguments.
func getter(name string, v func() starlark.Value) starlark.Value {
	return method(name, func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return v(), nil })
}

// goMethod lets a template use what the Go value under a Python type has.
func goMethod(v any, name, kind string) (starlark.Value, error) {
	plain, _ := strings.CutSuffix(name, pysyntax.CallMark)
	a := &adaptor{}
	o := &goObject{value: reflectValue(v), info: a.info(reflectValue(v).Type())}
	if o.info.member(plain) == nil {
		return nil, raise("AttributeError", "'%s' object has no attribute '%s'", kind, plain)
	}
	return o.Attr(name)
}
