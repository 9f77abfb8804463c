package pyvalue

import (
	"math"
	"math/big"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// mathModule holds the names of Python's module math.
func mathModule() map[string]starlark.Value {
	table := map[string]starlark.Value{
		"pi": starlark.Float(math.Pi), "e": starlark.Float(math.E), "tau": starlark.Float(2 * math.Pi), "inf": starlark.Float(math.Inf(1)), "nan": starlark.Float(math.NaN()),
	}
	for name, fn := range map[string]func(float64) float64{
		"acos": math.Acos, "acosh": math.Acosh, "asin": math.Asin, "asinh": math.Asinh, "atan": math.Atan, "atanh": math.Atanh, "cbrt": math.Cbrt,
		"cos": math.Cos, "cosh": math.Cosh, "degrees": func(x float64) float64 { return x * (180 / math.Pi) }, "erf": math.Erf, "erfc": math.Erfc,
		"exp": math.Exp, "exp2": math.Exp2, "expm1": math.Expm1, "fabs": math.Abs, "gamma": math.Gamma, "log1p": math.Log1p,
		"radians": func(x float64) float64 { return x * (math.Pi / 180) }, "sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
	} {
		add(table, routine{name + "(x, /)", realFunc(fn)})
	}
	for name, fn := range map[string]func(float64) bool{
		"isfinite": func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }, "isinf": func(x float64) bool { return math.IsInf(x, 0) }, "isnan": math.IsNaN,
	} {
		add(table, routine{name + "(x, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			x, err := realNumber(args[0])
			return starlark.Bool(fn(x)), err
		}})
	}
	for name, fn := range map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "trunc": math.Trunc} {
		add(table, routine{name + "(x, /)", roundingFunc(name, fn)})
	}
	for name, fn := range map[string]func(x, y float64) float64{
		"atan2": math.Atan2, "copysign": math.Copysign, "fmod": math.Mod, "nextafter": math.Nextafter, "pow": math.Pow, "remainder": math.Remainder,
	} {
		add(table, routine{name + "(x, y, /)", realFunc2(fn)})
	}
	for _, r := range mathFunctions {
		add(table, r)
	}
	return table
}

func add(table map[string]starlark.Value, r routine) {
	f := newFunction(r.signature, r.call)
	f.owner = "math."
	table[f.name] = f
}

// mathFunctions are the functions of math whose arguments or results are not floats.
var mathFunctions = []routine{
	{"comb(n, k, /)", chosen(func(n, k int64) *big.Int { return new(big.Int).Binomial(n, k) })},
	{"dist(p, q, /)", mathDist},
	{"factorial(x, /)", mathFactorial},
	{"frexp(x, /)", pairOf(func(x float64) starlark.Tuple {
		fraction, exponent := math.Frexp(x)
		return starlark.Tuple{starlark.Float(fraction), starlark.MakeInt(exponent)}
	})},
	{"fsum(seq, /)", mathFsum},
	{"gcd(*integers)", folded(0, func(a, b *big.Int) *big.Int { return new(big.Int).GCD(nil, nil, a, b) })},
	{"hypot(*coordinates)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		sum := 0.0
		for _, v := range args[0].(starlark.Tuple) {
			x, err := realNumber(v)
			if err != nil {
				return nil, err
			}
			sum = math.Hypot(sum, x)
		}
		return starlark.Float(sum), nil
	}},
	{"isclose(a, b, *, rel_tol=?, abs_tol=?)", mathIsClose},
	{"isqrt(n, /)", mathIsqrt},
	{"lcm(*integers)", folded(1, func(a, b *big.Int) *big.Int {
		if a.Sign() == 0 || b.Sign() == 0 {
			return new(big.Int)
		}
		product := new(big.Int).Mul(a, b)
		return product.Abs(product.Quo(product, new(big.Int).GCD(nil, nil, a, b)))
	})},
	{"ldexp(x, i, /)", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		x, err := realNumber(args[0])
		if err != nil {
			return nil, err
		}
		n, ok := args[1].(starlark.Int)
		if !ok {
			return nil, raise("TypeError", "Expected an int as second argument to ldexp.")
		}
		exponent, _ := n.Int64()
		return checkRange(x, math.Ldexp(x, int(max(-5000, min(exponent, 5000)))))
	}},
	{"log(*args)", mathLog},
	{"log10(x, /)", logarithm(math.Log10, math.Log10(2))},
	{"log2(x, /)", logarithm(math.Log2, 1)},
	{"modf(x, /)", pairOf(func(x float64) starlark.Tuple {
		whole, fraction := math.Modf(x)
		return starlark.Tuple{starlark.Float(math.Copysign(fraction, x)), starlark.Float(whole)}
	})},
	{"perm(n, k=None, /)", mathPerm},
	{"prod(iterable, /, *, start=1)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		elems, err := iterableElements(thread, args[0])
		product := args[1]
		for _, v := range elems {
			if product, err = arithmetic(thread, syntax.STAR, product, v); err != nil {
				return nil, err
			}
		}
		return product, err
	}},
	{"ulp(x, /)", realFunc(func(x float64) float64 {
		x = math.Abs(x)
		return math.Nextafter(x, math.Inf(1)) - x
	})},
}

