package pyvalue

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

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
