package pyvalue

import (
	"strings"
	"unicode/utf8"

	"github.com/gotornado/tornado/escape"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// pythonBuiltins returns the names that every template sees: those of Tornado and those of
// Python.
func (in *Interpreter) pythonBuiltins() map[string]starlark.Value {
	names := map[string]starlark.Value{"IOError": exceptionClasses["OSError"], "EnvironmentError": exceptionClasses["OSError"]}
	for _, c := range builtinClasses {
		names[c.name] = c
	}
	for name, c := range iteratorClasses {
		names[name] = c
	}
	for name, c := range exceptionClasses {
		if name != "JSONDecodeError" {
			names[name] = c
		}
	}
	for _, r := range builtinFunctions() {
		f := newFunction(r.signature, r.call)
		names[f.name] = f
	}
	for name, fn := range tornadoNames(in) {
		names[name] = &goFunc{name: name, fn: reflectValue(fn), adaptor: &in.adaptor}
	}
	for _, f := range []*function{
		newFunction("json_encode(value) python", jsonEncode),
		newFunction("url_escape(value, plus=True) python", urlEscape),
	} {
		names[f.name] = f
	}
	names["datetime"] = in.datetimeModule()
	return names
}

// tornadoNames returns the functions of tornado.escape that every template sees.
func tornadoNames(*Interpreter) map[string]any {
	return map[string]any{
		"escape":       escape.XHTMLEscape,
		"xhtml_escape": escape.XHTMLEscape,
		"squeeze":      escape.Squeeze,
		"linkify":      escape.Linkify,
	}
}

func urlEscape(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := utf8Text(args[0])
	if err != nil { // a number, which Python's quote refuses
		return nil, raise("TypeError", "quote_from_bytes() expected bytes")
	}
	return starlark.String(escape.URLEscape(text, bool(args[1].Truth()))), nil
}

func lenOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, err := pyLen(args[0])
	if err != nil {
		return nil, err
	}
	if _, isText := args[0].(starlark.String); !isText {
		return starlark.MakeInt(n), nil
	}
	return starlark.MakeInt(n), charge(thread, n/64)
}

func formatOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	spec, ok := args[1].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "format() argument 2 must be str, not %s", pyType(args[1]))
	}
	text, err := formatValue(args[0], string(spec))
	return starlark.String(text), err
}

// builtinClasses are the classes among the names that every template sees.
var builtinClasses = []*class{
	boolClass, bytesClass, dictClass, floatClass, frozenSetClass, intClass, listClass, objectClass, rangeClass, setClass, sliceClass, strClass, tupleClass, typeClass,
}

// builtinFunctions returns Python's functions.
func builtinFunctions() []routine {
	return []routine{
		{"abs(x, /)", absOf},
		{"all(iterable, /)", allOf},
		{"any(iterable, /)", anyOf},
		{"ascii(obj, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			text, err := asciiRepr(args[0])
			return starlark.String(text), err
		}},
		{"bin(number, /)", inBase(2, "0b")},
		{"callable(obj, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			_, ok := args[0].(starlark.Callable)
			return starlark.Bool(ok), nil
		}},
		{"chr(i, /)", chrOf},
		{"dir(object=?, /)", dirOf},
		{"divmod(x, y, /)", divmod},
		{"format(value, format_spec='', /)", formatOf},
		{"getattr(object, name, default=?, /)", getAttr},
		{"globals()", globalsOf},
		{"hasattr(obj, name, /)", hasAttr},
		{"hash(obj, /)", hashOf},
		{"hex(number, /)", inBase(16, "0x")},
		{"isinstance(obj, class_or_tuple, /)", isInstance},
		{"issubclass(cls, class_or_tuple, /)", isSubclass},
		{"iter(object, sentinel=?, /)", iterOf},
		{"len(obj, /)", lenOf},
		{"max(*args, **kwargs)", extreme("max", syntax.GT)},
		{"min(*args, **kwargs)", extreme("min", syntax.LT)},
		{"next(iterator, default=?, /)", nextOf},
		{"oct(number, /)", inBase(8, "0o")},
		{"ord(c, /)", ordOf},
		{"pow(base, exp, mod=None)", powOf},
		{"repr(obj, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			text, err := appendRepr(nil, args[0])
			return starlark.String(text), err
		}},
		{"round(number, ndigits=None)", round},
		{"sorted(*args, **kwargs)", sortedOf},
		{"sum(iterable, /, start=0)", sumOf},
		{"vars(object=?, /)", varsOf},
	}
}

