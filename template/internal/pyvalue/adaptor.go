package pyvalue

import (
	"math/big"
	"reflect"
	"strconv"
	"sync"
	"time"

	"go.starlark.net/starlark"
)

// An adaptor turns values of Go into values of a template. It examines each type once; a
// loader has one adaptor for all of its templates.
type adaptor struct {
	types sync.Map // reflect.Type -> *typeInfo
}

// value returns v as a template sees it. Numbers, strings, bytes, booleans and times become
// values of Python. Any other value becomes a view of v, whose parts are converted when
// the template reads them.
func (a *adaptor) value(v any) starlark.Value {
	switch v := v.(type) {
	case nil:
		return starlark.None
	case string:
		return starlark.String(v)
	case int:
		return starlark.MakeInt(v)
	case bool:
		return starlark.Bool(v)
	case float64:
		return starlark.Float(v)
	case []byte:
		return starlark.Bytes(v)
	case time.Time:
		return &datetime{t: v, fromGo: true}
	case time.Duration:
		return timedelta(v)
	case *big.Int:
		if v == nil {
			return starlark.None
		}
		return starlark.MakeBigInt(v)
	case starlark.Value:
		return v
	}
	return a.reflected(reflect.ValueOf(v))
}

// reflected converts values whose types do not occur in the type switch of value.
func (a *adaptor) reflected(v reflect.Value) starlark.Value {
	if !v.IsValid() {
		return starlark.None
	}
	return a.info(v.Type()).convert(v)
}

// info returns the typeInfo of t, and examines t on the first call.
func (a *adaptor) info(t reflect.Type) *typeInfo {
	info, ok := a.types.Load(t)
	if !ok {
		info, _ = a.types.LoadOrStore(t, &typeInfo{adaptor: a, t: t})
	}
	known := info.(*typeInfo)
	known.once.Do(known.learn)
	return known
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	bigIntType   = reflect.TypeFor[*big.Int]()
	errorType    = reflect.TypeFor[error]()
	anyType      = reflect.TypeFor[any]()
	valueType    = reflect.TypeFor[starlark.Value]()
)

// A typeInfo holds how values of one type are converted, and the members of the type.
type typeInfo struct {
	adaptor *adaptor
	t       reflect.Type
	once    sync.Once
	convert func(reflect.Value) starlark.Value
	isDict  bool

	classOnce   sync.Once
	class       *class // of objects
	membersOnce sync.Once
	members     map[string]*member
}

// learn sets convert and isDict.
func (info *typeInfo) learn() {
	t := info.t
	switch {
	case t == timeType:
		info.convert = func(v reflect.Value) starlark.Value { return &datetime{t: v.Interface().(time.Time), fromGo: true} }
		return
	case t == durationType:
		info.convert = func(v reflect.Value) starlark.Value { return timedelta(v.Int()) }
		return
	case t == bigIntType:
		info.convert = func(v reflect.Value) starlark.Value { return info.adaptor.value(v.Interface()) }
		return
	case t.Implements(valueType) && t.Kind() != reflect.Interface:
		info.convert = func(v reflect.Value) starlark.Value { return v.Interface().(starlark.Value) }
		return
	}
	info.isDict = t.Implements(reflect.TypeFor[Lookuper]())
	info.convert = info.byKind()
}

// byKind returns the conversion for a type without a conversion of its own.
func (info *typeInfo) byKind() func(reflect.Value) starlark.Value {
	switch t := info.t; t.Kind() {
	case reflect.Bool:
		return func(v reflect.Value) starlark.Value { return starlark.Bool(v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if isEnum(t) {
			return info.object
		}
		return func(v reflect.Value) starlark.Value { return starlark.MakeInt64(v.Int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if isEnum(t) {
			return info.object
		}
		return func(v reflect.Value) starlark.Value { return starlark.MakeUint64(v.Uint()) }
	case reflect.Float32:
		return func(v reflect.Value) starlark.Value { return starlark.Float(shortFloat(v.Float())) }
	case reflect.Float64:
		return func(v reflect.Value) starlark.Value { return starlark.Float(v.Float()) }
	case reflect.String:
		return func(v reflect.Value) starlark.Value { return starlark.String(v.String()) }
	case reflect.Slice, reflect.Array:
		if t.Implements(errorType) {
			return info.object
		}
		return info.sequence
	case reflect.Map:
		return info.mapping
	case reflect.Func:
		return func(v reflect.Value) starlark.Value {
			if v.IsNil() {
				return starlark.None
			}
			return &goFunc{name: "function", fn: v, adaptor: info.adaptor}
		}
	case reflect.Interface:
		return func(v reflect.Value) starlark.Value {
			if v.IsNil() {
				return starlark.None
			}
			return info.adaptor.reflected(v.Elem())
		}
	case reflect.Pointer:
		return info.pointer
	case reflect.Struct:
		if pointer := reflect.PointerTo(t); pointer.NumMethod() > t.NumMethod() {
			return info.addressed
		}
	}
	return info.object
}

// isEnum reports whether the number type t has a method String. Its values stay objects,
// so that str() and {{ }} print the result of String.
func isEnum(t reflect.Type) bool {
	_, ok := t.MethodByName("String")
	return ok
}

func (info *typeInfo) object(v reflect.Value) starlark.Value {
	return &goObject{value: v, info: info}
}

// addressed returns a struct that also has the methods of its pointer type. If the struct has no
// address, the methods run on a copy.
func (info *typeInfo) addressed(v reflect.Value) starlark.Value {
	if !v.CanAddr() {
		p := reflect.New(info.t)
		p.Elem().Set(v)
		v = p.Elem()
	}
	return &goObject{value: v.Addr(), info: info.adaptor.info(reflect.PointerTo(info.t))}
}

// pointer returns the value to which v points. A pointer to a struct stays a pointer, and so
// keeps its methods.
func (info *typeInfo) pointer(v reflect.Value) starlark.Value {
	if v.IsNil() {
		return starlark.None
	}
	switch elem := info.t.Elem(); elem.Kind() {
	case reflect.Struct:
		if elem == timeType {
			return &datetime{t: v.Elem().Interface().(time.Time), fromGo: true}
		}
		return info.object(v)
	case reflect.Pointer:
		return info.object(v) // a pointer cycle has no end
	default:
		if info.t.NumMethod() > elem.NumMethod() {
			return info.object(v)
		}
		return info.adaptor.reflected(v.Elem())
	}
}

func (info *typeInfo) sequence(v reflect.Value) starlark.Value {
	if v.Kind() == reflect.Slice && info.t.Elem().Kind() == reflect.Uint8 {
		return starlark.Bytes(v.Bytes())
	}
	return &goSlice{value: v, elem: info.element()}
}

func (info *typeInfo) mapping(v reflect.Value) starlark.Value {
	return &goMap{value: v, info: info}
}

// element returns the info of a container's elements. It is looked up when it is needed, because
// a type may contain itself.
func (info *typeInfo) element() *typeInfo {
	return info.adaptor.info(info.t.Elem())
}

// shortFloat returns the float64 whose text has the digits of a float32.
func shortFloat(f float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	if err != nil {
		return f
	}
	return short
}

// classOfObjects returns type(x) for an object x of the type.
func (info *typeInfo) classOfObjects() *class {
	if info.t.Kind() == reflect.Pointer {
		return info.element().classOfObjects() // a struct and a pointer to it have the same class
	}
	info.classOnce.Do(func() {
		name := (&goObject{info: info}).Type()
		info.class = &class{name: name, path: name}
	})
	return info.class
}
