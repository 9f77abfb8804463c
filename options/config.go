package options

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	starlarktime "go.starlark.net/lib/time"
	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// maxConfigSteps limits the work of a config file, in steps of Starlark's machine.
const maxConfigSteps = 10_000_000

var configLanguage = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}

// ParseConfigFile reads a config file into the global parser: see
// OptionParser.ParseConfigFile. Tornado: parse_config_file.
func ParseConfigFile(path string, changes ...ParseOption) error {
	return Options.ParseConfigFile(path, changes...)
}

// ParseConfigFile runs the file at path, which is Python in the part that Starlark knows,
// without imports, files and network. Each global with the name of an option sets it: a
// text is parsed like an argument, any other value must be of the option's type. Names that
// begin with "_" and functions are ignored; other names that are not options are errors.
// __file__ is the file's absolute path; time is Starlark's module of that name, for times
// and durations. Tornado: parse_config_file.
func (p *OptionParser) ParseConfigFile(path string, changes ...ParseOption) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return &Error{Source: path, Message: "cannot read the config file", Err: err}
	}
	globals, order, err := runConfig(path, text)
	if err != nil {
		return err
	}
	for _, binding := range order {
		name := binding.First.Name
		value, ok := globals[name]
		if _, isFunction := value.(starlark.Callable); !ok || isFunction || strings.HasPrefix(name, "_") {
			continue
		}
		source := fmt.Sprintf("%s:%d", path, binding.First.NamePos.Line)
		if err := p.takeConfig(name, value, source); err != nil {
			return at(err, source)
		}
	}
	return at(p.runFinal(changes), path)
}

// runConfig runs a config file. It returns the global variables, and their names in the order of
// their first lines.
func runConfig(path string, text []byte) (starlark.StringDict, []*resolve.Binding, error) {
	fail := func(err error) error { return &Error{Source: path, Message: configFault(err), Err: err} }
	predeclared := starlark.StringDict{"__file__": starlark.String(absolute(path)), "time": starlarktime.Module}
	file, err := configLanguage.Parse(path, text, 0)
	if err != nil {
		return nil, nil, fail(err)
	}
	program, err := starlark.FileProgram(file, predeclared.Has)
	if err != nil {
		return nil, nil, fail(err)
	}
	thread := &starlark.Thread{Name: path, Print: func(_ *starlark.Thread, text string) { fmt.Fprintln(os.Stderr, text) }}
	thread.SetMaxExecutionSteps(maxConfigSteps)
	globals, err := program.Init(thread, predeclared)
	if err != nil {
		return nil, nil, fail(err)
	}
	return globals, file.Module.(*resolve.Module).Globals, nil
}

// configFault returns the fault of a config file, with its line.
func configFault(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*starlark.EvalError](err); ok {
		text = e.Backtrace()
	}
	if strings.Contains(text, "import") {
		text += " (a config file cannot import modules: delete the line)"
	}
	return text
}

// takeConfig stores the value of a global.
func (p *OptionParser) takeConfig(name string, value starlark.Value, source string) error {
	o, err := p.lookUp(name)
	if err != nil {
		return errorf(name, "", "Unrecognized option %s; begin the names of helpers with \"_\"", quoted(name))
	}
	var v any
	var e *Error
	text, isText := value.(starlark.String)
	switch {
	case isText && o.kind.Kind() != reflect.String:
		v, e = o.parse(string(text))
	case o.multiple:
		v, e = o.listFrom(value)
	default:
		v, e = o.valueFrom(value)
	}
	if e != nil {
		return e
	}
	return o.takeFrom(v, byFile, source)
}

func (o *option) listFrom(value starlark.Value) (any, *Error) {
	list, ok := value.(*starlark.List)
	if !ok {
		return nil, errorf(o.name, value.String(), "Option %s is required to be a list of %s or a comma-separated string",
			quoted(o.name), typeName(o.element()))
	}
	items := reflect.MakeSlice(o.kind, 0, list.Len())
	for i := range list.Len() {
		item := reflect.New(o.element()).Elem()
		if !assign(item, list.Index(i)) {
			return nil, errorf(o.name, value.String(), "Option %s is required to be a list of %s", quoted(o.name), typeName(o.element()))
		}
		items = reflect.Append(items, item)
	}
	return items.Interface(), nil
}

func (o *option) valueFrom(value starlark.Value) (any, *Error) {
	if value == starlark.None {
		return nil, nil
	}
	v := reflect.New(o.kind).Elem()
	if assign(v, value) {
		return v.Interface(), nil
	}
	return nil, errorf(o.name, value.String(), "Option %s is required to be a %s (<class '%s'> given)", quoted(o.name), typeName(o.kind), pythonType(value))
}

// pythonType returns Python's name of a value's type.
func pythonType(value starlark.Value) string {
	switch value.(type) {
	case starlark.String:
		return "str"
	case starlark.NoneType:
		return "NoneType"
	case starlarktime.Time:
		return "datetime"
	case starlarktime.Duration:
		return "timedelta"
	}
	return value.Type()
}

// assign puts a value of a config file into v and reports whether it is of v's type. None
// in a list is the zero value.
func assign(v reflect.Value, value starlark.Value) bool {
	switch x := value.(type) {
	case starlark.NoneType:
		return true
	case starlarktime.Time:
		return assignGo(v, time.Time(x))
	case starlarktime.Duration:
		return assignGo(v, time.Duration(x))
	}
	if v.Type() == durationType || isText(v.Type()) {
		return false
	}
	switch x := value.(type) {
	case starlark.String:
		if v.Kind() == reflect.String {
			v.SetString(string(x))
			return true
		}
	case starlark.Bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(bool(x))
			return true
		}
	case starlark.Float:
		if v.Kind() == reflect.Float64 {
			v.SetFloat(float64(x))
			return true
		}
	case starlark.Int:
		n, ok := x.Int64()
		if ok && isInteger(v.Type()) && !v.OverflowInt(n) {
			v.SetInt(n)
			return true
		}
	}
	return false
}

func assignGo[T any](v reflect.Value, x T) bool {
	if v.Type() != reflect.TypeFor[T]() {
		return false
	}
	v.Set(reflect.ValueOf(x))
	return true
}
