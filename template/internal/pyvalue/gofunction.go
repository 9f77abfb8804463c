package pyvalue

import (
	"context"
	"fmt"
	"reflect"

	"go.starlark.net/starlark"
)

// KeywordArgs are the keyword arguments of a call. A Go function gets them in a parameter of
// this type, anywhere in its list; the parameter takes no position.
//
//	"static": func(path string, kw template.KeywordArgs) string
type KeywordArgs map[string]any

var (
	kwargsType  = reflect.TypeFor[KeywordArgs]()
	contextType = reflect.TypeFor[context.Context]()
)

// A goFunc is a function or method of Go.
type goFunc struct {
	name    string
	fn      reflect.Value
	adaptor *adaptor
}

func (f *goFunc) String() string { return "<function " + f.name + ">" }

func (f *goFunc) Type() string { return "function" }

func (f *goFunc) Freeze() {}

func (f *goFunc) Truth() starlark.Bool { return true }

func (f *goFunc) Hash() (uint32, error) { return starlark.String(f.name).Hash() }

func (f *goFunc) Name() string { return f.name }

func (f *goFunc) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return f.call(thread, args, kwargs)
}

func (f *goFunc) call(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) == 0 && len(args) == 1 && f.fn.CanInterface() {
		switch fn := f.fn.Interface().(type) {
		case func(string) string:
			if s, ok := args[0].(starlark.String); ok {
				return starlark.String(fn(string(s))), nil
			}
		case func(any) any:
			v, err := toAny(args[0])
			if err != nil {
				return nil, err
			}
			return f.adaptor.value(fn(v)), nil
		}
	}
	if !usable(f.fn.Type()) {
		return nil, raise("TypeError", "%s() cannot be called from a template: it returns more than a value and an error", f.name)
	}
	in, err := f.arguments(thread, args, kwargs)
	if err != nil {
		return nil, err
	}
	return f.result(f.fn.Call(in))
}

// result returns the value of a call, or the error that the function returned.
func (f *goFunc) result(out []reflect.Value) (starlark.Value, error) {
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if !out[n-1].IsNil() {
			return nil, goError{out[n-1].Interface().(error)}
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return starlark.None, nil
	}
	return f.adaptor.reflected(out[0]), nil
}

// arguments returns the arguments of a call, converted to the types of the parameters. A
// context.Context gets the context of the run, KeywordArgs get the keyword arguments. A struct
// parameter without a positional argument is filled from the keyword arguments.
func (f *goFunc) arguments(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) ([]reflect.Value, error) {
	t := f.fn.Type()
	in := make([]reflect.Value, 0, t.NumIn())
	given := len(args)
	var c conversion
	for i := range t.NumIn() {
		param := t.In(i)
		switch {
		case param == contextType:
			in = append(in, reflect.ValueOf(runOf(thread).context()))
			continue
		case param == kwargsType:
			kw, err := c.toKwargs(kwargs)
			if err != nil {
				return nil, err
			}
			kwargs = nil
			in = append(in, reflect.ValueOf(kw))
			continue
		case t.IsVariadic() && i == t.NumIn()-1:
			for _, arg := range args {
				v, err := c.toGo(arg, param.Elem())
				if err != nil {
					return nil, f.badArgument(err)
				}
				in = append(in, v)
			}
			args = nil
			continue
		}
		var v reflect.Value
		var err error
		switch {
		case len(args) > 0:
			v, err = c.toGo(args[0], param)
			args = args[1:]
		case isOptions(param):
			v, err = f.options(&c, param, kwargs)
			kwargs = nil
		default:
			return nil, raise("TypeError", "%s() takes %d positional arguments but %d were given", f.name, t.NumIn(), given)
		}
		if err != nil {
			return nil, f.badArgument(err)
		}
		in = append(in, v)
	}
	if len(args) > 0 {
		return nil, raise("TypeError", "%s() takes %d positional arguments but %d were given", f.name, given-len(args), given)
	}
	if len(kwargs) > 0 {
		return nil, raise("TypeError", "%s() got an unexpected keyword argument %s", f.name, string(must(appendRepr(nil, kwargs[0][0]))))
	}
	return in, nil
}

// badArgument returns the TypeError of an argument that cannot be converted.
func (f *goFunc) badArgument(err error) error {
	if limit, ok := err.(*limitError); ok {
		return limit
	}
	return raise("TypeError", "%s(): %v", f.name, err)
}

// isOptions reports whether the fields of t can be keyword arguments.
func isOptions(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && t != timeType
}

// options returns a struct of type t, or a pointer to one, whose fields are set from the
// keyword arguments by their Python names.
func (f *goFunc) options(c *conversion, t reflect.Type, kwargs []starlark.Tuple) (reflect.Value, error) {
	structType := t
	if t.Kind() == reflect.Pointer {
		structType = t.Elem()
	}
	v := reflect.New(structType)
	info := f.adaptor.info(structType)
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		m := info.member(name)
		if m == nil || len(m.index) != 1 {
			return v, fmt.Errorf("unexpected keyword argument '%s'", name)
		}
		value, err := c.toGo(kw[1], m.info.t)
		if err != nil {
			return v, err
		}
		v.Elem().Field(m.index[0]).Set(value)
	}
	if t.Kind() == reflect.Pointer {
		return v, nil
	}
	return v.Elem(), nil
}

func (c *conversion) toKwargs(kwargs []starlark.Tuple) (KeywordArgs, error) {
	kw := make(KeywordArgs, len(kwargs))
	for _, pair := range kwargs {
		v, err := c.toAny(pair[1], 0)
		if err != nil {
			return nil, err
		}
		kw[string(pair[0].(starlark.String))] = v
	}
	return kw, nil
}

// maxSequence limits the values that a template takes from an iterator of Go.
const maxSequence = 1 << 20

// sequence returns a list of the values that an iter.Seq or iter.Seq2 yields.
func (f *goFunc) sequence() (starlark.Iterable, error) {
	var list []starlark.Value
	if f.fn.Type().CanSeq() {
		for v := range f.fn.Seq() {
			if list = append(list, f.adaptor.reflected(v)); len(list) > maxSequence {
				return nil, &limitError{"an iterator of more than 1048576 values"}
			}
		}
		return starlark.NewList(list), nil
	}
	for k, v := range f.fn.Seq2() {
		if list = append(list, starlark.Tuple{f.adaptor.reflected(k), f.adaptor.reflected(v)}); len(list) > maxSequence {
			return nil, &limitError{"an iterator of more than 1048576 values"}
		}
	}
	return starlark.NewList(list), nil
}
