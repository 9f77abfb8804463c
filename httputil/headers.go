package httputil

import (
	"iter"
	"slices"
	"strings"
)

// A Field is one header line. Name is in Http-Header-Case. Value has no white space at its
// ends.
type Field struct{ Name, Value string }

// HTTPHeaders are the header fields of a message: a case-insensitive map that keeps repeated
// fields separate and in order. The zero value is empty. A copied struct shares its fields
// with the original; use Copy instead. Tornado: httputil.HTTPHeaders.
type HTTPHeaders struct{ fields []Field }

// NewHTTPHeaders returns headers that own fields. Names must be as NormalizeName returns
// them, and values must be valid; neither is checked.
func NewHTTPHeaders(fields []Field) HTTPHeaders { return HTTPHeaders{fields} }

// Get returns the value of the field name in any case, or "" if it is absent. The values of
// a repeated field are joined by commas. Tornado: headers[name].
func (h *HTTPHeaders) Get(name string) string {
	for i := range h.fields {
		if h.fields[i].hasName(name) {
			return h.joined(i, name)
		}
	}
	return ""
}

// joined returns the value of Get for a field whose first occurrence is at index first.
func (h *HTTPHeaders) joined(first int, name string) string {
	value := h.fields[first].Value
	for i := first + 1; i < len(h.fields); i++ {
		if h.fields[i].hasName(name) {
			return strings.Join(h.GetList(name), ",")
		}
	}
	return value
}

// Has reports whether the field name, in any case, is present, perhaps with an empty value.
// Tornado: name in headers.
func (h *HTTPHeaders) Has(name string) bool {
	for i := range h.fields {
		if h.fields[i].hasName(name) {
			return true
		}
	}
	return false
}

// GetList returns the values of the field name, in any case, in order, or nil if it is
// absent. Tornado: get_list.
func (h *HTTPHeaders) GetList(name string) []string {
	var values []string
	for i := range h.fields {
		if h.fields[i].hasName(name) {
			values = append(values, h.fields[i].Value)
		}
	}
	return values
}

// All yields every field. Names are in the order of their first appearance; the values of
// one name come together. Tornado: get_all.
func (h *HTTPHeaders) All() iter.Seq2[string, string] {
	const fewFields = 32 // for up to this number of fields, comparing all pairs is faster than a map
	if len(h.fields) <= fewFields {
		return h.allByPairs
	}
	return h.allByLinks
}

func (h *HTTPHeaders) allByPairs(yield func(name, value string) bool) {
	for i, first := range h.fields {
		if slices.ContainsFunc(h.fields[:i], func(f Field) bool { return f.Name == first.Name }) {
			continue
		}
		for _, f := range h.fields[i:] {
			if f.Name == first.Name && !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// allByLinks yields the fields in linear time, however often they are repeated: each field
// has a link to the next one of its name.
func (h *HTTPHeaders) allByLinks(yield func(name, value string) bool) {
	next := make([]int, len(h.fields)) // 0 means none
	repeated := make([]bool, len(h.fields))
	last := make(map[string]int, len(h.fields))
	for i, f := range h.fields {
		if before, ok := last[f.Name]; ok {
			next[before], repeated[i] = i, true
		}
		last[f.Name] = i
	}
	for i := range h.fields {
		if repeated[i] {
			continue
		}
		for j := i; ; j = next[j] {
			if !yield(h.fields[j].Name, h.fields[j].Value) {
				return
			}
			if next[j] == 0 {
				break
			}
		}
	}
}

// Fields returns the fields in order of appearance. The slice is not a copy: do not change
// it.
func (h *HTTPHeaders) Fields() []Field { return h.fields }

// Len returns the number of fields; repeated fields all count.
func (h *HTTPHeaders) Len() int { return len(h.fields) }

// Set replaces all values of the field name by value; neither is checked. The field keeps
// the position of its first occurrence; a new field comes last.
// Tornado: headers[name] = value.
func (h *HTTPHeaders) Set(name, value string) {
	for i := range h.fields {
		if h.fields[i].hasName(name) {
			h.fields[i].Value = value
			h.deleteFrom(i+1, name)
			return
		}
	}
	h.fields = append(h.fields, Field{NormalizeName(name), value})
}

// Add adds a field after others of its name, or at the end. It returns an *HTTPInputError
// if name is not a token (RFC 9110, section 5.1). It does so too if value contains a
// control character or has white space at its ends (section 5.5). Tornado: add.
func (h *HTTPHeaders) Add(name, value string) error {
	if !IsToken(name) {
		return inputError("invalid header name")
	}
	if !IsFieldValue(value) {
		return inputError("invalid header value")
	}
	h.insertField(Field{NormalizeName(name), value})
	return nil
}

// insertField puts f after the last field of its name, or at the end.
func (h *HTTPHeaders) insertField(f Field) {
	at := len(h.fields)
	for i := len(h.fields) - 1; i >= 0; i-- {
		if h.fields[i].Name == f.Name {
			at = i + 1
			break
		}
	}
	h.fields = slices.Insert(h.fields, at, f)
}

// Del removes every field with the name, in any case. If there is none, it does nothing.
// Tornado: del headers[name].
func (h *HTTPHeaders) Del(name string) { h.deleteFrom(0, name) }

func (h *HTTPHeaders) deleteFrom(i int, name string) {
	rest := slices.DeleteFunc(h.fields[i:], func(f Field) bool { return f.hasName(name) })
	h.fields = h.fields[:i+len(rest)]
}

// Copy returns an independent copy of h. Tornado: copy.
func (h *HTTPHeaders) Copy() HTTPHeaders { return HTTPHeaders{slices.Clone(h.fields)} }

// String returns "Name: value\n" for each field, in the order of All.
func (h *HTTPHeaders) String() string {
	var b strings.Builder
	for name, value := range h.All() {
		b.WriteString(name + ": " + value + "\n")
	}
	return b.String()
}

// Reset removes all fields but keeps their memory.
func (h *HTTPHeaders) Reset() { h.fields = h.fields[:0] }

// hasName reports whether f has the name, in any case. The cheap comparisons come first: most
// other names have another length, and most equal names have the same case.
func (f *Field) hasName(name string) bool {
	return len(f.Name) == len(name) && (f.Name == name || EqualFold(f.Name, name))
}

// NormalizeName returns name in Http-Header-Case: "FOO-bar_baZ" becomes "Foo-Bar_baz". It
// allocates only if name changes.
func NormalizeName(name string) string {
	piece := 0 // index into nameCase: 0 at the start of a word, 1 inside it
	for i := range len(name) {
		if c := name[i]; nameCase[piece][c] != c && tokenByte[c] {
			b := []byte(name)
			normalizePrefix(b)
			return viewString(b)
		} else if c == '-' {
			piece = 0
		} else {
			piece = 1
		}
	}
	return name
}

// normalizePrefix converts the token at the start of b to Http-Header-Case, in place, and
// returns its length.
func normalizePrefix(b []byte) int {
	piece := &nameCase[0]
	for i, c := range b {
		normal := piece[c]
		if normal == 0 {
			return i
		}
		b[i] = normal
		piece = &nameCase[1]
		if c == '-' {
			piece = &nameCase[0]
		}
	}
	return len(b)
}
