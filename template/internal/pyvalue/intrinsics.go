package pyvalue

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// builtinFunc is a function of the language, with its arguments counted.
type builtinFunc func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error)

// environment holds the functions that the compiler calls, by their _tt_ names. Programs
// see no other globals.
func (in *Interpreter) environment() starlark.StringDict {
	env := starlark.StringDict{}
	add := func(name string, fn builtinFunc) {
		env["_tt_"+name] = starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return fn(thread, args)
		})
	}
	for name, op := range operatorTokens {
		add(name, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return arithmetic(thread, op, args[0], args[1])
		})
		add("i"+name, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return inPlace(thread, op, args[0], args[1])
		})
	}
	for name, op := range map[string]syntax.Token{"pos": syntax.PLUS, "neg": syntax.MINUS, "invert": syntax.TILDE} {
		add(name, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) { return unary(op, args[0]) })
	}
	for name, fn := range map[string]builtinFunc{
		"pow": powerOf, "ipow": powerOf, "slice": slice, "eq": equal, "is": identical, "chain": chain,
		"list": listOf, "tuple": tupleOf, "dict": dictOf, "pairs": pairs, "set": setOf, "key": keyOf, "unpack": unpack,
		"del": deleteItem, "concat": concat, "format": format, "utf8": toUTF8, "apply": apply,
		"scope": newScope, "try": try, "left": leftBy, "reraise": reraise, "caught": caught, "exception": caughtValue,
		"raise": raiseValue, "assert": assertFailed, "import": in.importName, "from": in.importFrom,
	} {
		add(name, fn)
	}
	for _, name := range pysyntax.MethodNames {
		env["_tt_call_"+name] = starlark.NewBuiltin(name, callMethod)
	}
	return env
}

func inPlace(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	list, ok := x.(*starlark.List)
	if !ok || op != syntax.PLUS {
		return arithmetic(thread, op, x, y)
	}
	more, err := iterable(y)
	if err != nil {
		return nil, err
	}
	for _, v := range elements(more) {
		if err := list.Append(v); err != nil {
			return nil, err
		}
	}
	return list, charge(thread, starlark.Len(more))
}

func powerOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return power(args[0], args[1])
}

func slice(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return pySlice(thread, args[0], args[1], args[2], args[3])
}

func equal(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := pyEqual(args[0], args[1])
	return starlark.Bool(ok), err
}

func identical(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := pyIs(args[0], args[1])
	return starlark.Bool(ok), err
}

// chain compares neighbours: the operators, then the operands.
func chain(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	operands := args[1].(*starlark.List)
	for i, op := range strings.Split(string(args[0].(starlark.String)), ",") {
		ok, err := compareBy(op, operands.Index(i), operands.Index(i+1))
		if !ok || err != nil {
			return starlark.False, err
		}
	}
	return starlark.True, nil
}

func compareBy(op string, x, y starlark.Value) (bool, error) {
	switch op {
	case "==":
		return pyEqual(x, y)
	case "!=":
		ok, err := pyEqual(x, y)
		return !ok, err
	case "is", "is not":
		ok, err := pyIs(x, y)
		return ok == (op == "is"), err
	case "in", "not in":
		if err := checkKey(nil, x); err != nil {
			return false, err
		}
		v, err := starlark.Binary(syntax.IN, x, y)
		if err != nil {
			return false, err
		}
		return bool(v.Truth()) == (op == "in"), nil
	}
	token := map[string]syntax.Token{"<": syntax.LT, "<=": syntax.LE, ">": syntax.GT, ">=": syntax.GE}[op]
	return starlark.Compare(token, x, y)
}

