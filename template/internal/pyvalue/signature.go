package pyvalue

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"go.starlark.net/starlark"
)

// A signature is the parameter list of a built-in function or method. The function bind handles
// the arguments of all of them, so that arguments by name, and the errors for wrong arguments,
// are the same everywhere.
type signature struct {
	name       string // such as "split"
	owner      string // the class and a dot, such as "str." for a method of str
	params     []parameter
	byPosition int // number of parameters that can be given by position
	byName     bool
	rest       bool // *args: the last slot is a tuple of the remaining arguments
	keywords   bool // **kwargs: the last slot is a tuple of pairs (name, value)
	style      errorStyle
}

// A parameter has a default unless it is required. The default ? leaves its slot nil.
type parameter struct {
	name     string
	value    starlark.Value
	required bool
	byName   bool
}

// An errorStyle chooses the words of the error for a wrong number of arguments. Different parts
// of Python use different words.
type errorStyle uint8

const (
	wordsOfClinic    errorStyle = iota // "find expected at least 1 argument, got 0"
	wordsOfTuple                       // "find() takes at least 1 argument (0 given)"
	wordsOfPython                      // "dumps() missing 1 required positional argument: 'obj'"
	wordsWithoutName                   // "function missing required argument 'year' (pos 1)"
)

// parseSignature reads a signature as Python's help shows it, without self:
//
//	split(sep=None, maxsplit=-1)
//	replace(old, new, count=-1, /)
//	sorted(iterable, /, *, key=None, reverse=False)
//
// A default is None, True, False, a number, a string or ?. Words after the closing
// parenthesis choose the errorStyle.
func parseSignature(source, owner string) *signature {
	name, rest, _ := strings.Cut(source, "(")
	list, style, _ := cutLast(rest, ")")
	s := &signature{name: name, owner: owner, style: map[string]errorStyle{"": wordsOfClinic, " tuple": wordsOfTuple, " python": wordsOfPython, " unnamed": wordsWithoutName}[style]}
	position := true
	for _, part := range splitParameters(list) {
		switch {
		case part == "/":
			for i := range s.params {
				s.params[i].byName = false
			}
			continue
		case part == "*":
			position = false
			continue
		case strings.HasPrefix(part, "**"):
			s.keywords = true
			continue
		case strings.HasPrefix(part, "*"):
			s.rest, position = true, false
			continue
		}
		name, value, optional := strings.Cut(part, "=")
		s.params = append(s.params, parameter{name: name, value: defaultValue(value), required: !optional, byName: true})
		if position {
			s.byPosition++
		}
	}
	for _, p := range s.params {
		s.byName = s.byName || p.byName
	}
	return s
}

// splitParameters splits at commas that are not in a string.
func splitParameters(list string) (parts []string) {
	quoted, start := false, 0
	for i, c := range list + "," {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == ',' && !quoted:
			if part := strings.TrimSpace(list[start:i]); part != "" {
				parts = append(parts, part)
			}
			start = i + 1
		}
	}
	return parts
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func defaultValue(source string) starlark.Value {
	switch {
	case source == "?", source == "":
		return nil
	case source == "None":
		return starlark.None
	case source == "True", source == "False":
		return starlark.Bool(source == "True")
	case source[0] == '\'':
		return starlark.String(source[1 : len(source)-1])
	case strings.HasPrefix(source, "b'"):
		return starlark.Bytes(source[2 : len(source)-1])
	}
	n, err := strconv.Atoi(source)
	if err != nil {
		panic("pyvalue: not a default: " + source)
	}
	return starlark.MakeInt(n)
}

// fitsAsGiven reports whether the arguments of a call already have one slot for each
// parameter, so that bind is not needed.
func (s *signature) fitsAsGiven(given, named int) bool {
	return named == 0 && given == len(s.params) && given == s.byPosition && !s.rest && !s.keywords
}

// bind appends the arguments of a call to slots, which is empty: one in the slot of each
// parameter. The first self arguments, 0 or 1 of them, are a receiver and stay in front.
// The tuple for *args shares the memory of args.
func (s *signature) bind(slots, args starlark.Tuple, kwargs []starlark.Tuple, self int) (starlark.Tuple, error) {
	given := len(args) - self
	if err := s.checkCount(given, len(kwargs)); err != nil {
		return nil, err
	}
	n := min(given, s.byPosition)
	slots = append(slots, args[:self+n]...)
	for len(slots) < self+len(s.params) {
		slots = append(slots, nil)
	}
	if s.rest {
		slots = append(slots, args[self+n:len(args):len(args)])
	}
	more, err := s.bindNames(slots[self:], n, given, kwargs)
	if err != nil {
		return nil, err
	}
	if s.keywords {
		slots = append(slots, more)
	}
	return slots, s.fill(slots[self:], n, given, len(kwargs))
}

