package pyvalue

import (
	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// callMethod is x.name(...) for the names above: args[0] is x.
func callMethod(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	x, name, args := args[0], b.Name(), args[1:]
	switch x := x.(type) {
	case starlark.String:
		return stringMethod(thread, x, name, args, kwargs)
	case starlark.Bytes:
		return bytesMethod(thread, x, name, args, kwargs)
	case *starlark.List:
		if v, done, err := listMethod(thread, x, name, args, kwargs); done {
			return v, err
		}
	case *starlark.Dict:
		if name == "copy" {
			return dictOf(thread, starlark.Tuple{starlark.NewList([]starlark.Value{x})})
		}
		if err := checkKeys(thread, args); err != nil {
			return nil, err
		}
	case *starlark.Set:
		if err := checkKeys(thread, args); err != nil {
			return nil, err
		}
	case *goMap:
		if v, done, err := mapMethod(x, name, args); done {
			return v, err
		}
	case *goSlice:
		switch name {
		case "count", "index", "copy":
			return callMethod(thread, b, append(starlark.Tuple{starlark.NewList(elements(x))}, args...), kwargs)
		}
	case *goObject:
		if m := x.info.member(name); name == "get" && (m == nil || m.byKey) {
			return getOr(x, args) // in the place of a dict
		}
		name += pysyntax.CallMark
	case *module:
		name += pysyntax.CallMark
	}
	fn, err := pyAttr(x, name)
	if err != nil {
		return nil, err
	}
	if err := charge(thread, starlark.Len(x)/64); err != nil {
		return nil, err
	}
	return starlark.Call(thread, fn, args, kwargs)
}

// getOr is mapping.get(key, default).
func getOr(m starlark.Mapping, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, raise("TypeError", "get expected at least 1 argument, got %d", len(args))
	}
	v, found, err := m.Get(args[0])
	switch {
	case err != nil:
		return nil, err
	case found:
		return v, nil
	case len(args) == 2:
		return args[1], nil
	}
	return starlark.None, nil
}

func mapMethod(m *goMap, name string, args starlark.Tuple) (v starlark.Value, done bool, err error) {
	switch name {
	case "get":
		v, err = getOr(m, args)
	case "keys":
		v = starlark.NewList(m.keyList())
	case "values", "items":
		list := []starlark.Value{}
		for _, item := range m.Items() {
			if name == "values" {
				list = append(list, item[1])
			} else {
				list = append(list, item)
			}
		}
		v = starlark.NewList(list)
	case "copy":
		v = toDict(m)
	default:
		return nil, false, nil
	}
	return v, true, err
}

func listMethod(thread *starlark.Thread, list *starlark.List, name string, args starlark.Tuple, kwargs []starlark.Tuple) (v starlark.Value, done bool, err error) {
	if err := charge(thread, list.Len()/16); err != nil {
		return nil, true, err
	}
	switch name {
	case "copy":
		return starlark.NewList(elements(list)), true, nil
	case "count":
		n := 0
		for _, elem := range elements(list) {
			if len(args) == 1 {
				if ok, err := pyEqual(elem, args[0]); err != nil {
					return nil, true, err
				} else if ok {
					n++
				}
			}
		}
		return starlark.MakeInt(n), true, nil
	case "reverse", "sort":
		sorted := elements(list)
		if name == "sort" {
			v, err := starlark.Call(thread, starlark.Universe["sorted"], starlark.Tuple{list}, kwargs)
			if err != nil {
				return nil, true, err
			}
			sorted = elements(v.(*starlark.List))
		} else {
			for i, j := 0, len(sorted)-1; i < j; i, j = i+1, j-1 {
				sorted[i], sorted[j] = sorted[j], sorted[i]
			}
		}
		for i, elem := range sorted {
			if err := list.SetIndex(i, elem); err != nil {
				return nil, true, err
			}
		}
		return starlark.None, true, nil
	}
	return nil, false, nil
}
