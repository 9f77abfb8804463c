package pyvalue

import (
	"math"
	"strings"

	"github.com/gotornado/tornado/escape"
	"go.starlark.net/starlark"
)

// jsonEncode is json_encode: dicts keep their order, Go values are Go's JSON.
func jsonEncode(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	if len(args) != 1 {
		return nil, raise("TypeError", "json_encode() takes 1 positional argument but %d were given", len(args))
	}
	text, err := appendJSON(nil, args[0], 0)
	return starlark.String(text), err
}

func appendJSON(dst []byte, v starlark.Value, depth int) ([]byte, error) {
	if depth > maxReprDepth {
		return dst, raise("ValueError", "Circular reference detected")
	}
	if len(dst) > maxText {
		return dst, errTextTooLong
	}
	switch v := v.(type) {
	case starlark.Bytes:
		return dst, raise("TypeError", "Object of type bytes is not JSON serializable")
	case *starlark.Dict:
		return appendJSONDict(dst, v, depth)
	case *starlark.List, starlark.Tuple:
		dst = append(dst, '[')
		for i, elem := range elements(v.(starlark.Iterable)) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			var err error
			if dst, err = appendJSON(dst, elem, depth+1); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case starlark.Int:
		return append(dst, v.String()...), nil
	case starlark.Float:
		switch f := float64(v); {
		case math.IsNaN(f):
			return append(dst, "NaN"...), nil
		case math.IsInf(f, 1):
			return append(dst, "Infinity"...), nil
		case math.IsInf(f, -1):
			return append(dst, "-Infinity"...), nil
		}
		return appendFloat(dst, float64(v)), nil
	case *starlark.Set, *datetime, *date, timedelta:
		return dst, raise("TypeError", "Object of type %s is not JSON serializable", v.Type())
	}
	x, err := toAny(v)
	if err != nil {
		return dst, err
	}
	if dst, err = escape.AppendJSON(dst, x); err != nil {
		return dst, goError{err}
	}
	return dst, nil
}

func appendJSONDict(dst []byte, dict *starlark.Dict, depth int) ([]byte, error) {
	dst = append(dst, '{')
	for i, item := range dict.Items() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		key := item[0]
		switch k := key.(type) {
		case starlark.String:
		case starlark.NoneType:
			key = starlark.String("null")
		case starlark.Bool:
			key = starlark.String(strings.ToLower(k.String()))
		case starlark.Int, starlark.Float:
			key = starlark.String(must(appendStr(nil, k)))
		default:
			return dst, raise("TypeError", "keys must be str, int, float, bool or None, not %s", pyType(key))
		}
		var err error
		if dst, err = appendJSON(dst, key, depth+1); err != nil {
			return dst, err
		}
		dst = append(dst, ": "...)
		if dst, err = appendJSON(dst, item[1], depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (in *Interpreter) jsonModule() map[string]starlark.Value {
	return map[string]starlark.Value{
		"dumps": starlark.NewBuiltin("dumps", func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			v, err := jsonEncode(thread, b, args, kwargs)
			if s, ok := v.(starlark.String); ok {
				v = starlark.String(strings.ReplaceAll(string(s), `<\/`, "</")) // json_encode's own addition
			}
			return v, err
		}),
		"loads": &goFunc{name: "loads", fn: reflectValue(escape.JSONDecode[string]), adaptor: &in.adaptor},
	}
}