// missingFunctions are built-in functions of Python that templates do not have. The error of a
// use names the function.
var missingFunctions = strings.Fields(`__build_class__ __debug__ __doc__ __import__ __loader__ __name__ __spec__ aiter anext breakpoint bytearray
	classmethod compile complex copyright credits delattr eval exec exit help id input license memoryview open print property quit setattr
	staticmethod super Ellipsis NotImplemented IOError EnvironmentError BaseExceptionGroup ExceptionGroup GeneratorExit ReferenceError
	StopAsyncIteration TabError UnicodeTranslateError UnicodeWarning UserWarning BlockingIOError BrokenPipeError ChildProcessError
	ConnectionAbortedError ConnectionRefusedError ConnectionResetError FileExistsError InterruptedError IsADirectoryError
	NotADirectoryError ProcessLookupError BytesWarning EncodingWarning FutureWarning ImportWarning PendingDeprecationWarning
	ResourceWarning RuntimeWarning SyntaxWarning`)

func absOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch v := asNumber(args[0]).(type) {
	case starlark.Int:
		if v.Sign() < 0 {
			return starlark.MakeInt(0).Sub(v), nil
		}
		return v, nil
	case starlark.Float:
		if v < 0 || v == 0 {
			return 0 - v, nil
		}
		return v, nil
	case timedelta:
		return max(v, -v), nil
	}
	return nil, raise("TypeError", "bad operand type for abs(): '%s'", pyType(args[0]))
}

func allOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return decided(thread, args[0], false)
}

func anyOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return decided(thread, args[0], true)
}

// decided implements any and all. It returns wanted if an element of x has that truth value, and
// the opposite otherwise. wanted is true for any, and false for all.
func decided(thread *starlark.Thread, x starlark.Value, wanted bool) (starlark.Value, error) {
	list, err := chargedIterable(thread, x)
	if err != nil {
		return nil, err
	}
	iter := list.Iterate()
	defer iter.Done()
	var v starlark.Value
	for iter.Next(&v) {
		if bool(v.Truth()) == wanted {
			return starlark.Bool(wanted), nil
		}
	}
	return starlark.Bool(!wanted), nil
}

// asciiRepr returns the repr of v, with escapes for characters beyond ASCII.
func asciiRepr(v starlark.Value) (string, error) {
	text, err := appendRepr(nil, v)
	if err != nil || isASCII(string(text)) {
		return string(text), err
	}
	var b strings.Builder
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString(escapedRune(r))
		}
	}
	return b.String(), nil
}

func chrOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, ok := asNumber(args[0]).(starlark.Int)
	if !ok {
		return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(args[0]))
	}
	i, ok := n.Int64()
	switch {
	case !ok || i != int64(int32(i)):
		return nil, raise("OverflowError", "Python int too large to convert to C int")
	case i < 0 || i > utf8.MaxRune:
		return nil, raise("ValueError", "chr() arg not in range(0x110000)")
	case !utf8.ValidRune(rune(i)):
		return nil, notSupported("a surrogate")
	}
	return starlark.String(string(rune(i))), nil
}

func ordOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n := 0
	switch v := args[0].(type) {
	case starlark.String:
		if n = utf8.RuneCountInString(string(v)); n == 1 {
			r, _ := utf8.DecodeRuneInString(string(v))
			return starlark.MakeInt(int(r)), nil
		}
	case starlark.Bytes:
		if n = len(v); n == 1 {
			return starlark.MakeInt(int(v[0])), nil
		}
	default:
		return nil, raise("TypeError", "ord() expected string of length 1, but %s found", pyType(v))
	}
	return nil, raise("TypeError", "ord() expected a character, but string of length %d found", n)
}

func isDivisible(v starlark.Value) bool {
	switch asNumber(v).(type) {
	case starlark.Int, starlark.Float, timedelta:
		return true
	}
	return false
}

func getAttr(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	name, ok := args[1].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "attribute name must be string, not '%s'", pyType(args[1]))
	}
	v, err := pyAttr(args[0], string(name))
	if args[2] != nil && isMissing(err) {
		return args[2], nil
	}
	return v, err
}

func hasAttr(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	name, ok := args[1].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "attribute name must be string, not '%s'", pyType(args[1]))
	}
	_, err := pyAttr(args[0], string(name))
	if isMissing(err) {
		return starlark.False, nil
	}
	return starlark.True, err
}

func isMissing(err error) bool {
	e, ok := err.(*pyError)
	return ok && e.kind == "AttributeError"
}

// hashOf implements hash. A small integer is its own hash, as in Python. Equal values have
// equal hashes.
func hashOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	v := asNumber(args[0])
	if err := checkHash(thread, v); err != nil {
		return nil, err
	}
	if f, ok := v.(starlark.Float); ok {
		if n, err := starlark.NumberToInt(f); err == nil && n.Float() == f {
			v = n
		}
	}
	if n, ok := v.(starlark.Int); ok {
		if small, ok := n.Int64(); ok && small > -1<<60 && small < 1<<60 {
			if small == -1 {
				small = -2
			}
			return starlark.MakeInt64(small), nil
		}
	}
	h, err := v.Hash()
	return starlark.MakeUint(uint(h)), err
}

