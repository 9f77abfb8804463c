package pyvalue

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/escape"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
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

// iterating are the functions that visit all of their first arguments.
func iterating(name string) bool {
	switch name {
	case "all", "any", "enumerate", "list", "max", "min", "reversed", "set", "sorted", "tuple", "zip":
		return true
	}
	return false
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

func sum(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := iterable(args[0])
	if err != nil {
		return nil, err
	}
	var total starlark.Value = starlark.MakeInt(0)
	if len(args) > 1 {
		total = args[1]
	}
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	iter := list.Iterate()
	defer iter.Done()
	var v starlark.Value
	for iter.Next(&v) {
		if total, err = arithmetic(thread, syntax.PLUS, total, v); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// round rounds half to even, as Python does, in decimal where digits are given.
func round(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	digits, byDigits := 0, len(args) > 1 && args[1] != starlark.None
	if byDigits {
		var err error
		if digits, err = starlark.AsInt32(args[1]); err != nil {
			return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(args[1]))
		}
	}
	switch x := asNumber(args[0]).(type) {
	case starlark.Int:
		if digits >= 0 {
			return x, nil
		}
		return roundInt(x, -digits)
	case starlark.Float:
		if !byDigits {
			return starlark.NumberToInt(starlark.Float(math.RoundToEven(float64(x))))
		}
		if digits > 300 {
			return x, nil
		}
		if digits < 0 {
			scale := math.Pow(10, float64(-digits))
			return starlark.Float(math.RoundToEven(float64(x)/scale) * scale), nil
		}
		f, err := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'f', digits, 64), 64)
		return starlark.Float(f), err
	}
	return nil, raise("TypeError", "type %s doesn't define __round__ method", pyType(args[0]))
}

func roundInt(x starlark.Int, zeros int) (starlark.Value, error) {
	if zeros > 4000 {
		return starlark.MakeInt(0), nil
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil)
	quotient, rest := new(big.Int).DivMod(x.BigInt(), scale, new(big.Int))
	if half := new(big.Int).Lsh(rest, 1).Cmp(scale); half > 0 || half == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return starlark.MakeBigInt(quotient.Mul(quotient, scale)), nil
}

func mapOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) < 2 {
		return nil, raise("TypeError", "map() must have at least two arguments.")
	}
	columns := make([][]starlark.Value, len(args)-1)
	shortest := math.MaxInt
	for i, arg := range args[1:] {
		list, err := iterable(arg)
		if err != nil {
			return nil, err
		}
		if err := charge(thread, starlark.Len(list)); err != nil {
			return nil, err
		}
		columns[i] = elements(list)
		shortest = min(shortest, len(columns[i]))
	}
	var out []starlark.Value
	for row := range shortest {
		call := make(starlark.Tuple, len(columns))
		for i := range columns {
			call[i] = columns[i][row]
		}
		v, err := starlark.Call(thread, args[0], call, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return starlark.NewList(out), nil
}

func filterOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) != 2 {
		return nil, raise("TypeError", "filter expected 2 arguments, got %d", len(args))
	}
	list, err := iterable(args[1])
	if err != nil {
		return nil, err
	}
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	var out []starlark.Value
	for _, v := range elements(list) {
		keep := v
		if args[0] != starlark.None {
			if keep, err = starlark.Call(thread, args[0], starlark.Tuple{v}, nil); err != nil {
				return nil, err
			}
		}
		if keep.Truth() {
			out = append(out, v)
		}
	}
	return starlark.NewList(out), nil
}

func divmod(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) != 2 {
		return nil, raise("TypeError", "divmod expected 2 arguments, got %d", len(args))
	}
	quotient, err := arithmetic(thread, syntax.SLASHSLASH, args[0], args[1])
	if err != nil {
		return nil, err
	}
	rest, err := arithmetic(thread, syntax.PERCENT, args[0], args[1])
	return starlark.Tuple{quotient, rest}, err
}

func inBase(base int, prefix string) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		n, ok := asNumber(args[0]).(starlark.Int)
		if !ok {
			return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(args[0]))
		}
		text := n.BigInt().Text(base)
		if digits, negative := strings.CutPrefix(text, "-"); negative {
			return starlark.String("-" + prefix + digits), nil
		}
		return starlark.String(prefix + text), nil
	}
}

func isCallable(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	_, ok := args[0].(starlark.Callable)
	return starlark.Bool(ok), nil
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

// next gives the first element of a generator expression, which here is a list.
func next(args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, raise("TypeError", "next expected at least 1 argument, got %d", len(args))
	}
	list, err := iterable(args[0])
	if err != nil {
		return nil, err
	}
	iter := list.Iterate()
	defer iter.Done()
	var v starlark.Value
	switch {
	case iter.Next(&v):
		return v, nil
	case len(args) == 2:
		return args[1], nil
	}
	return nil, &pyError{kind: "StopIteration"}
}

// typeOf is type(x): the function that makes values of the type where there is one.
func typeOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return starlark.String(fmt.Sprintf("<class '%s'>", pyType(args[0]))), nil
}

func isinstance(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) != 2 {
		return nil, raise("TypeError", "isinstance expected 2 arguments, got %d", len(args))
	}
	if classes, ok := args[1].(starlark.Tuple); ok {
		for _, class := range classes {
			if ok, err := instanceOf(args[0], class); ok || err != nil {
				return starlark.Bool(ok), err
			}
		}
		return starlark.False, nil
	}
	ok, err := instanceOf(args[0], args[1])
	return starlark.Bool(ok), err
}

func instanceOf(v, class starlark.Value) (bool, error) {
	name := ""
	switch c := class.(type) {
	case exceptionClass:
		e, ok := v.(*exception)
		return ok && inherits(e.Type(), string(c)), nil
	case *starlark.Builtin:
		name = c.Name()
	case *pyClass:
		name = c.name
	default:
		return false, raise("TypeError", "isinstance() arg 2 must be a type, a tuple of types, or a union")
	}
	kind := pyType(v)
	return kind == name || kind == "bool" && name == "int" || kind == "datetime" && name == "date", nil
}
