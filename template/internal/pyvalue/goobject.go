package pyvalue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A goObject is a Go struct, a pointer to a struct, or any other value with methods.
type goObject struct {
	value reflect.Value
	info  *typeInfo
}

func (o *goObject) String() string {
	text, _ := o.appendStr(nil)
	return string(text)
}

// appendStr appends the message of an error, the result of String, or Go's default format.
func (o *goObject) appendStr(dst []byte) ([]byte, error) {
	return fmt.Append(dst, o.value.Interface()), nil
}

func (o *goObject) Type() string {
	t := o.info.t
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return "object"
	}
	return t.Name()
}

func (o *goObject) Freeze() {}

// Truth returns true for structs, as Python does for objects. A number type that prints
// as a word is true unless it is zero.
func (o *goObject) Truth() starlark.Bool {
	switch o.value.Kind() {
	case reflect.Struct, reflect.Pointer:
		return true
	}
	return starlark.Bool(!o.value.IsZero())
}

func (o *goObject) Hash() (uint32, error) {
	if !o.value.Comparable() {
		return 0, errUnhashable(o.Type())
	}
	return starlark.String(fmt.Sprint(o.value.Interface())).Hash()
}

// CompareSameType implements starlark.Comparable. == is Go's; the order is that of integers.
func (o *goObject) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	other, ok := y.(*goObject)
	equal := ok && o.value.Comparable() && other.value.Comparable() && o.value.Interface() == other.value.Interface()
	switch op {
	case syntax.EQL:
		return equal, nil
	case syntax.NEQ:
		return !equal, nil
	}
	if ok && o.value.Kind() == other.value.Kind() && o.value.CanInt() {
		return syntaxCompare(op, o.value.Int(), other.value.Int()), nil
	}
	return false, raise("TypeError", "'%s' not supported between instances of '%s' and '%s'", op, o.Type(), pyType(y))
}

// A Lookuper is a Go value whose names are not fixed. x["name"], x.name, x.get("name") and
// "name" in x call Lookup in a template. A name that Lookup does not find is looked up
// among the fields and methods of the value.
type Lookuper interface {
	// Lookup returns the value of name. ok is false if there is none.
	Lookup(name string) (value any, ok bool)
}

// Attr returns a field or method by its Go name or its Python name. A method that is read
// and not called, and has no parameters, is called like a property of Python.
func (o *goObject) Attr(name string) (starlark.Value, error) {
	if !o.info.isDict {
		if m := o.info.member(name); m != nil && m.index != nil { // a field: the commonest case
			return o.field(m)
		}
	}
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	if o.info.isDict {
		if v, ok := o.value.Interface().(Lookuper).Lookup(plain); ok {
			return o.info.adaptor.value(v), nil
		}
	}
	m := o.info.member(plain)
	if m == nil {
		return nil, raise("AttributeError", "'%s' object has no attribute '%s'", o.Type(), plain)
	}
	if m.index != nil {
		return o.field(m)
	}
	fn := &goFunc{name: m.name, fn: o.value.Method(m.method), adaptor: o.info.adaptor}
	if called || !m.getter {
		return fn, nil
	}
	return fn.call(nil, nil, nil)
}

// field returns the value of a field; None if an embedded pointer on the way is nil.
func (o *goObject) field(m *member) (starlark.Value, error) {
	v := o.value
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if len(m.index) == 1 {
		return m.info.convert(v.Field(m.index[0])), nil
	}
	field, err := v.FieldByIndexErr(m.index)
	if err != nil {
		return starlark.None, nil
	}
	return m.info.convert(field), nil
}

// AttrNames returns the Python names of the fields and methods.
func (o *goObject) AttrNames() []string {
	o.info.member("")
	names := []string{}
	for _, m := range o.info.members {
		names = append(names, snakeCase(m.name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Get implements starlark.Mapping: row["title"] finds a field as row.title does, since
// templates of Python often got dicts. A key without a field is passed to the method Get
// of the value, if it has one; its zero result means that the key is missing.
func (o *goObject) Get(key starlark.Value) (starlark.Value, bool, error) {
	name, ok := key.(starlark.String)
	if !ok {
		return nil, false, nil
	}
	if o.info.isDict {
		if v, ok := o.value.Interface().(Lookuper).Lookup(string(name)); ok {
			return o.info.adaptor.value(v), true, nil
		}
	}
	if m := o.info.member(string(name)); m != nil {
		v, err := o.Attr(string(name))
		return v, true, err
	}
	if get := o.info.member("Get"); get != nil && get.byKey {
		out := o.value.Method(get.method).Call([]reflect.Value{reflect.ValueOf(string(name))})
		return o.info.adaptor.reflected(out[0]), !out[0].IsZero(), nil
	}
	return nil, false, nil
}
