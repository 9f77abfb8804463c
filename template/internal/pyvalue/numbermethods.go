package pyvalue

import (
	"fmt"
	"math"
	"math/big"
	mathbits "math/bits"
	"strconv"
	"strings"
	"unicode"

	"go.starlark.net/starlark"
)

// intMethods are the methods of int, and of bool.
var intMethods = []routine{
	{"as_integer_ratio()", onInt(func(n *big.Int) (starlark.Value, error) {
		return starlark.Tuple{starlark.MakeBigInt(n), starlark.MakeInt(1)}, nil
	})},
	{"bit_count()", onInt(func(n *big.Int) (starlark.Value, error) {
		count := 0
		for _, word := range n.Bits() {
			count += mathbits.OnesCount(uint(word))
		}
		return starlark.MakeInt(count), nil
	})},
	{"bit_length()", onInt(func(n *big.Int) (starlark.Value, error) { return starlark.MakeInt(n.BitLen()), nil })},
	{"conjugate()", onInt(func(n *big.Int) (starlark.Value, error) { return starlark.MakeBigInt(n), nil })},
	{"to_bytes(length=1, byteorder='big', *, signed=False)", intToBytes},
}

func onInt(fn func(n *big.Int) (starlark.Value, error)) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return fn(asNumber(args[0]).(starlark.Int).BigInt())
	}
}

// byteOrder reports whether the argument byteorder is "big".
func byteOrder(function string, v starlark.Value) (bool, error) {
	s, ok := v.(starlark.String)
	if !ok {
		return false, raise("TypeError", "%s() argument 'byteorder' must be str, not %s", function, pyType(v))
	}
	if s != "big" && s != "little" {
		return false, raise("ValueError", "byteorder must be either 'little' or 'big'")
	}
	return s == "big", nil
}

func reverseBytes(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

func intToBytes(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n := asNumber(args[0]).(starlark.Int).BigInt()
	size, err := asIndex(args[1])
	if err != nil {
		return nil, err
	}
	isBig, err := byteOrder("to_bytes", args[2])
	switch {
	case err != nil:
		return nil, err
	case size < 0:
		return nil, raise("ValueError", "length argument must be non-negative")
	case size > maxText:
		return nil, errTextTooLong
	}
	signed := bool(args[3].Truth())
	if n.Sign() < 0 && !signed {
		return nil, raise("OverflowError", "can't convert negative int to unsigned")
	}
	limit := uint(size) * 8
	if signed {
		limit = max(limit, 1) - 1
	}
	low := new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), limit))
	if n.Sign() >= 0 && n.BitLen() > int(limit) || n.Sign() < 0 && n.Cmp(low) < 0 {
		return nil, raise("OverflowError", "int too big to convert")
	}
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(size)*8))
	}
	b := n.FillBytes(make([]byte, size))
	if !isBig {
		reverseBytes(b)
	}
	return starlark.Bytes(b), nil
}

// intFromBytes implements int.from_bytes.
func intFromBytes(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	isBig, err := byteOrder("from_bytes", args[1])
	if err != nil {
		return nil, err
	}
	var b []byte
	switch v := args[0].(type) {
	case starlark.Bytes:
		b = []byte(v)
	default:
		list, err := iterable(v)
		if _, isText := v.(starlark.String); err != nil || isText {
			return nil, raise("TypeError", "cannot convert '%s' object to bytes", pyType(v))
		}
		if b, err = byteList(list); err != nil {
			return nil, err
		}
	}
	if len(b) > maxBits/8 {
		return nil, errNumberTooLong
	}
	if !isBig {
		reverseBytes(b)
	}
	n := new(big.Int).SetBytes(b)
	if bool(args[2].Truth()) && len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return starlark.MakeBigInt(n), nil
}

