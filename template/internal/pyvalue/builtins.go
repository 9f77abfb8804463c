package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/escape"
	"go.starlark.net/starlark"
)

// nativeBuiltins are Starlark's own functions that do what Python's do.
var nativeBuiltins = strings.Fields(`abs all any bool chr dict enumerate float getattr hasattr int list max min ord range
	reversed set sorted tuple zip`)

// pythonBuiltins are the names in every template: Tornado's, then Python's.
func (in *Interpreter) pythonBuiltins() map[string]starlark.Value {
	names := map[string]starlark.Value{}
	for _, name := range nativeBuiltins {
		names[name] = starlark.NewBuiltin(name, budgeted(starlark.Universe[name].(*starlark.Builtin)))
	}
	for _, name := range exceptionNames {
		names[name] = exceptionClass(name)
	}
	for name, fn := range map[string]builtinFunc{
		"str": strOf, "repr": reprOf, "ascii": reprOf, "len": lenOf, "sum": sum, "round": round, "map": mapOf, "filter": filterOf,
		"divmod": divmod, "pow": powerOf, "hex": inBase(16, "0x"), "oct": inBase(8, "0o"), "bin": inBase(2, "0b"),
		"isinstance": isinstance, "callable": isCallable, "format": formatOf, "iter": iterOf, "type": typeOf,
	} {
		names[name] = starlark.NewBuiltin(name, positional(name, fn))
	}
	names["next"] = starlark.NewBuiltin("next", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return next(args)
	})
	for name, fn := range tornadoNames(in) {
		names[name] = &goFunc{name: name, fn: reflectValue(fn), adaptor: &in.adaptor}
	}
	names["json_encode"] = starlark.NewBuiltin("json_encode", jsonEncode)
	names["url_escape"] = starlark.NewBuiltin("url_escape", urlEscape)
	names["datetime"] = in.datetimeModule()
	return names
}

// tornadoNames are the functions of tornado.escape that every template sees.
func tornadoNames(*Interpreter) map[string]any {
	return map[string]any{
		"escape":       escape.XHTMLEscape,
		"xhtml_escape": escape.XHTMLEscape,
		"squeeze":      escape.Squeeze,
		"linkify":      escape.Linkify,
	}
}

func urlEscape(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var value starlark.Value
	plus := true
	if err := starlark.UnpackArgs("url_escape", args, kwargs, "value", &value, "plus?", &plus); err != nil {
		return nil, raise("TypeError", "%v", err)
	}
	text, err := utf8Text(value)
	if err != nil { // a number, which Python's quote refuses
		return nil, raise("TypeError", "quote_from_bytes() expected bytes")
	}
	return starlark.String(escape.URLEscape(text, plus)), nil
}

type starlarkFunc = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

// positional is fn for between one and three arguments and no keywords but those that
// stand for the second (sum's start, round's ndigits).
func positional(name string, fn builtinFunc) starlarkFunc {
	return func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		for _, kw := range kwargs {
			args = append(args, kw[1])
		}
		if (len(args) == 0 && name != "str") || len(args) > 4 {
			return nil, raise("TypeError", "%s() takes at least 1 argument (%d given)", name, len(args))
		}
		return fn(thread, args)
	}
}

// budgeted charges a native function for the elements it visits, lets it visit strings,
// and gives min and max their default.
func budgeted(native *starlark.Builtin) starlarkFunc {
	name := native.Name()
	return func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		for i, arg := range args {
			switch a := arg.(type) {
			case starlark.String:
				if name == "int" && len(a) > 4*maxBits {
					return nil, errNumberTooLong
				}
				if iterating(name) && (len(args) == 1 || name == "zip" || name == "enumerate") {
					list, err := iterable(a)
					if err != nil {
						return nil, err
					}
					args[i] = list
				}
			case *goFunc:
				if iterating(name) && len(args) == 1 {
					list, err := iterable(a)
					if err != nil {
						return nil, err
					}
					args[i] = list
				}
			case *goObject:
				if name == "int" && a.value.CanInt() {
					return starlark.MakeInt64(a.value.Int()), nil
				}
			case *goMap:
				if name == "dict" {
					args[i] = toDict(a)
				}
			}
			if n := starlark.Len(args[i]); n > 0 && (iterating(name) || name == "dict" || name == "int") {
				if err := charge(thread, n); err != nil {
					return nil, err
				}
			}
		}
		if name == "set" || name == "dict" {
			if err := checkKeys(thread, args); err != nil {
				return nil, err
			}
		}
		if name == "min" || name == "max" {
			for i, kw := range kwargs {
				if kw[0] == starlark.Value(starlark.String("default")) {
					if len(args) == 1 && starlark.Len(args[0]) == 0 {
						return kw[1], nil
					}
					kwargs = append(append([]starlark.Tuple{}, kwargs[:i]...), kwargs[i+1:]...)
					break
				}
			}
			if len(args) == 1 && starlark.Len(args[0]) == 0 {
				return nil, raise("ValueError", "%s() arg is an empty sequence", name)
			}
		}
		v, err := native.CallInternal(thread, args, kwargs)
		if n, ok := v.(starlark.Int); ok && name == "int" && bits(n) > maxBits {
			return nil, errNumberTooLong
		}
		return v, err
	}
}

func strOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 {
		return starlark.String(""), nil
	}
	if b, ok := args[0].(starlark.Bytes); ok && len(args) == 1 {
		text, err := appendRepr(nil, b)
		return starlark.String(text), err
	}
	text, err := appendStr(nil, args[0])
	return starlark.String(text), err
}

func reprOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := appendRepr(nil, args[0])
	return starlark.String(text), err
}

func lenOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, err := pyLen(args[0])
	if err != nil {
		return nil, err
	}
	return starlark.MakeInt(n), charge(thread, n/64)
}

func formatOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	spec := ""
	if len(args) > 1 {
		s, ok := args[1].(starlark.String)
		if !ok {
			return nil, raise("TypeError", "format() argument 2 must be str, not %s", pyType(args[1]))
		}
		spec = string(s)
	}
	text, err := formatValue(args[0], spec)
	return starlark.String(text), err
}