// realNumber converts an argument that must be a number to a float.
func realNumber(v starlark.Value) (float64, error) {
	f, ok, err := floatOperand(asNumber(v))
	if !ok && err == nil {
		err = raise("TypeError", "must be real number, not %s", pyType(v))
	}
	return f, err
}

// realFunc returns a function of a float. A result of NaN is a domain error, unless the
// argument is NaN.
func realFunc(fn func(float64) float64) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		x, err := realNumber(args[0])
		if err != nil {
			return nil, err
		}
		return checkRange(x, fn(x))
	}
}

func checkRange(x, result float64) (starlark.Value, error) {
	switch {
	case math.IsNaN(result) && !math.IsNaN(x), math.IsInf(result, 0) && !math.IsInf(x, 0) && math.Abs(x) < 2:
		return nil, errDomain
	case math.IsInf(result, 0) && !math.IsInf(x, 0):
		return nil, raise("OverflowError", "math range error")
	}
	return starlark.Float(result), nil
}

var errDomain = raise("ValueError", "math domain error")

func realFunc2(fn func(x, y float64) float64) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		x, err := realNumber(args[0])
		if err != nil {
			return nil, err
		}
		y, err := realNumber(args[1])
		if err != nil {
			return nil, err
		}
		result := fn(x, y)
		switch {
		case math.IsNaN(result) && !math.IsNaN(x) && !math.IsNaN(y), math.IsInf(result, 0) && x == 0:
			return nil, errDomain
		case math.IsInf(result, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
			return nil, raise("OverflowError", "math range error")
		}
		return starlark.Float(result), nil
	}
}

func roundingFunc(name string, fn func(float64) float64) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		switch v := asNumber(args[0]).(type) {
		case starlark.Int:
			return v, nil
		case starlark.Float:
			return wholeNumber(fn(float64(v)))
		}
		if name == "trunc" {
			return nil, raise("TypeError", "type %s doesn't define __trunc__ method", pyType(args[0]))
		}
		return nil, raise("TypeError", "must be real number, not %s", pyType(args[0]))
	}
}

func pairOf(fn func(x float64) starlark.Tuple) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		x, err := realNumber(args[0])
		if err != nil {
			return nil, err
		}
		return fn(x), nil
	}
}

// bigIndex converts an argument that must be a whole number.
func bigIndex(v starlark.Value) (*big.Int, error) {
	n, ok := asNumber(v).(starlark.Int)
	if !ok {
		return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", pyType(v))
	}
	return n.BigInt(), nil
}

// folded returns gcd or lcm for any number of arguments.
func folded(start int64, fn func(a, b *big.Int) *big.Int) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		result := big.NewInt(start)
		for _, v := range args[0].(starlark.Tuple) {
			n, err := bigIndex(v)
			if err != nil {
				return nil, err
			}
			if result = fn(result, new(big.Int).Abs(n)); result.BitLen() > maxBits {
				return nil, errNumberTooLong
			}
		}
		return starlark.MakeBigInt(result), nil
	}
}

// maxCounted limits the arguments of factorial, comb and perm.
const maxCounted = 2000

// chosen returns comb, of two whole numbers.
func chosen(fn func(n, k int64) *big.Int) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		n, k, err := counts(args)
		if err != nil {
			return nil, err
		}
		return starlark.MakeBigInt(fn(n, k)), nil
	}
}

