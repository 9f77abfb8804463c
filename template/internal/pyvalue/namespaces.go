package pyvalue

import (
	"slices"

	"go.starlark.net/starlark"
)

// globalsOf implements globals(). The result has the names that were passed to the run, and those
// of its loader.
func globalsOf(thread *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
	r := runOf(thread)
	names := new(starlark.Dict)
	if r.in == nil {
		return names, nil
	}
	for _, name := range tornadoGlobals {
		_ = names.SetKey(starlark.String(name), r.in.builtins[name])
	}
	for _, space := range []map[string]any{r.in.options.Namespace, r.namespace} {
		for _, name := range sortedNames(space) {
			_ = names.SetKey(starlark.String(name), r.in.adaptor.value(space[name]))
		}
	}
	return names, charge(thread, names.Len())
}

// tornadoGlobals are the names that Tornado puts into the globals of a template.
var tornadoGlobals = []string{"escape", "xhtml_escape", "url_escape", "json_encode", "squeeze", "linkify", "datetime"}

func sortedNames(space map[string]any) []string {
	names := make([]string, 0, len(space))
	for name := range space {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// localsOf implements locals(). Its arguments are pairs of a name and a function that returns the
// variable. A variable without a value is left out.
func localsOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	names := new(starlark.Dict)
	for _, pair := range elements(args[0].(*starlark.List)) {
		name, read := pair.(starlark.Tuple)[0], pair.(starlark.Tuple)[1]
		v, err := starlark.Call(thread, read, nil, nil)
		if err != nil {
			if e, ok := pythonError(err).(*pyError); ok && inherits(e.kind, "NameError") {
				continue
			}
			return nil, err
		}
		if err := names.SetKey(name, v); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// namesOf implements dir(): the keys of locals(), in order.
func namesOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return starlark.NewList(args[0].(*starlark.Dict).Keys()), nil
}

// varsOf implements vars(object). The parser has replaced a call without an argument by locals().
func varsOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	o, ok := args[0].(*goObject)
	if args[0] == nil {
		return nil, notSupported("vars() as a value")
	}
	if !ok {
		return nil, raise("TypeError", "vars() argument must have __dict__ attribute")
	}
	names := new(starlark.Dict)
	for _, name := range o.AttrNames() {
		if m := o.info.member(name); m != nil && m.index != nil {
			v, err := o.field(m)
			if err != nil {
				return nil, err
			}
			_ = names.SetKey(starlark.String(name), v)
		}
	}
	return names, nil
}

// dirOf implements dir(object). The parser has replaced a call without an argument by a list of
// the keys of locals().
func dirOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch x := args[0].(type) {
	case *goObject:
		names := []starlark.Value{}
		for _, name := range x.AttrNames() {
			names = append(names, starlark.String(name))
		}
		return starlark.NewList(names), nil
	case nil:
		return nil, notSupported("dir() as a value")
	}
	return nil, notSupported("dir() of a " + pyType(args[0]))
}
