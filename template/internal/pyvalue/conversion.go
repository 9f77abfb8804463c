package pyvalue

import (
	"fmt"
	"reflect"
	"time"

	"go.starlark.net/starlark"
)

// toAny returns v as a Go value: a string, []byte, bool, int (a *big.Int if it does not
// fit), float64, time.Time, time.Duration, []any, map[string]any (map[any]any if a key is
// not a string), or nil for None. A value that came from Go is returned unchanged.
func toAny(v starlark.Value) (any, error) { return new(conversion).toAny(v, 0) }

// maxConverted limits the number of values in the arguments of one call of Go. A list that holds
// another list twice, which holds a third one twice, and so on, has many more values than there
// are in memory.
const maxConverted = 1 << 20

var errTooManyParts = &limitError{fmt.Sprintf("more than %d values in the arguments of a function", maxConverted)}

// A conversion converts the arguments of one call to Go, and counts their values.
type conversion struct{ values int }

func (c *conversion) toAny(v starlark.Value, depth int) (any, error) {
	if depth > maxReprDepth {
		return nil, raise("RecursionError", "a value nested deeper than %d levels", maxReprDepth)
	}
	if c.values++; c.values > maxConverted {
		return nil, errTooManyParts
	}
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.String:
		return string(v), nil
	case starlark.Bytes:
		return []byte(v), nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Float:
		return float64(v), nil
	case starlark.Int:
		if n, ok := v.Int64(); ok {
			return int(n), nil
		}
		return v.BigInt(), nil
	case *datetime:
		return v.t, nil
	case *date:
		return v.t, nil
	case timedelta:
		return time.Duration(v), nil
	case *goObject:
		return v.value.Interface(), nil
	case *goSlice:
		return v.value.Interface(), nil
	case *goMap:
		return v.value.Interface(), nil
	case *goFunc:
		return v.fn.Interface(), nil
	case *exception:
		return v.err, nil
	case *starlark.Dict:
		return c.dictToAny(v, depth)
	case starlark.Iterable:
		list := []any{}
		for _, elem := range elements(v) {
			x, err := c.toAny(elem, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, x)
		}
		return list, nil
	}
	return nil, fmt.Errorf("a %s cannot be passed to Go", pyType(v))
}

// dictToAny returns a map[string]any if all keys are strings, else a map[any]any.
func (c *conversion) dictToAny(dict *starlark.Dict, depth int) (any, error) {
	byString, byAny := map[string]any{}, map[any]any{}
	for _, item := range dict.Items() {
		v, err := c.toAny(item[1], depth+1)
		if err != nil {
			return nil, err
		}
		k, err := c.toAny(item[0], depth+1)
		if err != nil {
			return nil, err
		}
		if key := reflect.ValueOf(k); key.IsValid() && !key.Comparable() {
			k = item[0].String()
		}
		byAny[k] = v
		if s, ok := k.(string); ok {
			byString[s] = v
		}
	}
	if len(byString) == len(byAny) {
		return byString, nil
	}
	return byAny, nil
}

// toGo converts v to the type t.
func toGo(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	return new(conversion).toGo(v, t)
}

// toGo converts v to the type t. The error says which type Go wants.
func (c *conversion) toGo(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	if t == anyType {
		x, err := c.toAny(v, 0)
		if x == nil || err != nil {
			return reflect.Zero(t), err
		}
		return reflect.ValueOf(x), nil
	}
	if c.values++; c.values > maxConverted {
		return reflect.Value{}, errTooManyParts
	}
	if v == starlark.None {
		switch t.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func:
			return reflect.Zero(t), nil
		}
		return reflect.Value{}, wrongType(v, t)
	}
	if x, ok := original(v); ok {
		return c.fitted(x, v, t)
	}
	switch t.Kind() {
	case reflect.Slice:
		return c.toSlice(v, t)
	case reflect.Map:
		return c.toMap(v, t)
	case reflect.Pointer:
		return c.toPointer(v, t)
	case reflect.Interface:
		x, err := c.toAny(v, 0)
		if err != nil {
			return reflect.Value{}, err
		}
		if value := reflect.ValueOf(x); value.Type().Implements(t) {
			return value, nil
		}
		return reflect.Value{}, wrongType(v, t)
	}
	return toBasic(v, t)
}

