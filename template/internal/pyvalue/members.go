package pyvalue

import (
	"reflect"
	"strings"
	"unicode"
)

// A member is a field or method that templates may use.
type member struct {
	name   string
	index  []int // of a field
	method int   // of a method, when index is nil
	info   *typeInfo
	getter bool // a method without arguments, which can be read like a field
	byKey  bool // a method of a string with one result
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
