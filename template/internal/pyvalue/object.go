package pyvalue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A goObject is a struct, a pointer to one, or any other value of Go that has methods.
type goObject struct {
	value reflect.Value
	info  *typeInfo
}

// A member is a field or method that templates may use.
type member struct {
	name   string
	index  []int // of a field
	method int   // of a method, when index is nil
	info   *typeInfo
	getter bool // a method without arguments, which can be read like a field
	byKey  bool // a method of a string with one result
}

func (o *goObject) String() string {
	text, _ := o.appendStr(nil)
	return string(text)
}

// appendStr prints an error's message, what String returns, or Go's default format.
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

// Truth is Python's for objects, true; for a number that prints as a word, whether it is
// not zero.
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

// CompareSameType implements starlark.Comparable: == is Go's.
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

func syntaxCompare(op syntax.Token, x, y int64) bool {
	switch op {
	case syntax.LT:
		return x < y
	case syntax.LE:
		return x <= y
	case syntax.GT:
		return x > y
	}
	return x >= y
}

// Dict is implemented by Go values whose names are not fixed. A template reads them as
// x["name"], x.name and x.get("name"), and asks "name" in x; what Lookup does not have is
// looked for among the fields and methods.
type Dict interface {
	Lookup(name string) (value any, ok bool)
}

// Attr finds a field or method by its Go name or its Python name.
func (o *goObject) Attr(name string) (starlark.Value, error) {
	if !o.info.isDict {
		if m := o.info.member(name); m != nil && m.index != nil { // the commonest case
			return o.field(m)
		}
	}
	plain, called := strings.CutSuffix(name, pysyntax.CallMark)
	if o.info.isDict {
		if v, ok := o.value.Interface().(Dict).Lookup(plain); ok {
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

func (o *goObject) field(m *member) (starlark.Value, error) {
	v := o.value
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if len(m.index) == 1 {
		return m.info.convert(v.Field(m.index[0])), nil
	}
	field, err := v.FieldByIndexErr(m.index)
	if err != nil { // through an embedded pointer that is nil
		return starlark.None, nil
	}
	return m.info.convert(field), nil
}

// AttrNames lists the Python names.
func (o *goObject) AttrNames() []string {
	o.info.member("")
	names := []string{}
	for _, m := range o.info.members {
		names = append(names, snakeCase(m.name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Get implements starlark.Mapping: row["title"] finds a field as row.title does, for
// templates that were given dicts; where there is none, a method Get of Go is asked, for
// which a zero result means that the key is missing.
func (o *goObject) Get(key starlark.Value) (starlark.Value, bool, error) {
	name, ok := key.(starlark.String)
	if !ok {
		return nil, false, nil
	}
	if o.info.isDict {
		if v, ok := o.value.Interface().(Dict).Lookup(string(name)); ok {
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

// member finds a field or method of the type by name; nil if there is none.
func (info *typeInfo) member(name string) *member {
	info.membersOnce.Do(func() { info.members = info.findMembers() })
	return info.members[name]
}

func (info *typeInfo) findMembers() map[string]*member {
	found := []*member{}
	structType := info.t
	if structType.Kind() == reflect.Pointer {
		structType = structType.Elem()
	}
	if structType.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(structType) {
			if f.IsExported() && reachable(structType, f.Index) {
				found = append(found, &member{name: f.Name, index: f.Index, info: info.adaptor.info(f.Type)})
			}
		}
	}
	for i := range info.t.NumMethod() {
		if m := info.t.Method(i); usable(m.Type) {
			t := m.Type // its first parameter is the receiver
			value := t.NumOut() > 0 && t.Out(0) != errorType
			found = append(found, &member{name: m.Name, method: i, getter: t.NumIn() == 1 && value,
				byKey: t.NumIn() == 2 && t.In(1).Kind() == reflect.String && t.In(1).Name() == "string" && t.NumOut() == 1 && value})
		}
	}
	return byNames(found)
}

// reachable reports whether reflection may read the field: what leads to it is exported
// or embedded.
func reachable(t reflect.Type, index []int) bool {
	for _, i := range index {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			return false
		}
		t = f.Type
	}
	return true
}

// byNames indexes members by Go name and by Python name; where two share one, exact
// names win, then the one that comes first.
func byNames(list []*member) map[string]*member {
	table := map[string]*member{}
	for _, m := range list {
		table[m.name] = m
	}
	for _, m := range list {
		for _, name := range []string{snakeCase(m.name), strings.ToLower(m.name)} {
			if _, taken := table[name]; !taken {
				table[name] = m
			}
		}
	}
	return table
}

// usable reports whether a function's results are at most a value and an error.
func usable(t reflect.Type) bool {
	switch t.NumOut() {
	case 0, 1:
		return true
	case 2:
		return t.Out(1) == errorType
	}
	return false
}

// snakeCase is the Python name of a Go name: PublishedAt is published_at, UserID
// user_id, URLFor url_for, IDs ids.
func snakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && startsWord(runes, i) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// startsWord reports whether the capital at i begins a word: behind a small letter, or
// as the last capital of an abbreviation that a word follows.
func startsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i-1]) {
		return runes[i-1] != '_'
	}
	rest := runes[i+1:]
	if len(rest) == 0 || !unicode.IsLower(rest[0]) {
		return false
	}
	plural := rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
	return !plural
}
