package pyvalue

import (
	"math"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// operators maps what the parser calls them to how they are computed.
var operatorTokens = map[string]syntax.Token{
	"add": syntax.PLUS, "sub": syntax.MINUS, "mul": syntax.STAR, "truediv": syntax.SLASH, "floordiv": syntax.SLASHSLASH,
	"mod": syntax.PERCENT, "or": syntax.PIPE, "xor": syntax.CIRCUMFLEX, "and": syntax.AMP, "lshift": syntax.LTLT, "rshift": syntax.GTGT,
}

func boolInt(b starlark.Bool) starlark.Int {
	if b {
		return starlark.MakeInt(1)
	}
	return starlark.MakeInt(0)
}

// number turns a boolean operand into the number that it is in Python.
func asNumber(v starlark.Value) starlark.Value {
	if b, ok := v.(starlark.Bool); ok {
		return boolInt(b)
	}
	return v
}

// arithmetic computes x op y as Python does, within the limits of the run.
func arithmetic(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch a := x.(type) {
	case starlark.Int:
		if b, ok := y.(starlark.Int); ok {
			return integers(op, a, b)
		}
	case starlark.String:
		switch b := y.(type) {
		case starlark.String:
			if op == syntax.PLUS {
				return joined(thread, a, b)
			}
		}
		if op == syntax.PERCENT {
			text, err := percent(string(a), y, false)
			return starlark.String(text), err
		}
	case starlark.Bytes:
		if op == syntax.PERCENT {
			text, err := percent(string(a), y, true)
			return starlark.Bytes(text), err
		}
	case starlark.Bool:
		if b, ok := y.(starlark.Bool); ok {
			switch op {
			case syntax.AMP:
				return a && b, nil
			case syntax.PIPE:
				return a || b, nil
			case syntax.CIRCUMFLEX:
				return starlark.Bool(a != b), nil
			}
		}
	case *goSlice:
		return arithmetic(thread, op, starlark.NewList(elements(a)), y)
	}
	switch b := y.(type) {
	case *goSlice:
		y = starlark.NewList(elements(b))
	case *goMap:
		y = toDict(b)
	}
	if m, ok := x.(*goMap); ok {
		x = toDict(m)
	}
	return arithmeticSlow(thread, op, x, y)
}

func joined(thread *starlark.Thread, a, b starlark.String) (starlark.Value, error) {
	n := len(a) + len(b)
	if n > maxText {
		return nil, errTextTooLong
	}
	return a + b, charge(thread, n/64)
}

func arithmeticSlow(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	x, y = asNumber(x), asNumber(y)
	if a, ok := x.(starlark.Int); ok {
		if b, ok := y.(starlark.Int); ok {
			return integers(op, a, b)
		}
	}
	if f, ok := y.(starlark.Float); ok && f == 0 && (op == syntax.SLASH || op == syntax.SLASHSLASH || op == syntax.PERCENT) {
		return nil, zeroDivision(op, true)
	}
	if n, ok := y.(starlark.Int); ok && n.Sign() == 0 && (op == syntax.SLASH || op == syntax.SLASHSLASH || op == syntax.PERCENT) {
		if _, ok := x.(starlark.Float); ok {
			return nil, zeroDivision(op, true)
		}
	}
	if err := checkGrowth(thread, op, x, y); err != nil {
		return nil, err
	}
	v, err := starlark.Binary(op, x, y)
	if err == nil {
		return v, nil
	}
	if _, ok := err.(*pyError); ok {
		return nil, err
	}
	return nil, operandError(op, x, y, err)
}

func operandError(op syntax.Token, x, y starlark.Value, err error) error {
	if op == syntax.PLUS {
		switch x.(type) {
		case starlark.String, *starlark.List, starlark.Tuple:
			return raise("TypeError", "can only concatenate %s (not \"%s\") to %s", pyType(x), pyType(y), pyType(x))
		}
	}
	if err.Error() == "unknown binary op: "+x.Type()+" "+op.String()+" "+y.Type() {
		return raise("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", op, pyType(x), pyType(y))
	}
	return err
}

// checkGrowth refuses results that would be too large, before they are made.
func checkGrowth(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) error {
	switch op {
	case syntax.PLUS:
		n := starlark.Len(x)
		if m := starlark.Len(y); n > 0 && m > 0 {
			return charge(thread, n+m)
		}
	case syntax.STAR:
		if n, ok := y.(starlark.Int); ok {
			return chargeRepeat(thread, x, n)
		}
		if n, ok := x.(starlark.Int); ok {
			return chargeRepeat(thread, y, n)
		}
	}
	return nil
}

func chargeRepeat(thread *starlark.Thread, x starlark.Value, times starlark.Int) error {
	size := starlark.Len(x)
	if size <= 0 || times.Sign() <= 0 {
		return nil
	}
	n, ok := times.Int64()
	switch x.(type) {
	case starlark.String, starlark.Bytes:
		if !ok || n > int64(maxText/size) {
			return errTextTooLong
		}
		return charge(thread, size*int(n)/64)
	}
	if !ok || n > math.MaxInt32 {
		return errSteps
	}
	return charge(thread, size*int(n))
}

func zeroDivision(op syntax.Token, isFloat bool) error {
	switch {
	case isFloat && op == syntax.SLASH:
		return raise("ZeroDivisionError", "float division by zero")
	case isFloat && op == syntax.SLASHSLASH:
		return raise("ZeroDivisionError", "float floor division by zero")
	case isFloat:
		return raise("ZeroDivisionError", "float modulo")
	case op == syntax.SLASH:
		return raise("ZeroDivisionError", "division by zero")
	case op == syntax.PERCENT:
		return raise("ZeroDivisionError", "integer modulo by zero")
	}
	return raise("ZeroDivisionError", "integer division or modulo by zero")
}

// negate, positive and invert are the unary operators.
func unary(op syntax.Token, x starlark.Value) (starlark.Value, error) {
	x = asNumber(x)
	v, err := starlark.Unary(op, x)
	if err != nil {
		return nil, raise("TypeError", "bad operand type for unary %s: '%s'", op, pyType(x))
	}
	return v, nil
}

// pyAttr is getattr(x, name).
func pyAttr(x starlark.Value, name string) (starlark.Value, error) {
	if h, ok := x.(starlark.HasAttrs); ok {
		v, err := h.Attr(name)
		if v != nil && err == nil {
			return v, nil
		}
		if _, missing := err.(starlark.NoSuchAttrError); err != nil && !missing {
			return nil, err
		}
	}
	return nil, raise("AttributeError", "'%s' object has no attribute '%s'", pyType(x), name)
}
