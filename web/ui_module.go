package web

import (
	"fmt"
	htmltemplate "html/template"
	"reflect"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Module lists what a UI module may override. Embed [UIModule] by value: it has all of
// it, and seals the interface. What a page needs for a module is asked for once, when
// the page is complete, and stands on the page once, however often the module does.
type Module interface {
	// EmbeddedCSS is a style for the page; "" is none. Tornado: embedded_css.
	EmbeddedCSS() string
	// EmbeddedJavaScript is a script for the page. Tornado: embedded_javascript.
	EmbeddedJavaScript() string
	// CSSFiles are style sheets for the page: URLs, or paths for StaticURL.
	CSSFiles() []string
	// JavaScriptFiles are scripts for the page, as CSSFiles.
	JavaScriptFiles() []string
	// HTMLHead is put at the end of the head element. Tornado: html_head.
	HTMLHead() string
	// HTMLBody is put at the end of the body element. Tornado: html_body.
	HTMLBody() string

	uiModule() *UIModule
}

// UIModule is the base of UI modules: parts of pages that bring their own styles and
// scripts. Embed it, and define a method Render; its arguments are what {% module
// Entry(post, brief=True) %} passes, converted as for any function that a template
// calls, and its result is text (a string, []byte or template.HTML), and perhaps an
// error. The text is not escaped. Render may wait.
//
//	type Entry struct{ web.UIModule }
//
//	func (m *Entry) Render(post *Post, o struct{ Brief bool }) ([]byte, error) {
//		return m.RenderString("modules/entry.html", web.Namespace{"post": post, "brief": o.Brief})
//	}
//
//	func (m *Entry) CSSFiles() []string { return []string{"entry.css"} }
//
// Name it in the setting UIModules. Tornado: web.UIModule.
type UIModule struct{ handler *RequestHandler }

func (m *UIModule) uiModule() *UIModule { return m }

// Handler is the base of the handler whose page it is; its Self is the whole handler.
// Tornado: handler.
func (m *UIModule) Handler() *RequestHandler { return m.handler }

// Request is the request of the handler whose page it is. Tornado: request.
func (m *UIModule) Request() *httputil.HTTPServerRequest { return m.handler.Request() }

// Locale is the language of the page; see [RequestHandler.Locale]. Tornado: locale.
func (m *UIModule) Locale() *locale.Locale { return m.handler.Locale() }

// CurrentUser is who is logged in, see [RequestHandler.CurrentUser]. Tornado: current_user.
func (m *UIModule) CurrentUser() any { return m.handler.CurrentUser() }

// UI holds the functions of the setting UIMethods and the UI modules, as
// [RequestHandler.UI] does. Tornado: ui.
func (m *UIModule) UI() Namespace { return m.handler.UI() }

// RenderString returns what the template called name makes of the names of the page's
// handler and of namespace; see [RequestHandler.RenderString]. Tornado: render_string.
func (m *UIModule) RenderString(name string, namespace ...Namespace) ([]byte, error) {
	return m.handler.self.RenderString(name, namespace...)
}

// EmbeddedCSS returns "" unless overridden, as the other hooks return nothing.
// Tornado: embedded_css.
func (m *UIModule) EmbeddedCSS() string { return "" }

// EmbeddedJavaScript returns "" unless overridden. Tornado: embedded_javascript.
func (m *UIModule) EmbeddedJavaScript() string { return "" }

// CSSFiles returns none unless overridden. Tornado: css_files.
func (m *UIModule) CSSFiles() []string { return nil }

// JavaScriptFiles returns none unless overridden. Tornado: javascript_files.
func (m *UIModule) JavaScriptFiles() []string { return nil }

// HTMLHead returns "" unless overridden. Tornado: html_head.
func (m *UIModule) HTMLHead() string { return "" }

// HTMLBody returns "" unless overridden. Tornado: html_body.
func (m *UIModule) HTMLBody() string { return "" }

// A UIModuleClass makes the UI modules of each page, see UIModuleOf.
type UIModuleClass struct {
	make   func() Module
	render reflect.Type // of the method, without its receiver
}

// UIModuleOf returns the class whose modules are copies of prototype. A prototype without
// a method Render that returns text is a programmer's mistake, and panics.
func UIModuleOf[T any, P interface {
	*T
	Module
}](prototype T) UIModuleClass {
	class := UIModuleClass{make: func() Module {
		p := new(T)
		*p = prototype
		return P(p)
	}}
	render := reflect.ValueOf(P(&prototype)).MethodByName("Render")
	if !render.IsValid() || !returnsText(render.Type()) {
		panic(fmt.Sprintf("web: %T is no UI module: give it a method Render that returns a string or []byte, and perhaps an error", prototype))
	}
	class.render = render.Type()
	return class
}

var errorType = reflect.TypeFor[error]()

// returnsText says whether the results of a function are text, or text and an error.
func returnsText(t reflect.Type) bool {
	if n := t.NumOut(); n != 1 && (n != 2 || t.Out(1) != errorType) {
		return false
	}
	text := t.Out(0)
	return text.Kind() == reflect.String || text.Kind() == reflect.Slice && text.Elem().Kind() == reflect.Uint8
}

// An activeModule is a UI module that was rendered on a page.
type activeModule struct {
	name   string
	module Module
	render reflect.Value
}

// activeModule returns the module of that name on this page, made when first asked for.
func (h *RequestHandler) activeModule(name string, class UIModuleClass) *activeModule {
	p := h.extra()
	for _, m := range p.modules {
		if m.name == name {
			return m
		}
	}
	m := class.make()
	m.uiModule().handler = h
	active := &activeModule{name, m, reflect.ValueOf(m).MethodByName("Render")}
	p.modules = append(p.modules, active)
	return active
}

// uiModules is what templates call modules.
type uiModules struct{ handler *RequestHandler }

// Lookup returns the function that renders a module. The module itself is made when the
// function is called, behind those in its arguments: their order is the styles' order.
func (u *uiModules) Lookup(name string) (any, bool) {
	class, ok := u.handler.application.uiModules[name]
	if !ok {
		return func(template.Kwargs, ...any) (string, error) { return "", noUIModule(name) }, true
	}
	return reflect.MakeFunc(class.render, func(args []reflect.Value) []reflect.Value {
		return callReflected(u.handler.activeModule(name, class).render, args)
	}).Interface(), true
}

func noUIModule(name string) error {
	return fmt.Errorf("web: there is no UI module %s: name it in Settings.UIModules", name)
}

// Render renders a module for the templates of html/template:
//
//	{{.modules.Render "Entry" .post}}
func (u *uiModules) Render(name string, args ...any) (htmltemplate.HTML, error) {
	class, ok := u.handler.application.uiModules[name]
	if !ok {
		return "", noUIModule(name)
	}
	in, err := goArguments(name, class.render, args)
	if err != nil {
		return "", err
	}
	out := u.handler.activeModule(name, class).render.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return "", out[1].Interface().(error)
	}
	return htmltemplate.HTML(out[0].Convert(reflect.TypeFor[string]()).String()), nil
}