func counts(args starlark.Tuple) (n, k int64, err error) {
	for i, v := range args {
		x, err := bigIndex(v)
		switch {
		case err != nil:
			return 0, 0, err
		case x.Sign() < 0:
			return 0, 0, raise("ValueError", "%s must be a non-negative integer", []string{"n", "k"}[i])
		case !x.IsInt64() || x.Int64() > maxCounted:
			return 0, 0, errNumberTooLong
		}
		if i == 0 {
			n = x.Int64()
		} else {
			k = x.Int64()
		}
	}
	return n, k, nil
}

func mathPerm(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[1] == starlark.None {
		return mathFactorial(thread, args[:1])
	}
	n, k, err := counts(args)
	if err != nil {
		return nil, err
	}
	if k > n {
		return starlark.MakeInt(0), nil
	}
	return starlark.MakeBigInt(new(big.Int).MulRange(n-k+1, n)), nil
}

func mathFactorial(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, err := bigIndex(args[0])
	switch {
	case err != nil:
		return nil, err
	case n.Sign() < 0:
		return nil, raise("ValueError", "factorial() not defined for negative values")
	case !n.IsInt64() || n.Int64() > maxCounted:
		return nil, errNumberTooLong
	}
	return starlark.MakeBigInt(new(big.Int).MulRange(1, n.Int64())), nil
}

func mathIsqrt(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, err := bigIndex(args[0])
	if err != nil {
		return nil, err
	}
	if n.Sign() < 0 {
		return nil, raise("ValueError", "isqrt() argument must be nonnegative")
	}
	return starlark.MakeBigInt(new(big.Int).Sqrt(n)), nil
}

// logarithm returns a logarithm that also takes whole numbers above the range of floats. ofTwo is
// the logarithm of 2.
func logarithm(log func(float64) float64, ofTwo float64) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		shift := 0
		v := asNumber(args[0])
		if n, ok := v.(starlark.Int); ok && n.BigInt().BitLen() > 1000 && n.Sign() > 0 {
			shift = n.BigInt().BitLen() - 1000
			v = starlark.MakeBigInt(new(big.Int).Rsh(n.BigInt(), uint(shift)))
		}
		x, err := realNumber(v)
		if err != nil {
			return nil, err
		}
		if x <= 0 {
			return nil, errDomain
		}
		return starlark.Float(log(x) + float64(shift)*ofTwo), nil
	}
}

func mathLog(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	natural := logarithm(math.Log, math.Ln2)
	args = args[0].(starlark.Tuple)
	if len(args) < 1 || len(args) > 2 {
		return nil, raise("TypeError", "math.log requires 1 to 2 arguments")
	}
	x, err := natural(thread, args[:1])
	if err != nil || len(args) == 1 {
		return x, err
	}
	base, err := natural(thread, args[1:])
	if err != nil {
		return nil, err
	}
	return arithmetic(thread, syntax.SLASH, x, base)
}

func reals(thread *starlark.Thread, v starlark.Value) ([]float64, error) {
	elems, err := iterableElements(thread, v)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(elems))
	for i, elem := range elems {
		if out[i], err = realNumber(elem); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func mathDist(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	p, err := reals(thread, args[0])
	if err != nil {
		return nil, err
	}
	q, err := reals(thread, args[1])
	if err != nil {
		return nil, err
	}
	if len(p) != len(q) {
		return nil, raise("ValueError", "both points must have the same number of dimensions")
	}
	sum := 0.0
	for i := range p {
		sum = math.Hypot(sum, p[i]-q[i])
	}
	return starlark.Float(sum), nil
}

// mathFsum adds without losing digits. The sum is exact, and is rounded once.
func mathFsum(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := reals(thread, args[0])
	if err != nil {
		return nil, err
	}
	sum := new(big.Rat)
	for _, x := range list {
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, notSupported("fsum() of infinity")
		}
		sum.Add(sum, new(big.Rat).SetFloat64(x))
	}
	f, _ := sum.Float64()
	return starlark.Float(f), nil
}

func mathIsClose(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	values := [4]float64{0, 0, 1e-9, 0}
	for i, v := range args {
		if v == nil {
			continue
		}
		var err error
		if values[i], err = realNumber(v); err != nil {
			return nil, err
		}
	}
	a, b, relative, absolute := values[0], values[1], values[2], values[3]
	if relative < 0 || absolute < 0 {
		return nil, raise("ValueError", "tolerances must be non-negative")
	}
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return starlark.Bool(a == b), nil
	}
	diff := math.Abs(a - b)
	return starlark.Bool(a == b || diff <= math.Abs(relative*b) || diff <= math.Abs(relative*a) || diff <= absolute), nil
}
