package web

import (
	"fmt"
	"reflect"
	"unicode"
	"unicode/utf8"
)

// A uiMethod is a function of Settings.UIMethods.
type uiMethod struct {
	name  string
	fn    reflect.Value
	bound reflect.Type // type of fn without its first parameter
}

// newUIMethods returns the uiMethods of functions. It panics if a name or a function is
// invalid.
func newUIMethods(functions map[string]any) (methods []uiMethod) {
	for name, fn := range functions {
		if first, _ := utf8.DecodeRuneInString(name); first == '_' || !unicode.IsLetter(first) || unicode.IsUpper(first) {
			panic(fmt.Sprintf("web: Settings.UIMethods: %q is not a valid name: begin with a lower-case letter", name))
		}
		v := reflect.ValueOf(fn)
		if v.Kind() != reflect.Func || v.Type().NumIn() == 0 || !takesHandler(v.Type()) {
			panic(fmt.Sprintf("web: Settings.UIMethods: %s is a %T: use a function whose first parameter is a *web.RequestHandler or a web.Handler", name, fn))
		}
		methods = append(methods, uiMethod{name, v, withoutFirst(v.Type())})
	}
	return methods
}

// takesHandler reports whether the first parameter of a function can be a handler.
func takesHandler(t reflect.Type) bool {
	if t.IsVariadic() && t.NumIn() == 1 {
		return false
	}
	first := t.In(0)
	return first == reflect.TypeFor[*RequestHandler]() || first.Kind() == reflect.Interface
}

// withoutFirst returns the type of a function without its first parameter.
func withoutFirst(t reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return reflect.FuncOf(in, out, t.IsVariadic())
}

// bind returns a function that calls m with h as the first argument.
func (m uiMethod) bind(h *RequestHandler) any {
	return reflect.MakeFunc(m.bound, func(args []reflect.Value) []reflect.Value {
		first := reflect.ValueOf(h.self)
		if param := m.fn.Type().In(0); param == reflect.TypeFor[*RequestHandler]() {
			first = reflect.ValueOf(h)
		} else if !first.Type().Implements(param) {
			panic(fmt.Sprintf("web: UI method %s: %T does not implement %s", m.name, h.self, param))
		}
		return callReflected(m.fn, append([]reflect.Value{first}, args...))
	}).Interface()
}

// UI returns the functions of Settings.UIMethods, bound to this handler, and the UI modules
// under the name modules. Tornado: the attribute ui.
func (h *RequestHandler) UI() Namespace {
	names := make(Namespace, len(h.application.uiMethods)+11)
	for _, m := range h.application.uiMethods {
		names[m.name] = m.bind(h)
	}
	modules := &uiModules{h}
	names["_tt_modules"], names["modules"] = modules, modules
	return names
}
