package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A builtinFunc is a function that templates call. bind has checked its arguments.
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
		"pow": powerOf, "ipow": powerOf, "slice": slice, "is": identical, "chain": chain,
		"list": listOf, "tuple": tupleOf, "dict": dictOf, "pairs": pairs, "set": setOf, "generator": generatorOf, "locals": localsOf, "names": namesOf, "key": keyOf, "unpack": unpack,
		"del": deleteItem, "concat": concat, "format": format, "utf8": toUTF8, "apply": apply,
		"scope": newScope, "try": try, "left": leftBy, "reraise": reraise, "caught": caught, "exception": caughtValue,
		"raise": raiseValue, "assert": assertFailed, "import": in.importName, "from": in.importFrom,
	} {
		add(name, fn)
	}
	for _, name := range pysyntax.MethodNames {
		env["_tt_call_"+name] = newMethodCall(name)
		env["_tt_attr_"+name] = attributeName(name)
	}
	return env
}

// inPlace implements x op= y. It changes lists, dicts and sets. For other operands it returns a
// new value.
func inPlace(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch a := x.(type) {
	case *starlark.List:
		if op == syntax.PLUS {
			return a, extend(thread, a, y)
		}
		if op == syntax.STAR {
			v, err := arithmetic(thread, op, x, y)
			if err != nil {
				return nil, err
			}
			return a, replaceElements(a, elements(v.(*starlark.List)))
		}
	case *starlark.Dict:
		if op == syntax.PIPE {
			return a, mergeDict(thread, a, y)
		}
	case *starlark.Set:
		v, ok, err := setArithmetic(thread, op, x, y)
		if err != nil {
			return nil, err
		}
		if ok {
			return a, assignSet(a, v.(*starlark.Set))
		}
	}
	return arithmetic(thread, op, x, y)
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

// format implements a field of a formatted string. Its arguments are value, conversion and
// specification.
func format(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := formatConverted(args[0], string(args[1].(starlark.String)), string(args[2].(starlark.String)))
	return starlark.String(text), err
}

// toUTF8 returns str() of its argument as bytes, which an escape function takes.
func toUTF8(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	text, err := appendStr(nil, args[0])
	return starlark.Bytes(text), err
}

// apply runs the body of an apply block, and moves its output from the writer to the result.
func apply(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	w := args[0].(*writer)
	start := len(w.buf)
	_, err := starlark.Call(thread, args[1], nil, nil)
	text := starlark.Bytes(w.buf[start:])
	w.buf = w.buf[:start]
	return text, err
}

// replaceElements replaces the elements of a list.
func replaceElements(list *starlark.List, elems []starlark.Value) error {
	if err := list.Clear(); err != nil {
		return err
	}
	for _, v := range elems {
		if err := list.Append(v); err != nil {
			return err
		}
	}
	return nil
}
