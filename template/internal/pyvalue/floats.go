package pyvalue

import (
	"math"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// floats computes x op y for floats, as C's library does for Python.
func floats(op syntax.Token, x, y float64) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return starlark.Float(x + y), nil
	case syntax.MINUS:
		return starlark.Float(x - y), nil
	case syntax.STAR:
		return starlark.Float(x * y), nil
	}
	if y == 0 {
		return nil, zeroDivision(op, true)
	}
	switch op {
	case syntax.SLASH:
		return starlark.Float(x / y), nil
	case syntax.SLASHSLASH:
		quotient, _ := floatDivmod(x, y)
		return starlark.Float(quotient), nil
	}
	_, rest := floatDivmod(x, y)
	return starlark.Float(rest), nil
}

// floatDivmod implements divmod for floats. The remainder has the sign of y.
func floatDivmod(x, y float64) (quotient, rest float64) {
	rest = math.Mod(x, y)
	division := (x - rest) / y
	switch {
	case rest != 0 && (y < 0) != (rest < 0):
		rest += y
		division--
	case rest == 0:
		rest = math.Copysign(0, y)
	}
	if division == 0 {
		return math.Copysign(0, x/y), rest
	}
	quotient = math.Floor(division)
	if division-quotient > 0.5 {
		quotient++
	}
	return quotient, rest
}

// isFloatOperator reports whether op is defined for floats.
func isFloatOperator(op syntax.Token) bool {
	switch op {
	case syntax.PLUS, syntax.MINUS, syntax.STAR, syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
		return true
	}
	return false
}

// numericArithmetic returns x op y when both are numbers and at least one is a float; ok
// is false for other operands.
func numericArithmetic(op syntax.Token, x, y starlark.Value) (v starlark.Value, ok bool, err error) {
	if !isFloatOperator(op) {
		return nil, false, nil
	}
	a, ok, err := floatOperand(x)
	if !ok || err != nil {
		return nil, ok, err
	}
	b, ok, err := floatOperand(y)
	if !ok || err != nil {
		return nil, ok, err
	}
	v, err = floats(op, a, b)
	return v, true, err
}

func floatOperand(v starlark.Value) (f float64, ok bool, err error) {
	switch v := v.(type) {
	case starlark.Float:
		return float64(v), true, nil
	case starlark.Int:
		f, err := floatOf(v)
		return float64(f), true, err
	}
	return 0, false, nil
}
