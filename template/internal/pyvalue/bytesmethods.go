package pyvalue

import "go.starlark.net/starlark"

// bytesMethod is the method of a string, with bytes for text; decode gives text.
func bytesMethod(thread *starlark.Thread, x starlark.Bytes, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if name == "decode" {
		if at := InvalidUTF8(string(x)); at >= 0 {
			return nil, decodeError(string(x), at)
		}
		return starlark.String(x), nil
	}
	if name == "elems" || name == "encode" || name == "format" || name == "format_map" {
		return nil, raise("AttributeError", "'bytes' object has no attribute '%s'", name)
	}
	asText := make(starlark.Tuple, len(args))
	for i, arg := range args {
		asText[i] = swapBytes(arg, false)
	}
	v, err := stringMethod(thread, starlark.String(x), name, asText, kwargs)
	if err != nil {
		return nil, err
	}
	return swapBytes(v, true), nil
}

// swapBytes turns text into bytes or back, also in a list or tuple.
func swapBytes(v starlark.Value, toBytes bool) starlark.Value {
	switch v := v.(type) {
	case starlark.String:
		if toBytes {
			return starlark.Bytes(v)
		}
	case starlark.Bytes:
		if !toBytes {
			return starlark.String(v)
		}
	case starlark.Tuple:
		out := make(starlark.Tuple, len(v))
		for i := range v {
			out[i] = swapBytes(v[i], toBytes)
		}
		return out
	case *starlark.List:
		out := elements(v)
		for i := range out {
			out[i] = swapBytes(out[i], toBytes)
		}
		return starlark.NewList(out)
	}
	return v
}
