package options

import (
	"encoding"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// An Option is the handle of an option whose value is a T.
type Option[T any] struct{ option *option }

// Value returns the value that was parsed or set, else the default. A value of None, and a
// default that NoDefault takes away, are the zero value.
func (o *Option[T]) Value() T {
	if v, ok := o.option.current().(T); ok {
		return v
	}
	var zero T
	return zero
}

// Set sets the value. The option's callback runs; a later parse overrides it.
func (o *Option[T]) Set(value T) {
	if err := o.option.set(value); err != nil {
		panic(err) // a callback's error
	}
}

// Name returns the name as it was defined.
func (o *Option[T]) Name() string { return o.option.name }

// Source returns where the value comes from: "default", "program", "command line",
// "environment NAME", or a config file's path and line.
func (o *Option[T]) Source() string { return o.option.source }

// A DefineOption changes an option's definition.
type DefineOption func(*option)

// Metavar names the value in the help: --port=PORT.
func Metavar(name string) DefineOption { return func(o *option) { o.metavar = name } }

// Group puts the option under a heading of the help. Without it, options are grouped by
// the source file that defines them.
func Group(name string) DefineOption { return func(o *option) { o.group = name } }

// NoDefault says that the option has no default: the help shows none.
func NoDefault() DefineOption { return func(o *option) { o.fallback = nil } }

// Append makes a list option that is given more than once on a command line add to the
// list. Without it, the last one wins.
func Append() DefineOption { return func(o *option) { o.appends = true } }

// Callback has fn called with each new value: after every parse that changes the option
// and after every Set, not for the default. Its error is that of the parse.
func Callback[T any](fn func(value T) error) DefineOption {
	return func(o *option) {
		o.callback = func(v any) error {
			value, _ := v.(T)
			return fn(value)
		}
	}
}

// rank is the rank of a source of values. A value never replaces one of a higher rank.
type rank int

const (
	byDefault rank = iota
	byFile
	byEnvironment
	byCommandLine
)

// An option holds the definition and the value of one option.
type option struct {
	name, help     string
	metavar, group string
	file           string       // that defines it
	kind           reflect.Type // type of the value; a slice if the option may have many values
	multiple       bool
	appends        bool
	fallback       any // the default; nil for none
	callback       func(any) error

	value  any // a value of type kind, or nil for Python's None; valid if isSet
	isSet  bool
	from   rank
	source string
}

// newOption returns an option that is defined by the caller skip frames above.
func newOption(name string, value any, kind reflect.Type, help string, skip int, changes []DefineOption) *option {
	_, file, _, _ := runtime.Caller(skip + 1)
	o := &option{name: name, help: help, file: file, group: file, kind: kind, fallback: value, source: "default"}
	o.multiple = kind.Kind() == reflect.Slice && !isText(kind)
	if !isKnown(o.element()) {
		panic(fmt.Sprintf("options: option %s cannot be a %v; use a string, int, float64, bool, time.Time, time.Duration, "+
			"an encoding.TextUnmarshaler, or a slice of these", quoted(name), kind))
	}
	for _, change := range changes {
		change(o)
	}
	return o
}

// isText reports whether a value of t reads itself from text.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) && t != timeType
}

// element returns the type of the value, or the type of each value if there may be many.
func (o *option) element() reflect.Type {
	if o.multiple {
		return o.kind.Elem()
	}
	return o.kind
}

func (o *option) current() any {
	if o.isSet {
		return o.value
	}
	return o.fallback
}

// set sets the value that the program passes.
func (o *option) set(value any) error {
	if err := o.checkType(value); err != nil {
		return err
	}
	return o.store(value, byDefault, "program")
}

// store keeps value and calls the callback.
func (o *option) store(value any, from rank, source string) error {
	o.value, o.isSet, o.from, o.source = value, true, from, source
	if o.callback == nil {
		return nil
	}
	return o.callback(o.current())
}

// checkType returns an error unless value is nil or of the option's type.
func (o *option) checkType(value any) *Error {
	t := reflect.TypeOf(value)
	switch {
	case value == nil || t == o.kind:
		return nil
	case o.multiple:
		return errorf(o.name, "", "Option %s is required to be a list of %s", quoted(o.name), typeName(o.element()))
	}
	return errorf(o.name, "", "Option %s is required to be a %s (<class '%s'> given)", quoted(o.name), typeName(o.kind), typeName(t))
}

// parse returns the value that text stands for.
func (o *option) parse(text string) (any, *Error) {
	if !o.multiple {
		v, err := o.parseOne(text)
		return v.Interface(), err
	}
	list := reflect.MakeSlice(o.kind, 0, 4)
	for part := range strings.SplitSeq(text, ",") {
		items, err := o.parsePart(part)
		if err != nil {
			return nil, err
		}
		if list = reflect.AppendSlice(list, items); list.Len() > maxItems {
			return nil, errorf(o.name, text, "Option %s has more than %d values", quoted(o.name), maxItems)
		}
	}
	return list.Interface(), nil
}

// maxItems limits the length of a list, because a short range can stand for a long list.
const maxItems = 1_000_000

// parsePart returns the values of the text between two commas: a single value, or a range of
// integers.
func (o *option) parsePart(part string) (reflect.Value, *Error) {
	list := reflect.MakeSlice(o.kind, 0, 1)
	first, last, isRange := strings.Cut(part, ":")
	if !isRange || !isInteger(o.element()) {
		v, err := o.parseOne(part)
		if err != nil {
			return list, err
		}
		return reflect.Append(list, v), nil
	}
	low, err := o.parseOne(first)
	if err != nil {
		return list, err
	}
	high := low
	if last != "" {
		if high, err = o.parseOne(last); err != nil {
			return list, err
		}
	}
	switch from, to := low.Int(), high.Int(); {
	case from > to:
		return list, errorf(o.name, part, "Option %s has the range %s, whose end is below its beginning", quoted(o.name), quoted(part))
	case uint64(to-from) >= maxItems:
		return list, errorf(o.name, part, "Option %s has more than %d values", quoted(o.name), maxItems)
	default:
		for i := from; ; i++ {
			list = reflect.Append(list, reflect.ValueOf(i).Convert(o.element()))
			if i == to {
				return list, nil
			}
		}
	}
}

// parseOne returns the value of the option's element type that text stands for.
func (o *option) parseOne(text string) (reflect.Value, *Error) {
	v, err := parseText(o.element(), text)
	if err == nil {
		return v, nil
	}
	e := errorf(o.name, text, "Option %s is required to be a %s (%s given)", quoted(o.name), typeName(o.element()), quoted(text))
	if err.Error() != "" {
		e.Message += ": " + err.Error()
	}
	e.Err = err
	return reflect.Zero(o.element()), e
}