// bindNames puts the arguments by name into their slots. If the signature has **kwargs, it
// returns the arguments that have no slot.
func (s *signature) bindNames(slots starlark.Tuple, n, given int, kwargs []starlark.Tuple) (more starlark.Tuple, err error) {
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		i := s.find(name)
		switch {
		case i < 0 && s.keywords:
			more = append(more, kw)
			continue
		case i < 0 && s.style == wordsWithoutName && given+len(kwargs) <= s.required():
			continue // the error for a missing argument has precedence
		case i < 0:
			return nil, s.unknown(name)
		case i < n && s.style == wordsOfPython:
			return nil, raise("TypeError", "%s() got multiple values for argument '%s'", s.name, name)
		case i < n:
			return nil, raise("TypeError", "argument for %s given by name ('%s') and position (%d)", s.label(), name, i+1)
		}
		slots[i] = kw[1]
	}
	return more, nil
}

func (s *signature) find(name string) int {
	for i, p := range s.params {
		if p.byName && p.name == name {
			return i
		}
	}
	return -1
}

// fill sets the parameters without an argument to their defaults.
func (s *signature) fill(slots starlark.Tuple, n, given, named int) error {
	for i, p := range s.params {
		switch {
		case i < n || slots[i] != nil:
		case !p.required:
			slots[i] = p.value
		case s.style == wordsOfPython:
			return s.missing(slots)
		case p.byName:
			return raise("TypeError", "%s missing required argument '%s' (pos %d)", s.label(), p.name, i+1)
		default:
			return s.wrongCount(given, named)
		}
	}
	return nil
}

