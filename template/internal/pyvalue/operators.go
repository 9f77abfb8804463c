package pyvalue

import (
	"math"
	"math/big"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// operatorTokens maps the parser's names of operators to Starlark's tokens.
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

// asNumber turns a boolean operand into its number in Python.
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
		if b, ok := y.(starlark.String); ok && op == syntax.PLUS {
			return joined(thread, a, b)
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
	}
	v, err := arithmeticSlow(thread, op, plainOperand(x), plainOperand(y))
	if v == nil && err == nil {
		err = operandError(op, x, y)
	}
	return v, err
}

func joined(thread *starlark.Thread, a, b starlark.String) (starlark.Value, error) {
	n := len(a) + len(b)
	if n > maxText {
		return nil, errTextTooLong
	}
	return a + b, charge(thread, n/64)
}

// arithmeticSlow is arithmetic for the rarer operands. It returns nil when the operation
// is not defined.
func arithmeticSlow(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	if a, ok := x.(starlark.Int); ok {
		if b, ok := y.(starlark.Int); ok {
			return integers(op, a, b)
		}
	}
	if v, ok, err := numericArithmetic(op, x, y); ok || err != nil {
		return v, err
	}
	if v, ok, err := setArithmetic(thread, op, x, y); ok || err != nil {
		return v, err
	}
	if err := checkGrowth(thread, op, x, y); err != nil {
		return nil, err
	}
	if isSequence(x) != isSequence(y) || op == syntax.PLUS || op == syntax.PIPE || hasOperators(x) || hasOperators(y) {
		v, err := starlark.Binary(op, x, y)
		if err == nil {
			return v, nil
		}
		if _, ok := err.(*pyError); ok {
			return nil, err
		}
	}
	return nil, nil
}

// operandError returns the error for an operation x op y that is not defined.
func operandError(op syntax.Token, x, y starlark.Value) error {
	switch {
	case op == syntax.PLUS:
		switch x.(type) {
		case starlark.String, *starlark.List, starlark.Tuple:
			return raise("TypeError", "can only concatenate %s (not \"%s\") to %s", pyType(x), pyType(y), pyType(x))
		case starlark.Bytes:
			return raise("TypeError", "can't concat %s to bytes", pyType(y))
		}
	case op == syntax.STAR && isSequence(x):
		return raise("TypeError", "can't multiply sequence by non-int of type '%s'", pyType(y))
	case op == syntax.STAR && isSequence(y):
		return raise("TypeError", "can't multiply sequence by non-int of type '%s'", pyType(x))
	}
	if _, isClass := x.(*class); isClass && op == syntax.PIPE {
		return notSupported("a union of types")
	}
	return raise("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", op, pyType(x), pyType(y))
}

// checkGrowth returns an error for a result that would be too large, before the result is
// computed.
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

// unary computes a unary operator.
func unary(op syntax.Token, x starlark.Value) (starlark.Value, error) {
	v, err := starlark.Unary(op, asNumber(x))
	if err != nil {
		return nil, raise("TypeError", "bad operand type for unary %s: '%s'", op, pyType(x))
	}
	return v, nil
}

// pyAttr implements getattr(x, name). name ends with CallMark where the attribute is
// called.
func pyAttr(x starlark.Value, name string) (starlark.Value, error) {
	switch x := x.(type) {
	case *goMap:
		if v, err := x.Attr(name); err == nil {
			return v, nil
		}
	case *class, *goObject, *module, *datetime, *date, *timeOfDay, timedelta, *timezone, *exception, *tryScope:
		return x.(starlark.HasAttrs).Attr(name)
	}
	return nativeAttr(x, plainName(name))
}

// plainOperand turns containers of Go into containers of Starlark, and booleans into numbers.
func plainOperand(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case *goSlice:
		return starlark.NewList(elements(v))
	case *goMap:
		return toDict(v)
	}
	return asNumber(v)
}

// hasOperators reports whether v has operators of its own.
func hasOperators(v starlark.Value) bool {
	_, ok := v.(starlark.HasBinary)
	return ok
}

func isSequence(v starlark.Value) bool {
	switch v.(type) {
	case starlark.String, starlark.Bytes, *starlark.List, starlark.Tuple:
		return true
	}
	return false
}

// powerModulo returns pow(x, y, z).
func powerModulo(x, y, z starlark.Value) (starlark.Value, error) {
	a, ok1 := asNumber(x).(starlark.Int)
	b, ok2 := asNumber(y).(starlark.Int)
	m, ok3 := asNumber(z).(starlark.Int)
	if !ok1 || !ok2 || !ok3 {
		return nil, raise("TypeError", "pow() 3rd argument not allowed unless all arguments are integers")
	}
	if m.Sign() == 0 {
		return nil, raise("ValueError", "pow() 3rd argument cannot be 0")
	}
	base, modulus := a.BigInt(), new(big.Int).Abs(m.BigInt())
	if b.Sign() < 0 && new(big.Int).ModInverse(base, modulus) == nil {
		return nil, raise("ValueError", "base is not invertible for the given modulus")
	}
	result := new(big.Int).Exp(base, b.BigInt(), modulus)
	if m.Sign() < 0 && result.Sign() > 0 {
		result.Sub(result, modulus)
	}
	return starlark.MakeBigInt(result), nil
}

// wrongIndex returns the error for an index that is not a number.
func wrongIndex(kind, found string) error {
	switch kind {
	case "string":
		return raise("TypeError", "string indices must be integers, not '%s'", found)
	case "range object":
		kind = "range"
	}
	return raise("TypeError", "%s indices must be integers or slices, not %s", kind, found)
}