// iterable is what a loop over v visits: the characters of a string, else v itself.
func iterable(v starlark.Value) (starlark.Iterable, error) {
	switch v := v.(type) {
	case starlark.String:
		chars := make([]starlark.Value, 0, len(v))
		for i, r := range string(v) {
			chars = append(chars, v[i:i+max(utf8.RuneLen(r), 1)])
		}
		return starlark.NewList(chars), nil
	case starlark.Bytes:
		bytes := make([]starlark.Value, len(v))
		for i := range len(v) {
			bytes[i] = starlark.MakeInt(int(v[i]))
		}
		return starlark.NewList(bytes), nil
	case starlark.Iterable:
		return v, nil
	case *goFunc:
		if v.fn.Kind() == reflect.Func && (v.fn.Type().CanSeq() || v.fn.Type().CanSeq2()) {
			return v.sequence()
		}
	}
	return nil, raise("TypeError", "'%s' object is not iterable", pyType(v))
}

func iterOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if s, ok := args[0].(starlark.String); ok {
		if err := charge(thread, len(s)); err != nil {
			return nil, err
		}
	}
	return iterable(args[0])
}

// flattened is a display with starred elements; pattern has a 1 for each of these.
func flattened(thread *starlark.Thread, args starlark.Tuple) ([]starlark.Value, error) {
	pattern, list := string(args[0].(starlark.String)), args[1].(*starlark.List)
	var out []starlark.Value
	for i := range list.Len() {
		v := list.Index(i)
		if pattern[i] == '0' {
			out = append(out, v)
			continue
		}
		more, err := iterable(v)
		if err != nil {
			return nil, err
		}
		if err := charge(thread, starlark.Len(more)); err != nil {
			return nil, err
		}
		out = append(out, elements(more)...)
	}
	return out, nil
}

func listOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := flattened(thread, args)
	return starlark.NewList(list), err
}

func tupleOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := flattened(thread, args)
	return starlark.Tuple(list), err
}