// floatMethods are the methods of float.
var floatMethods = []routine{
	{"as_integer_ratio()", onFloat(floatRatio)},
	{"conjugate()", onFloat(func(f float64) (starlark.Value, error) { return starlark.Float(f), nil })},
	{"hex()", onFloat(func(f float64) (starlark.Value, error) { return starlark.String(hexFloat(f)), nil })},
	{"is_integer()", onFloat(func(f float64) (starlark.Value, error) {
		return starlark.Bool(f == math.Trunc(f) && !math.IsInf(f, 0)), nil
	})},
}

func onFloat(fn func(f float64) (starlark.Value, error)) builtinFunc {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return fn(float64(args[0].(starlark.Float)))
	}
}

func floatRatio(f float64) (starlark.Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, raise("ValueError", "cannot convert NaN to integer ratio")
	case math.IsInf(f, 0):
		return nil, raise("OverflowError", "cannot convert Infinity to integer ratio")
	}
	r := new(big.Rat).SetFloat64(f)
	return starlark.Tuple{starlark.MakeBigInt(r.Num()), starlark.MakeBigInt(r.Denom())}, nil
}

// hexFloat implements float.hex, whose result has 13 digits after the point.
func hexFloat(f float64) string {
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return string(appendFloat(nil, f))
	case f == 0 && math.Signbit(f):
		return "-0x0.0p+0"
	case f == 0:
		return "0x0.0p+0"
	}
	s := strconv.FormatFloat(f, 'x', 13, 64)
	mantissa, exponent, _ := strings.Cut(s, "p")
	n, _ := strconv.Atoi(exponent)
	return mantissa + "p" + fmt.Sprintf("%+d", n)
}

// floatFromHex implements float.fromhex.
func floatFromHex(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	source, ok := args[0].(starlark.String)
	if !ok {
		return nil, raise("TypeError", "bad argument type for built-in operation")
	}
	s := strings.ToLower(strings.TrimSpace(string(source)))
	digits := strings.TrimLeft(s, "+-")
	if !strings.HasPrefix(digits, "0x") && digits != "inf" && digits != "nan" && digits != "infinity" {
		s = strings.TrimSuffix(s, digits) + "0x" + digits
		digits = "0x" + digits
	}
	if strings.HasPrefix(digits, "0x") && !strings.Contains(digits, "p") {
		s += "p0"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, raise("ValueError", "invalid hexadecimal floating-point string")
	}
	return starlark.Float(f), nil
}

// numberGetters returns the attributes of a number.
func numberGetters(real, imag func(starlark.Value) starlark.Value) map[string]func(starlark.Value) starlark.Value {
	return map[string]func(starlark.Value) starlark.Value{"real": real, "imag": imag}
}

func intGetters() map[string]func(starlark.Value) starlark.Value {
	getters := numberGetters(asNumber, func(starlark.Value) starlark.Value { return starlark.MakeInt(0) })
	getters["numerator"] = asNumber
	getters["denominator"] = func(starlark.Value) starlark.Value { return starlark.MakeInt(1) }
	return getters
}

// makeInt implements int(x, base).
func makeInt(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	x, base := args[0], args[1]
	switch {
	case x == nil && base != nil:
		return nil, raise("TypeError", "int() missing string argument")
	case x == nil:
		return starlark.MakeInt(0), nil
	case base != nil:
		n, err := asIndex(base)
		if err != nil {
			return nil, err
		}
		if n != 0 && (n < 2 || n > 36) {
			return nil, raise("ValueError", "int() base must be >= 2 and <= 36, or 0")
		}
		switch v := x.(type) {
		case starlark.String, starlark.Bytes:
			return parseInt(v, n)
		}
		return nil, raise("TypeError", "int() can't convert non-string with explicit base")
	}
	switch v := asNumber(x).(type) {
	case starlark.Int:
		return v, nil
	case starlark.Float:
		return wholeNumber(float64(v))
	case starlark.String, starlark.Bytes:
		return parseInt(v, 10)
	case *goObject:
		if v.value.CanInt() {
			return starlark.MakeInt64(v.value.Int()), nil
		}
		if v.value.CanUint() {
			return starlark.MakeUint64(v.value.Uint()), nil
		}
	}
	return nil, raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", pyType(x))
}

