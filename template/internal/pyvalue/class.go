package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// plainName returns the name of an attribute without the mark of a call.
func plainName(name string) string { return strings.TrimSuffix(name, pysyntax.CallMark) }

// A class is a type of Python: the result of type(x), and a function that makes values.
type class struct {
	name    string // as in messages, such as "date"
	path    string // as in its repr, such as "datetime.date"
	base    *class // nil for object
	make    *function
	methods map[string]*method
	members map[string]starlark.Value // static and class methods, and constants
	getters map[string]func(starlark.Value) starlark.Value
}

func (c *class) String() string { return "<class '" + c.path + "'>" }

func (c *class) Type() string { return "type" }

func (c *class) Freeze() {}

func (c *class) Truth() starlark.Bool { return true }

func (c *class) Hash() (uint32, error) { return starlark.String(c.path).Hash() }

func (c *class) Name() string { return c.name }

func (c *class) AttrNames() []string { return nil }

func (c *class) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if c.make == nil {
		return nil, notSupported("making a " + c.name)
	}
	return c.make.CallInternal(thread, args, kwargs)
}

// Attr returns a member of the class, or a method without its receiver.
func (c *class) Attr(name string) (starlark.Value, error) {
	plain := plainName(name)
	switch plain {
	case "__name__", "__qualname__":
		return starlark.String(c.name), nil
	case "__class__":
		return typeClass, nil
	}
	for k := c; k != nil; k = k.base {
		if v, ok := k.members[plain]; ok {
			return v, nil
		}
		if m, ok := k.methods[plain]; ok {
			return m, nil
		}
		if k.getters[plain] != nil {
			return nil, notSupported("the attribute " + c.name + "." + plain)
		}
	}
	if isDunder(plain) || c == timedeltaClass && (plain == "min" || plain == "max") {
		return nil, notSupported(c.name + "." + plain)
	}
	return nil, raise("AttributeError", "type object '%s' has no attribute '%s'", c.path, plain)
}

// method returns the method that instances of c have under name, or nil.
func (c *class) method(name string) *method {
	for ; c != nil; c = c.base {
		if m, ok := c.methods[name]; ok {
			return m
		}
	}
	return nil
}

// attribute returns the attribute of x, an instance of c, with the given name. It returns nil if
// there is none.
func (c *class) attribute(x starlark.Value, name string) starlark.Value {
	if name == "__class__" {
		return c
	}
	for k := c; k != nil; k = k.base {
		if m, ok := k.methods[name]; ok {
			return &boundMethod{x, m}
		}
		if get, ok := k.getters[name]; ok {
			return get(x)
		}
		if v, ok := k.members[name]; ok {
			return v
		}
	}
	return nil
}

// inherits reports whether c is base or derived from it.
func (c *class) inherits(base *class) bool {
	for ; c != nil; c = c.base {
		if c == base {
			return true
		}
	}
	return base == objectClass
}

func isDunder(name string) bool {
	return len(name) > 4 && strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__")
}

// A method is a function of a class. As a value it lacks its receiver, which is then the
// first argument: str.upper("x").
type method struct {
	*function
	class *class
}

func (m *method) String() string {
	return "<method '" + m.name + "' of '" + m.class.path + "' objects>"
}

func (m *method) Type() string { return "method_descriptor" }

func (m *method) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 {
		return nil, raise("TypeError", "unbound method %s%s() needs an argument", m.owner, m.name)
	}
	if !classOf(args[0]).inherits(m.class) {
		return nil, raise("TypeError", "descriptor '%s' for '%s' objects doesn't apply to a '%s' object", m.name, m.class.path, classOf(args[0]).path)
	}
	return m.callOn(thread, args, kwargs)
}

// callOn calls m with the receiver args[0], which must be an instance of its class.
func (m *method) callOn(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return m.bindAndCall(thread, args, kwargs, 1)
}

// A boundMethod is a method with its receiver, such as "x".upper.
type boundMethod struct {
	receiver starlark.Value
	*method
}

func (b *boundMethod) String() string {
	return "<built-in method " + b.name + " of " + classOf(b.receiver).path + " object>"
}

func (b *boundMethod) Type() string { return "builtin_function_or_method" }

func (b *boundMethod) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return b.callOn(thread, append(starlark.Tuple{b.receiver}, args...), kwargs)
}

// Attr implements starlark.HasAttrs.
func (b *boundMethod) Attr(name string) (starlark.Value, error) {
	return nativeAttr(b, plainName(name))
}

// AttrNames implements starlark.HasAttrs.
func (b *boundMethod) AttrNames() []string { return nil }

// Attr implements starlark.HasAttrs.
func (m *method) Attr(name string) (starlark.Value, error) { return nativeAttr(m, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (m *method) AttrNames() []string { return nil }