// toBasic converts v to a string, boolean or number type.
func toBasic(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	switch t.Kind() {
	case reflect.String:
		if s, err := utf8Text(v); err == nil {
			return reflect.ValueOf(s).Convert(t), nil
		}
	case reflect.Bool:
		if b, ok := v.(starlark.Bool); ok {
			return reflect.ValueOf(bool(b)).Convert(t), nil
		}
	case reflect.Float32, reflect.Float64:
		if f, ok := starlark.AsFloat(v); ok {
			return reflect.ValueOf(f).Convert(t), nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := v.(starlark.Int); ok {
			if i, ok := n.Int64(); ok && !reflect.Zero(t).OverflowInt(i) {
				return reflect.ValueOf(i).Convert(t), nil
			}
			return reflect.Value{}, raise("OverflowError", "%s does not fit into %s", n, t)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := v.(starlark.Int); ok {
			if i, ok := n.Uint64(); ok && !reflect.Zero(t).OverflowUint(i) {
				return reflect.ValueOf(i).Convert(t), nil
			}
			return reflect.Value{}, raise("OverflowError", "%s does not fit into %s", n, t)
		}
	}
	return reflect.Value{}, wrongType(v, t)
}

// toPointer returns a new pointer to v, converted to the element type of t.
func (c *conversion) toPointer(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	if n, ok := v.(starlark.Int); ok && t == bigIntType {
		return reflect.ValueOf(n.BigInt()), nil
	}
	if t.Elem().Kind() == reflect.Pointer {
		return reflect.Value{}, wrongType(v, t)
	}
	elem, err := c.toGo(v, t.Elem())
	if err != nil {
		return reflect.Value{}, err
	}
	p := reflect.New(t.Elem())
	p.Elem().Set(elem)
	return p, nil
}

func wrongType(v starlark.Value, t reflect.Type) error {
	return fmt.Errorf("a %s where Go wants %s", pyType(v), t)
}

// original returns the Go value that v is a view of; ok is false for other values.
func original(v starlark.Value) (x reflect.Value, ok bool) {
	switch v := v.(type) {
	case *goObject:
		return v.value, true
	case *goSlice:
		return v.value, true
	case *goMap:
		return v.value, true
	case *goFunc:
		return v.fn, true
	case *datetime:
		return reflect.ValueOf(v.t), true
	case *date:
		return reflect.ValueOf(v.t), true
	case timedelta:
		return reflect.ValueOf(time.Duration(v)), true
	}
	return reflect.Value{}, false
}

// fitted returns x as a t: x itself, a pointer to x, the element that x points to, or x
// converted. v is x as a template sees it.
func (c *conversion) fitted(x reflect.Value, v starlark.Value, t reflect.Type) (reflect.Value, error) {
	switch {
	case x.Type().AssignableTo(t):
		return x, nil
	case x.Kind() == reflect.Pointer && !x.IsNil() && x.Type().Elem().AssignableTo(t):
		return x.Elem(), nil
	case t.Kind() == reflect.Pointer && x.Type().AssignableTo(t.Elem()):
		if x.CanAddr() {
			return x.Addr(), nil
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(x)
		return p, nil
	case x.Kind() == t.Kind() && x.Type().ConvertibleTo(t):
		return x.Convert(t), nil
	}
	switch v := v.(type) {
	case *goSlice:
		return c.toSlice(v, t)
	case *goMap:
		return c.toMap(v, t)
	}
	return reflect.Value{}, wrongType(v, t)
}

func (c *conversion) toSlice(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	if b, ok := v.(starlark.Bytes); ok && t.Elem().Kind() == reflect.Uint8 {
		return reflect.ValueOf([]byte(b)).Convert(t), nil
	}
	if s, ok := v.(starlark.String); ok && t.Elem().Kind() == reflect.Uint8 {
		return reflect.ValueOf([]byte(s)).Convert(t), nil
	}
	list, ok := v.(starlark.Iterable)
	if !ok || t.Kind() != reflect.Slice {
		return reflect.Value{}, wrongType(v, t)
	}
	out := reflect.MakeSlice(t, 0, 0)
	for _, elem := range elements(list) {
		x, err := c.toGo(elem, t.Elem())
		if err != nil {
			return out, err
		}
		out = reflect.Append(out, x)
	}
	return out, nil
}

func (c *conversion) toMap(v starlark.Value, t reflect.Type) (reflect.Value, error) {
	dict, ok := v.(starlark.IterableMapping)
	if !ok || t.Kind() != reflect.Map {
		return reflect.Value{}, wrongType(v, t)
	}
	out := reflect.MakeMap(t)
	for _, item := range dict.Items() {
		key, err := c.toGo(item[0], t.Key())
		if err != nil {
			return out, err
		}
		value, err := c.toGo(item[1], t.Elem())
		if err != nil {
			return out, err
		}
		if !key.Comparable() {
			return out, wrongType(item[0], t.Key())
		}
		out.SetMapIndex(key, value)
	}
	return out, nil
}
