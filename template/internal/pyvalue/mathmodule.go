package pyvalue

import (
	"math"

	"go.starlark.net/starlark"
)

func (in *Interpreter) mathModule() map[string]starlark.Value {
	table := map[string]starlark.Value{"pi": starlark.Float(math.Pi), "e": starlark.Float(math.E), "inf": starlark.Float(math.Inf(1)), "nan": starlark.Float(math.NaN())}
	for name, fn := range map[string]func(float64) float64{
		"sqrt": math.Sqrt, "exp": math.Exp, "log10": math.Log10, "log2": math.Log2, "log": math.Log, "sin": math.Sin,
		"cos": math.Cos, "tan": math.Tan, "fabs": math.Abs, "degrees": func(x float64) float64 { return x * 180 / math.Pi },
		"radians": func(x float64) float64 { return x * math.Pi / 180 },
	} {
		table[name] = &goFunc{name: name, fn: reflectValue(fn), adaptor: &in.adaptor}
	}
	for name, fn := range map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "trunc": math.Trunc} {
		table[name] = starlark.NewBuiltin(name, positional(name, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			if n, ok := asNumber(args[0]).(starlark.Int); ok {
				return n, nil
			}
			f, ok := args[0].(starlark.Float)
			if !ok {
				return nil, raise("TypeError", "must be real number, not %s", pyType(args[0]))
			}
			return starlark.NumberToInt(starlark.Float(fn(float64(f))))
		}))
	}
	return table
}