// goArguments checks the arguments of a call from Go; a struct or Kwargs that is left out
// is the zero value.
func goArguments(name string, t reflect.Type, args []any) (in []reflect.Value, err error) {
	for i := range max(t.NumIn(), len(args)) {
		variadic := t.IsVariadic() && i >= t.NumIn()-1
		var param reflect.Type
		switch {
		case variadic && i >= len(args):
			return in, nil
		case variadic:
			param = t.In(t.NumIn() - 1).Elem()
		case i < t.NumIn():
			param = t.In(i)
		default:
			return nil, fmt.Errorf("web: UI module %s: %d arguments, not %d", name, t.NumIn(), len(args))
		}
		v := reflect.Zero(param)
		switch {
		case i < len(args) && args[i] != nil:
			v = reflect.ValueOf(args[i])
		case i >= len(args) && param.Kind() != reflect.Struct && param.Kind() != reflect.Map:
			return nil, fmt.Errorf("web: UI module %s: %d arguments, not %d", name, t.NumIn(), len(args))
		}
		if !v.Type().AssignableTo(param) {
			return nil, fmt.Errorf("web: UI module %s: argument %d is a %s, not a %s", name, i+1, v.Type(), param)
		}
		in = append(in, v)
	}
	return in, nil
}

// call calls fn with arguments as reflect.MakeFunc has them.
func callReflected(fn reflect.Value, args []reflect.Value) []reflect.Value {
	if fn.Type().IsVariadic() {
		return fn.CallSlice(args)
	}
	return fn.Call(args)
}