// wholeNumber returns f without its fraction.
func wholeNumber(f float64) (starlark.Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, raise("ValueError", "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, raise("OverflowError", "cannot convert float infinity to integer")
	}
	return starlark.NumberToInt(starlark.Float(f))
}

func parseInt(v starlark.Value, base int) (starlark.Value, error) {
	source := text(v)
	if len(source) > 4*maxBits {
		return nil, errNumberTooLong
	}
	n, ok := parseDigits(plainDigits(strings.TrimFunc(source, IsSpace)), base)
	if !ok {
		return nil, raise("ValueError", "invalid literal for int() with base %d: %s", base, must(appendRepr(nil, v)))
	}
	if n.BitLen() > maxBits {
		return nil, errNumberTooLong
	}
	return starlark.MakeBigInt(n), nil
}

// plainDigits turns the decimal digits of all scripts into those of ASCII.
func plainDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.IsDigit(r) {
			return r
		}
		zero := r // Unicode has the digits of a script in a row that begins with its zero
		for unicode.IsDigit(zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + r - zero
	}, s)
}

func parseDigits(s string, base int) (*big.Int, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	negative := strings.HasPrefix(s, "-")
	lower := strings.ToLower(digits)
	for prefix, b := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if strings.HasPrefix(lower, prefix) && (base == 0 || base == b) {
			digits, base = strings.TrimPrefix(digits[2:], "_"), b
			break
		}
	}
	if base == 0 {
		if base = 10; strings.HasPrefix(digits, "0") && strings.Trim(digits, "0_") != "" {
			return nil, false
		}
	}
	if digits == "" || digits[0] == '_' || digits[len(digits)-1] == '_' || strings.Contains(digits, "__") || strings.ContainsAny(digits, "+-") {
		return nil, false
	}
	n, ok := new(big.Int).SetString(strings.ReplaceAll(digits, "_", ""), base)
	if ok && negative {
		n.Neg(n)
	}
	return n, ok
}

// makeFloat implements float(x).
func makeFloat(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch v := asNumber(args[0]).(type) {
	case nil:
		return starlark.Float(0), nil
	case starlark.Float:
		return v, nil
	case starlark.Int:
		return floatOf(v)
	case starlark.String, starlark.Bytes:
		f, ok := parseFloat(plainDigits(strings.TrimFunc(text(v), IsSpace)))
		if !ok {
			return nil, raise("ValueError", "could not convert string to float: %s", must(appendRepr(nil, v)))
		}
		return starlark.Float(f), nil
	case *goObject:
		if v.value.CanFloat() {
			return starlark.Float(v.value.Float()), nil
		}
		if v.value.CanInt() {
			return starlark.Float(float64(v.value.Int())), nil
		}
	}
	return nil, raise("TypeError", "float() argument must be a string or a real number, not '%s'", pyType(args[0]))
}

// floatOf converts n to a float.
func floatOf(n starlark.Int) (starlark.Float, error) {
	f, _ := new(big.Rat).SetInt(n.BigInt()).Float64()
	if math.IsInf(f, 0) {
		return 0, raise("OverflowError", "int too large to convert to float")
	}
	return starlark.Float(f), nil
}

func parseFloat(s string) (float64, bool) {
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "inf", "infinity", "nan":
	default:
		if strings.ContainsAny(s, "xXpPiInN") || s == "" {
			return 0, false
		}
	}
	for i := range len(s) {
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !isDigitByte(s[i-1]) || !isDigitByte(s[i+1])) {
			return 0, false
		}
	}
	if digits := strings.TrimLeft(s, "+-"); len(s)-len(digits) == 1 && strings.EqualFold(digits, "nan") {
		s = digits // which Go wants without a sign
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil || math.IsInf(f, 0)
}

func isDigitByte(c byte) bool { return '0' <= c && c <= '9' }