// missing returns the error for arguments that were not given, in the words of a function written
// in Python.
func (s *signature) missing(slots starlark.Tuple) error {
	var names []string
	for i, p := range s.params {
		if p.required && slots[i] == nil {
			names = append(names, "'"+p.name+"'")
		}
	}
	list := strings.Join(names, " and ")
	if n := len(names); n > 2 {
		list = strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
	return raise("TypeError", "%s() missing %d required positional argument%s: %s", s.name, len(names), plural(len(names)), list)
}

// checkCount returns an error for arguments by name if the function has no such parameters, and
// for too many arguments.
func (s *signature) checkCount(given, named int) error {
	if named > 0 && !s.byName && !s.keywords {
		return raise("TypeError", "%s%s() takes no keyword arguments", s.owner, s.name)
	}
	if s.rest {
		return nil
	}
	if s.byName && given < s.onlyByPosition() {
		return s.wrongNamedCount(given, named)
	}
	if given > s.byPosition || !s.keywords && given+named > len(s.params) || !s.byName && given < s.required() {
		return s.wrongCount(given, named)
	}
	return nil
}

// onlyByPosition returns the number of required parameters that cannot be given by name.
func (s *signature) onlyByPosition() (n int) {
	for _, p := range s.params {
		if p.required && !p.byName {
			n++
		}
	}
	return n
}

// required returns the number of parameters without a default.
func (s *signature) required() (n int) {
	for _, p := range s.params {
		if p.required {
			n++
		}
	}
	return n
}

func (s *signature) unknown(name string) error {
	switch s.style {
	case wordsOfPython:
		return raise("TypeError", "%s() got an unexpected keyword argument '%s'", s.name, name)
	case wordsWithoutName:
		return raise("TypeError", "'%s' is an invalid keyword argument for this function", name)
	}
	return raise("TypeError", "'%s' is an invalid keyword argument for %s()", name, s.name)
}

// label returns the name of the function in error texts.
func (s *signature) label() string {
	if s.style == wordsWithoutName {
		return "function"
	}
	return s.name + "()"
}

// wrongCount returns the error for a wrong number of arguments, in Python's words.
func (s *signature) wrongCount(given, named int) error {
	least, most := s.required(), len(s.params)
	switch {
	case s.style == wordsOfPython:
		if least == s.byPosition {
			return raise("TypeError", "%s() takes %d positional argument%s but %d %s given", s.name, least, plural(least), given, wasWere(given))
		}
		return raise("TypeError", "%s() takes from %d to %d positional arguments but %d %s given", s.name, least, s.byPosition, given, wasWere(given))
	case s.byName:
		return s.wrongNamedCount(given, named)
	case most == 0:
		return raise("TypeError", "%s%s() takes no arguments (%d given)", s.owner, s.name, given)
	case most == 1 && least == 1 && s.style == wordsOfClinic:
		return raise("TypeError", "%s%s() takes exactly one argument (%d given)", s.owner, s.name, given)
	}
	bound, n := "", least
	switch {
	case least == most && s.style == wordsOfTuple:
		bound = "exactly "
	case least == most:
	case given < least:
		bound = "at least "
	default:
		bound, n = "at most ", most
	}
	if s.style == wordsOfTuple {
		return raise("TypeError", "%s() takes %s%d argument%s (%d given)", s.name, bound, n, plural(n), given)
	}
	return raise("TypeError", "%s expected %s%d argument%s, got %d", s.name, bound, n, plural(n), given)
}

// wrongNamedCount is wrongCount for a function that takes arguments by name.
func (s *signature) wrongNamedCount(given, named int) error {
	least, most := s.required(), len(s.params)
	if total := given + named; total > most {
		kind := ""
		if given == 0 {
			kind = "keyword "
		}
		return raise("TypeError", "%s takes %s %d %sargument%s (%d given)", s.label(), bounds(least < most || s.style == wordsWithoutName), most, kind, plural(most), total)
	}
	if s.byPosition == 0 {
		return raise("TypeError", "%s takes no positional arguments", s.label())
	}
	if only := s.onlyByPosition(); given < only {
		bound := "exactly"
		if only < s.byPosition {
			bound = "at least"
		}
		return raise("TypeError", "%s takes %s %d positional argument%s (%d given)", s.label(), bound, only, plural(only), given)
	}
	return raise("TypeError", "%s takes %s %d positional argument%s (%d given)", s.label(), bounds(least < s.byPosition), s.byPosition, plural(s.byPosition), given)
}

func bounds(open bool) string {
	if open {
		return "at most"
	}
	return "exactly"
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// A function is a built-in function: its signature, and a Go function that gets the results of
// bind.
type function struct {
	*signature
	call builtinFunc
}

func newFunction(source string, call builtinFunc) *function {
	return &function{parseSignature(source, ""), call}
}

// String returns the repr: some functions of Python's library are not built in.
func (f *function) String() string {
	if f.style == wordsOfPython {
		return "<function " + f.name + ">"
	}
	return "<built-in function " + f.name + ">"
}

func (f *function) Type() string { return "builtin_function_or_method" }

func (f *function) Freeze() {}

func (f *function) Truth() starlark.Bool { return true }

func (f *function) Hash() (uint32, error) { return starlark.String(f.name).Hash() }

func (f *function) Name() string { return f.name }

func (f *function) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return f.bindAndCall(thread, args, kwargs, 0)
}

// slotPool holds argument lists for calls of bind. A function with more than eight parameters
// gets a new list for each call.
var slotPool = sync.Pool{New: func() any { return new([8]starlark.Value) }}

// bindAndCall binds the arguments and calls the function. The function must not keep its
// argument list after it returns; it may keep the arguments.
func (f *function) bindAndCall(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple, self int) (starlark.Value, error) {
	if f.fitsAsGiven(len(args)-self, len(kwargs)) {
		return f.call(thread, args)
	}
	room := slotPool.Get().(*[8]starlark.Value)
	defer func() {
		clear(room[:])
		slotPool.Put(room)
	}()
	slots, err := f.bind(room[:0], args, kwargs, self)
	if err != nil {
		return nil, err
	}
	return f.call(thread, slots)
}

// A routine is a line of a table of functions or methods.
type routine struct {
	signature string
	call      builtinFunc
}

// notSupported returns the error for a part of Python that templates lack.
func notSupported(what string) error {
	return raise("TypeError", "%s is not supported in a template", what)
}

var _ fmt.Stringer = (*function)(nil)

// Attr implements starlark.HasAttrs.
func (f *function) Attr(name string) (starlark.Value, error) { return nativeAttr(f, plainName(name)) }

// AttrNames implements starlark.HasAttrs.
func (f *function) AttrNames() []string { return nil }
