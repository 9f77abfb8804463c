package pyvalue

import (
	"math"
	"math/big"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// maxBits limits the size of whole numbers, which have no limit in Python.
const maxBits = 1 << 14

func integers(op syntax.Token, x, y starlark.Int) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return bounded(x.Add(y))
	case syntax.MINUS:
		return bounded(x.Sub(y))
	case syntax.STAR:
		if bits(x)+bits(y) > maxBits {
			return nil, errNumberTooLong
		}
		return x.Mul(y), nil
	case syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
		if y.Sign() == 0 {
			return nil, zeroDivision(op, false)
		}
	case syntax.LTLT, syntax.GTGT:
		return shift(op, x, y)
	}
	if op == syntax.SLASH && x.Sign() == 0 && y.Sign() < 0 {
		return starlark.Float(math.Copysign(0, -1)), nil
	}
	if op == syntax.SLASH {
		quotient, _ := new(big.Rat).SetFrac(x.BigInt(), y.BigInt()).Float64()
		if math.IsInf(quotient, 0) {
			return nil, raise("OverflowError", "integer division result too large for a float")
		}
		return starlark.Float(quotient), nil
	}
	return starlark.Binary(op, x, y)
}

var errNumberTooLong = &limitError{"a number of more than 16384 bits"}

func bits(n starlark.Int) int {
	if _, ok := n.Int64(); ok {
		return 64
	}
	return n.BigInt().BitLen()
}

func bounded(n starlark.Int) (starlark.Value, error) {
	if bits(n) > maxBits {
		return nil, errNumberTooLong
	}
	return n, nil
}

func shift(op syntax.Token, x, y starlark.Int) (starlark.Value, error) {
	n, ok := y.Int64()
	switch {
	case y.Sign() < 0:
		return nil, raise("ValueError", "negative shift count")
	case op == syntax.GTGT && (!ok || n > maxBits):
		n = maxBits + 1
	case !ok || op == syntax.LTLT && n+int64(bits(x)) > maxBits:
		return nil, errNumberTooLong
	}
	if op == syntax.GTGT {
		return x.Rsh(uint(n)), nil
	}
	return x.Lsh(uint(n)), nil
}

func powerOf(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return power("** or pow()", args[0], args[1])
}

// power returns x ** y. Errors call the operation by the given name.
func power(operation string, x, y starlark.Value) (starlark.Value, error) {
	original, exponent := x, y
	x, y = asNumber(x), asNumber(y)
	a, aInt := x.(starlark.Int)
	b, bInt := y.(starlark.Int)
	if aInt && bInt && b.Sign() >= 0 {
		n, ok := b.Int64()
		small, isSmall := a.Int64()
		trivial := isSmall && -1 <= small && small <= 1
		if !trivial && (!ok || n > maxBits || n*int64(a.BigInt().BitLen()) > maxBits) {
			return nil, errNumberTooLong
		}
		return starlark.MakeBigInt(new(big.Int).Exp(a.BigInt(), b.BigInt(), nil)), nil
	}
	f, ok1, err := floatOperand(x)
	if err != nil {
		return nil, err
	}
	g, ok2, err := floatOperand(y)
	switch {
	case err != nil:
		return nil, err
	case !ok1 || !ok2:
		return nil, raise("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", operation, pyType(original), pyType(exponent))
	case f == 0 && g < 0:
		return nil, raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	case f < 0 && g != math.Trunc(g) && !math.IsInf(f, 0) && !math.IsInf(g, 0):
		return nil, notSupported("a complex number")
	}
	result := math.Pow(f, g)
	if math.IsInf(result, 0) && !math.IsInf(f, 0) && !math.IsInf(g, 0) {
		return nil, raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return starlark.Float(result), nil
}
