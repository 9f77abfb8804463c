package pyvalue

import (
	"reflect"
	"strings"
	"unicode"
)

// A member is a field or method that templates may use.
type member struct {
	name   string
	index  []int // of a field, for reflect.Value.FieldByIndex
	method int   // of a method, when index is nil
	info   *typeInfo
	getter bool // the member is a method that can be read like a field
	byKey  bool // the member is a method with one string parameter and one result
}

// member returns the field or method with the given name, or nil if the type has none.
func (info *typeInfo) member(name string) *member {
	info.membersOnce.Do(func() { info.members = info.findMembers() })
	return info.members[name]
}

// findMembers returns the fields and methods of the type by their names.
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

// reachable reports whether reflection may read the field at index: each field on the way
// to it is exported or embedded.
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

// byNames returns the members by Go name and by Python name. If two members have the same name,
// the one with that Go name counts; otherwise the first one in list counts.
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

// usable reports whether a function of type t can be called: it returns at most a value
// and an error.
func usable(t reflect.Type) bool {
	switch t.NumOut() {
	case 0, 1:
		return true
	case 2:
		return t.Out(1) == errorType
	}
	return false
}

// snakeCase returns the Python name of a Go name: published_at for PublishedAt, user_id
// for UserID, url_for for URLFor, ids for IDs.
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

// startsWord reports whether the capital at i begins a word: it follows a small letter, or
// is the last capital of an abbreviation before a word.
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