// dictOf merges mappings; later keys win.
func dictOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	dict := new(starlark.Dict)
	for _, part := range elements(args[0].(*starlark.List)) {
		mapping, ok := part.(starlark.IterableMapping)
		if !ok {
			return nil, raise("TypeError", "'%s' object is not a mapping", pyType(part))
		}
		for _, item := range mapping.Items() {
			if err := dict.SetKey(item[0], item[1]); err != nil {
				return nil, err
			}
		}
		if err := charge(thread, starlark.Len(part)); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func pairs(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	dict := new(starlark.Dict)
	for _, elem := range elements(args[0].(*starlark.List)) {
		pair := elem.(starlark.Tuple)
		if err := checkKey(thread, pair[0]); err != nil {
			return nil, err
		}
		if err := dict.SetKey(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func setOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if err := checkKeys(thread, args); err != nil {
		return nil, err
	}
	set := new(starlark.Set)
	for _, v := range elements(args[0].(*starlark.List)) {
		if err := set.Insert(v); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// unpack splits an iterable for "a, *b, c = x": so many before and after the star.
func unpack(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	x, err := iterable(args[0])
	if err != nil {
		return nil, err
	}
	before, _ := starlark.AsInt32(args[1])
	after, _ := starlark.AsInt32(args[2])
	if err := charge(thread, starlark.Len(x)); err != nil {
		return nil, err
	}
	list := elements(x)
	if len(list) < before+after {
		return nil, raise("ValueError", "not enough values to unpack (expected at least %d, got %d)", before+after, len(list))
	}
	out := append(starlark.Tuple{}, list[:before]...)
	out = append(out, starlark.NewList(append([]starlark.Value{}, list[before:len(list)-after]...)))
	return append(out, list[len(list)-after:]...), nil
}

func deleteItem(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch x := args[0].(type) {
	case *starlark.Dict:
		if err := checkKey(thread, args[1]); err != nil {
			return nil, err
		}
		_, found, err := x.Delete(args[1])
		if err == nil && !found {
			err = raise("KeyError", "%s", must(appendRepr(nil, args[1])))
		}
		return starlark.None, err
	case *starlark.List:
		i, err := position("list assignment", args[1], x.Len())
		if err != nil {
			return nil, err
		}
		rest := elements(x)
		rest = append(rest[:i], rest[i+1:]...)
		if err := x.Clear(); err != nil {
			return nil, err
		}
		for _, v := range rest {
			_ = x.Append(v) // the list was just changed, so it can be
		}
		return starlark.None, nil
	}
	return nil, raise("TypeError", "'%s' object doesn't support item deletion", pyType(args[0]))
}

// concat joins the parts of a formatted string.
func concat(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	var b strings.Builder
	for _, v := range elements(args[0].(*starlark.List)) {
		b.WriteString(string(v.(starlark.String)))
		if b.Len() > maxText {
			return nil, errTextTooLong
		}
	}
	return starlark.String(b.String()), charge(thread, b.Len()/64)
}

// format is a field of a formatted string: value, conversion, specification.
func format(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := formatConverted(args[0], string(args[1].(starlark.String)), string(args[2].(starlark.String)))
	return starlark.String(text), err
}

// toUTF8 is what an escape function is given: str() as bytes.
func toUTF8(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := appendStr(nil, args[0])
	return starlark.Bytes(text), err
}

// apply runs the body of an apply block and takes back what it wrote.
func apply(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	w := args[0].(*writer)
	start := len(w.buf)
	_, err := starlark.Call(thread, args[1], nil, nil)
	text := starlark.Bytes(w.buf[start:])
	w.buf = w.buf[:start]
	return text, err
}

// A scope holds the variables that the body of a try shares with what is around it.
type scope struct{ vars map[string]starlark.Value }

func newScope(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
	return &scope{map[string]starlark.Value{}}, nil
}

func (s *scope) String() string        { return "scope" }
func (s *scope) Type() string          { return "scope" }
func (s *scope) Freeze()               {}
func (s *scope) Truth() starlark.Bool  { return true }
func (s *scope) Hash() (uint32, error) { return 0, errUnhashable("scope") }
func (s *scope) AttrNames() []string   { return nil }

func (s *scope) Attr(name string) (starlark.Value, error) {
	v, ok := s.vars[strings.TrimSuffix(name, pysyntax.CallMark)]
	if !ok {
		return nil, raise("UnboundLocalError", "cannot access local variable '%s' where it is not associated with a value", name)
	}
	return v, nil
}

func (s *scope) SetField(name string, v starlark.Value) error {
	s.vars[name] = v
	return nil
}

// An outcome is how the body of a try ended: with an error, or with a signal.
type outcome struct {
	err    error
	signal int
}

func (o *outcome) String() string        { return "outcome" }
func (o *outcome) Type() string          { return "outcome" }
func (o *outcome) Freeze()               {}
func (o *outcome) Truth() starlark.Bool  { return o.err != nil }
func (o *outcome) Hash() (uint32, error) { return 0, errUnhashable("outcome") }

func try(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	v, err := starlark.Call(thread, args[0], nil, nil)
	if err != nil {
		if _, isLimit := pythonError(err).(*limitError); isLimit {
			return nil, err
		}
		return &outcome{err: err}, nil
	}
	signal, _ := starlark.AsInt32(v) // None is no signal
	return &outcome{signal: signal}, nil
}

func leftBy(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, _ := starlark.AsInt32(args[1])
	return starlark.Bool(args[0].(*outcome).signal == n), nil
}

func reraise(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return nil, args[0].(*outcome).err
}

func caught(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := caughtBy(runOf(thread).pythonError(args[0].(*outcome).err), args[1])
	return starlark.Bool(ok), err
}

func caughtValue(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return &exception{runOf(thread).pythonError(args[0].(*outcome).err)}, nil
}

func raiseValue(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch v := args[0].(type) {
	case *exception:
		return nil, v.err
	case exceptionClass:
		return nil, &pyError{kind: string(v)}
	case *goObject:
		if err, ok := v.value.Interface().(error); ok {
			return nil, goError{err}
		}
	}
	return nil, raise("TypeError", "exceptions must derive from BaseException")
}

func assertFailed(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == starlark.None {
		return nil, &pyError{kind: "AssertionError"}
	}
	text, err := appendStr(nil, args[0])
	if err != nil {
		return nil, err
	}
	return nil, raise("AssertionError", "%s", text)
}
