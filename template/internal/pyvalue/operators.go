package pyvalue

import (
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// maxBits limits whole numbers, which Python lets grow without end.
const maxBits = 1 << 14

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
	if op == syntax.SLASH {
		quotient, _ := new(big.Rat).SetFrac(x.BigInt(), y.BigInt()).Float64()
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

// power is x ** y.
func power(x, y starlark.Value) (starlark.Value, error) {
	x, y = asNumber(x), asNumber(y)
	a, aInt := x.(starlark.Int)
	b, bInt := y.(starlark.Int)
	if aInt && bInt && b.Sign() >= 0 {
		n, ok := b.Int64()
		small, isSmall := a.Int64()
		if !ok || n > maxBits && !(isSmall && -1 <= small && small <= 1) || n*int64(a.BigInt().BitLen()) > maxBits && !(isSmall && -1 <= small && small <= 1) {
			return nil, errNumberTooLong
		}
		return starlark.MakeBigInt(new(big.Int).Exp(a.BigInt(), b.BigInt(), nil)), nil
	}
	f, ok1 := starlark.AsFloat(x)
	g, ok2 := starlark.AsFloat(y)
	switch {
	case !ok1 || !ok2:
		return nil, raise("TypeError", "unsupported operand type(s) for ** or pow(): '%s' and '%s'", pyType(x), pyType(y))
	case f == 0 && g < 0:
		return nil, raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	case f < 0 && g != math.Trunc(g):
		return nil, raise("ValueError", "a complex number is not supported")
	}
	result := math.Pow(f, g)
	if math.IsInf(result, 0) && !math.IsInf(f, 0) && !math.IsInf(g, 0) {
		return nil, raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return starlark.Float(result), nil
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

// pyEqual is Python's ==: booleans are numbers, views of Go's containers are containers.
func pyEqual(x, y starlark.Value) (bool, error) {
	return starlark.Equal(comparable(x), comparable(y))
}

func comparable(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case starlark.Bool:
		return boolInt(v)
	case *goSlice:
		return starlark.NewList(elements(v))
	case *goMap:
		return toDict(v)
	}
	return v
}

// pyIs is Python's "is" where it can matter: the same value of the same type.
func pyIs(x, y starlark.Value) (bool, error) {
	if x.Type() != y.Type() {
		return false, nil
	}
	return starlark.Equal(x, y)
}

// pyLen is Python's len: strings count characters.
func pyLen(v starlark.Value) (int, error) {
	switch v := v.(type) {
	case starlark.String:
		return utf8.RuneCountInString(string(v)), nil
	case *goObject:
		if m, err := v.Attr("Len" + pysyntax.CallMark); err == nil {
			if f, ok := m.(*goFunc); ok {
				n, err := f.call(nil, nil, nil)
				if err != nil {
					return 0, err
				}
				return starlark.AsInt32(n)
			}
		}
	}
	if n := starlark.Len(v); n >= 0 {
		return n, nil
	}
	return 0, raise("TypeError", "object of type '%s' has no len()", pyType(v))
}

// isASCII reports whether bytes and characters of s are the same.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// pyIndex is x[key].
func pyIndex(x, key starlark.Value) (starlark.Value, error) {
	switch x := x.(type) {
	case starlark.Mapping:
		v, found, err := x.Get(key)
		if err == nil && !found {
			text, bad := appendRepr(nil, key)
			if bad != nil {
				return nil, bad
			}
			err = raise("KeyError", "%s", text)
		}
		return v, err
	case starlark.String:
		i, err := position("string", key, utf8.RuneCountInString(string(x)))
		if err != nil {
			return nil, err
		}
		if isASCII(string(x)) {
			return x[i : i+1], nil
		}
		return starlark.String([]rune(string(x))[i : i+1]), nil
	case starlark.Bytes:
		i, err := position("index", key, len(x))
		if err != nil {
			return nil, err
		}
		return starlark.MakeInt(int(x[i])), nil
	case starlark.Indexable:
		i, err := position(pyType(x), key, x.Len())
		if err != nil {
			return nil, err
		}
		return x.Index(i), nil
	}
	return nil, raise("TypeError", "'%s' object is not subscriptable", pyType(x))
}

func position(kind string, key starlark.Value, n int) (int, error) {
	index, ok := asNumber(key).(starlark.Int)
	if !ok {
		return 0, raise("TypeError", "%s indices must be integers or slices, not %s", kind, pyType(key))
	}
	i, ok := index.Int64()
	if ok && i < 0 {
		i += int64(n)
	}
	if !ok || i < 0 || i >= int64(n) {
		return 0, raise("IndexError", "%s index out of range", kind)
	}
	return int(i), nil
}

// pySlice is x[lo:hi:step].
func pySlice(thread *starlark.Thread, x, lo, hi, step starlark.Value) (starlark.Value, error) {
	size, err := pyLen(x)
	s, ok := x.(starlark.Sliceable)
	if !ok || err != nil {
		return nil, raise("TypeError", "'%s' object is not subscriptable", pyType(x))
	}
	by, err := sliceIndex(step, 1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	if by == 0 {
		return nil, raise("ValueError", "slice step cannot be zero")
	}
	first, last, low, high := 0, size, 0, size
	if by < 0 {
		first, last, low, high = size-1, -1, -1, size-1
	}
	start, err := sliceBound(lo, first, size, low, high)
	if err != nil {
		return nil, err
	}
	end, err := sliceBound(hi, last, size, low, high)
	if err != nil {
		return nil, err
	}
	if by > 0 {
		end = max(start, end)
	} else {
		end = min(start, end)
	}
	if err := charge(thread, size/64); err != nil {
		return nil, err
	}
	if text, ok := x.(starlark.String); ok && !isASCII(string(text)) {
		return sliceRunes([]rune(string(text)), start, end, by), nil
	}
	return s.Slice(start, end, by), nil
}

func sliceRunes(runes []rune, start, end, step int) starlark.Value {
	if step == 1 {
		return starlark.String(runes[start:end])
	}
	var out []rune
	for i := start; step > 0 && i < end || step < 0 && i > end; i += step {
		out = append(out, runes[i])
	}
	return starlark.String(out)
}

func sliceIndex(v starlark.Value, missing, limit int) (int, error) {
	if v == starlark.None {
		return missing, nil
	}
	n, ok := asNumber(v).(starlark.Int)
	if !ok {
		return 0, raise("TypeError", "slice indices must be integers or None or have an __index__ method")
	}
	i, ok := n.Int64()
	switch {
	case !ok && n.Sign() < 0:
		return -limit, nil
	case !ok:
		return limit, nil
	}
	return int(max(int64(-limit), min(i, int64(limit)))), nil
}

func sliceBound(v starlark.Value, missing, size, low, high int) (int, error) {
	if v == starlark.None {
		return missing, nil
	}
	i, err := sliceIndex(v, 0, math.MaxInt32)
	if i < 0 {
		i += size
	}
	return max(low, min(i, high)), err
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
