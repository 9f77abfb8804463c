package pyvalue

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// round implements Python's round. Ties are rounded to an even digit. With a number of digits,
// the decimal text of the number decides.
func round(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	digits, byDigits := 0, args[1] != starlark.None
	if byDigits {
		var err error
		if digits, err = asIndex(args[1]); err != nil {
			return nil, err
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
			return wholeNumber(math.RoundToEven(float64(x)))
		}
		if digits > 300 {
			return x, nil
		}
		if digits < 0 {
			return roundFloat(float64(x), -digits)
		}
		f, err := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'f', digits, 64), 64)
		return starlark.Float(f), err
	}
	return nil, raise("TypeError", "type %s doesn't define __round__ method", pyType(args[0]))
}

// roundFloat rounds x to a multiple of 10 to the power of zeros. The result is exact.
func roundFloat(x float64, zeros int) (starlark.Value, error) {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return starlark.Float(x), nil
	}
	whole, fraction := math.Modf(x)
	n, _ := big.NewFloat(whole).Int(nil)
	n.Lsh(n, 1) // half a unit more stands for a fraction, which matters only in a tie
	if fraction > 0 {
		n.Add(n, big.NewInt(1))
	} else if fraction < 0 {
		n.Sub(n, big.NewInt(1))
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(zeros, 400))), nil)
	quotient, rest := new(big.Int).DivMod(n, new(big.Int).Lsh(scale, 1), new(big.Int))
	if half := rest.Cmp(scale); half > 0 || half == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	f, _ := new(big.Float).SetInt(quotient.Mul(quotient, scale)).Float64()
	return starlark.Float(math.Copysign(f, x)), nil
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

func divmod(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if !isDivisible(args[0]) || !isDivisible(args[1]) {
		return nil, raise("TypeError", "unsupported operand type(s) for divmod(): '%s' and '%s'", pyType(args[0]), pyType(args[1]))
	}
	_, xFloat := args[0].(starlark.Float)
	_, yFloat := args[1].(starlark.Float)
	if f, ok := starlark.AsFloat(asNumber(args[1])); ok && f == 0 && (xFloat || yFloat) {
		return nil, raise("ZeroDivisionError", "float divmod()")
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
