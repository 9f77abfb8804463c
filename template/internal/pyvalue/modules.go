package pyvalue

import (
	"reflect"
	"strings"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// A module is the value that {% import name %} assigns: names with values that do not change.
type module struct {
	name    string
	members func(name string) (starlark.Value, error)
}

func newModule(name string, members func(name string) (starlark.Value, error)) *module {
	return &module{name, members}
}

func (m *module) String() string { return "<module '" + m.name + "'>" }

func (m *module) Type() string { return "module" }

func (m *module) Freeze() {}

func (m *module) Truth() starlark.Bool { return true }

func (m *module) Hash() (uint32, error) { return starlark.String(m.name).Hash() }

func (m *module) AttrNames() []string { return nil }

func (m *module) Attr(name string) (starlark.Value, error) {
	v, err := m.members(name)
	if v == nil && err == nil {
		err = raise("AttributeError", "module '%s' has no attribute '%s'", m.name, strings.TrimSuffix(name, pysyntax.CallMark))
	}
	return v, err
}

// members returns a function that looks names up in ns, which an application has registered: a
// map, a struct, or a pointer to a struct.
func (a *adaptor) members(ns any) func(string) (starlark.Value, error) {
	v := a.value(ns)
	return func(name string) (starlark.Value, error) {
		if h, ok := v.(starlark.HasAttrs); ok {
			return h.Attr(name)
		}
		return nil, nil
	}
}

// fixed makes a module of a table.
func fixed(table map[string]starlark.Value) func(string) (starlark.Value, error) {
	return func(name string) (starlark.Value, error) {
		return table[strings.TrimSuffix(name, pysyntax.CallMark)], nil
	}
}

// standardModules returns the modules that need no registration. They are the parts of Python's
// library that only compute.
func (in *Interpreter) standardModules() map[string]*module {
	escapes := map[string]starlark.Value{"json_encode": in.builtins["json_encode"], "url_escape": in.builtins["url_escape"]}
	for name := range tornadoNames(in) {
		escapes[name] = in.builtins[name]
	}
	for name, fn := range map[string]any{
		"xhtml_unescape": escape.XHTMLUnescape,
		"json_decode":    escape.JSONDecode[string],
		"url_unescape":   func(s string) string { return escape.URLUnescape(s, true) },
		"utf8":           func(s string) []byte { return []byte(s) },
		"to_unicode":     func(s string) string { return s },
		"native_str":     func(s string) string { return s },
	} {
		escapes[name] = &goFunc{name: name, fn: reflectValue(fn), adaptor: &in.adaptor}
	}
	escapeModule := newModule("tornado.escape", fixed(escapes))
	return map[string]*module{
		"datetime":       in.builtins["datetime"].(*module),
		"tornado.escape": escapeModule,
		"tornado":        newModule("tornado", fixed(map[string]starlark.Value{"escape": escapeModule})),
		"json":           newModule("json", fixed(jsonModule())),
		"math":           newModule("math", fixed(mathModule())),
	}
}

// importName implements {% import name %}.
func (in *Interpreter) importName(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	name := string(args[0].(starlark.String))
	if m, ok := in.modules[name]; ok {
		return m, nil
	}
	return nil, raise("ModuleNotFoundError", "No module named '%s'", name)
}

// importFrom implements {% from module import name %}. name may itself be a module.
func (in *Interpreter) importFrom(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	name := string(args[1].(starlark.String))
	from := string(args[0].(starlark.String))
	if m, ok := in.modules[from+"."+name]; ok {
		return m, nil
	}
	m, err := in.importName(thread, args[:1])
	if err != nil {
		return nil, err
	}
	v, err := m.(*module).members(name + pysyntax.CallMark)
	if v == nil || err != nil {
		return nil, raise("ImportError", "cannot import name '%s' from '%s'", name, from)
	}
	return v, nil
}

func reflectValue(v any) reflect.Value { return reflect.ValueOf(v) }