// extreme returns the function max or min. It takes one iterable, or several arguments.
func extreme(name string, better syntax.Token) builtinFunc {
	options := parseSignature(name+"(*, key=None, default=?)", "")
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		named := starlark.Tuple{nil, nil}
		var err error
		if kwargs := keywords(args[1]); len(kwargs) > 0 {
			if named, err = options.bind(nil, nil, kwargs, 0); err != nil {
				return nil, err
			}
		}
		values := []starlark.Value(args[0].(starlark.Tuple))
		switch {
		case len(values) == 0:
			return nil, raise("TypeError", "%s expected at least 1 argument, got 0", name)
		case len(values) > 1 && named[1] != nil:
			return nil, raise("TypeError", "Cannot specify a default for %s() with multiple positional arguments", name)
		case len(values) == 1:
			if values, err = iterableElements(thread, values[0]); err != nil {
				return nil, err
			}
		}
		if len(values) == 0 {
			if named[1] != nil {
				return named[1], nil
			}
			return nil, raise("ValueError", "%s() arg is an empty sequence", name)
		}
		return best(thread, values, named[0], better)
	}
}

func best(thread *starlark.Thread, values []starlark.Value, key starlark.Value, better syntax.Token) (starlark.Value, error) {
	keys, err := keysOf(thread, values, key)
	if err != nil {
		return nil, err
	}
	at := 0
	for i := 1; i < len(keys); i++ {
		wins, err := pyCompare(better, keys[i], keys[at])
		if err != nil {
			return nil, err
		}
		if wins {
			at = i
		}
	}
	return values[at], nil
}

// keywords returns the pairs in slot, which holds the arguments of **kwargs.
func keywords(slot starlark.Value) []starlark.Tuple {
	pairs, _ := slot.(starlark.Tuple)
	if len(pairs) == 0 {
		return nil
	}
	out := make([]starlark.Tuple, len(pairs))
	for i, pair := range pairs {
		out[i] = pair.(starlark.Tuple)
	}
	return out
}

func powOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[2] == starlark.None {
		return power("** or pow()", args[0], args[1])
	}
	return powerModulo(args[0], args[1], args[2])
}

func sortedOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	given := args[0].(starlark.Tuple)
	if len(given) != 1 {
		return nil, raise("TypeError", "sorted expected 1 argument, got %d", len(given))
	}
	options, err := sortOptions.bind(nil, nil, keywords(args[1]), 0)
	if err != nil {
		return nil, err
	}
	list, err := iterableElements(thread, given[0])
	if err != nil {
		return nil, err
	}
	err = sortBy(thread, list, options[0], options[1])
	return starlark.NewList(list), err
}

// sortOptions are the options of sorted. Python checks them like those of list.sort.
var sortOptions = parseSignature("sort(*, key=None, reverse=False)", "")

func sumOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	total := args[1]
	switch total.(type) {
	case starlark.String:
		return nil, raise("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
	case starlark.Bytes:
		return nil, raise("TypeError", "sum() can't sum bytes [use b''.join(seq) instead]")
	}
	list, err := chargedIterable(thread, args[0])
	if err != nil {
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

// isInstance implements isinstance(x, class).
func isInstance(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := classMatches(classOf(args[0]), args[1], "isinstance() arg 2 must be a type, a tuple of types, or a union")
	return starlark.Bool(ok), err
}

// isSubclass implements issubclass(class, class).
func isSubclass(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	c, ok := args[0].(*class)
	if !ok {
		return nil, raise("TypeError", "issubclass() arg 1 must be a class")
	}
	ok, err := classMatches(c, args[1], "issubclass() arg 2 must be a class, a tuple of classes, or a union")
	return starlark.Bool(ok), err
}

// classMatches reports whether c is target, is derived from target, or is derived from a class in
// a tuple.
func classMatches(c *class, target starlark.Value, wrong string) (bool, error) {
	switch t := target.(type) {
	case *class:
		return c.inherits(t), nil
	case starlark.Tuple:
		for _, one := range t {
			if ok, err := classMatches(c, one, wrong); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return false, raise("TypeError", "%s", wrong)
}

// makeType implements type(x).
func makeType(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch given := args[0].(starlark.Tuple); len(given) {
	case 1:
		return classOf(given[0]), nil
	case 3:
		return nil, notSupported("making a class with type()")
	}
	return nil, raise("TypeError", "type() takes 1 or 3 arguments")
}
