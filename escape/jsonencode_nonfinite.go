package escape

import (
	"encoding"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
)

// maxNonFiniteDepth ends the walk of a value that contains itself.
const maxNonFiniteDepth = 1000

var errTooDeep = errors.New("json: value with NaN or Infinity is nested too deeply or contains itself")

// appendNonFinite is AppendJSON for a value in which json.Marshal found NaN or an infinity.
// It walks the values for which struct tags do not matter, and passes others to
// json.Marshal.
func appendNonFinite(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > maxNonFiniteDepth {
		return dst, errTooDeep
	}
	switch {
	case marshalsItself(v):
	case v.CanFloat():
		if text := nonFiniteText(v.Float()); text != "" {
			return append(dst, text...), nil
		}
	case v.Kind() == reflect.Interface && !v.IsNil(), v.Kind() == reflect.Pointer && !v.IsNil():
		return appendNonFinite(dst, v.Elem(), depth+1)
	case v.Kind() == reflect.Array, v.Kind() == reflect.Slice && !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8:
		return appendItems(dst, v, depth)
	case v.Kind() == reflect.Map && !v.IsNil() && v.Type().Key().Kind() == reflect.String:
		return appendEntries(dst, v, depth)
	}
	text, err := json.Marshal(value(v))
	if err != nil {
		return dst, err
	}
	return appendLikePython(dst, text), nil
}

func marshalsItself(v reflect.Value) bool {
	switch value(v).(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return true
	}
	return false
}

// value returns v for json.Marshal. If v is addressable, value returns a pointer to it, so that
// json.Marshal finds methods of the pointer.
func value(v reflect.Value) any {
	if v.CanAddr() {
		return v.Addr().Interface()
	}
	return v.Interface()
}

func nonFiniteText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return ""
}

func appendItems(dst []byte, v reflect.Value, depth int) (_ []byte, err error) {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst, err = appendNonFinite(dst, v.Index(i), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendEntries(dst []byte, v reflect.Value, depth int) (_ []byte, err error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst, err = AppendJSON(dst, key.String()); err != nil {
			return dst, err
		}
		dst = append(dst, ": "...)
		if dst, err = appendNonFinite(dst, v.MapIndex(key), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
