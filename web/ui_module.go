package web

import (
	"fmt"
	htmltemplate "html/template"
	"reflect"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Module lists the methods that a UI module may override. Embed [UIModule] by value: it
// implements all of them and seals the interface. They are called once, when the page is
// complete. Their results occur once on the page, even if the module occurs several times.
type Module interface {
	// EmbeddedCSS returns a style for the page, or "". Tornado: embedded_css.
	EmbeddedCSS() string
	// EmbeddedJavaScript returns a script for the page, or "". Tornado:
	// embedded_javascript.
	EmbeddedJavaScript() string
	// CSSFiles returns style sheets for the page: URLs, or paths for StaticURL.
	CSSFiles() []string
	// JavaScriptFiles returns scripts for the page: URLs, or paths for StaticURL.
	JavaScriptFiles() []string
	// HTMLHead returns HTML for the end of the head element. Tornado: html_head.
	HTMLHead() string
	// HTMLBody returns HTML for the end of the body element. Tornado: html_body.
	HTMLBody() string

	uiModule() *UIModule
}

// UIModule is the base of UI modules: parts of pages with their own styles and scripts.
// Embed it and define a method Render. {% module Entry(post, brief=True) %} calls Render.
// The arguments are converted as for any function in a template. The result is text (a
// string, []byte or template.HTML), optionally with an error. The text is not escaped.
// Render may wait.
//
//	type Entry struct{ web.UIModule }
//
//	func (m *Entry) Render(post *Post, o struct{ Brief bool }) ([]byte, error) {
//		return m.RenderString("modules/entry.html", web.Namespace{"post": post, "brief": o.Brief})
//	}
//
//	func (m *Entry) CSSFiles() []string { return []string{"entry.css"} }
//
// Add it to Settings.UIModules. Tornado: web.UIModule.
type UIModule struct{ handler *RequestHandler }

func (m *UIModule) uiModule() *UIModule { return m }

// Handler returns the base of the page's handler; call Self for the whole handler. Tornado:
// handler.
func (m *UIModule) Handler() *RequestHandler { return m.handler }

// Request returns the request for the page. Tornado: request.
func (m *UIModule) Request() *httputil.HTTPServerRequest { return m.handler.Request() }

// Locale returns the language of the page; see [RequestHandler.Locale]. Tornado: locale.
func (m *UIModule) Locale() *locale.Locale { return m.handler.Locale() }

// CurrentUser returns the user who is logged in; see [RequestHandler.CurrentUser]. Tornado:
// current_user.
func (m *UIModule) CurrentUser() any { return m.handler.CurrentUser() }

// UI returns the functions of Settings.UIMethods and the UI modules, as [RequestHandler.UI]
// does. Tornado: ui.
func (m *UIModule) UI() Namespace { return m.handler.UI() }

// RenderString returns the output of the template called name, as
// [RequestHandler.RenderString] of the page's handler does. Tornado: render_string.
func (m *UIModule) RenderString(name string, namespace ...Namespace) ([]byte, error) {
	return m.handler.self.RenderString(name, namespace...)
}

// EmbeddedCSS returns "" unless overridden. Tornado: embedded_css.
func (m *UIModule) EmbeddedCSS() string { return "" }

// EmbeddedJavaScript returns "" unless overridden. Tornado: embedded_javascript.
func (m *UIModule) EmbeddedJavaScript() string { return "" }

// CSSFiles returns nil unless overridden. Tornado: css_files.
func (m *UIModule) CSSFiles() []string { return nil }

// JavaScriptFiles returns nil unless overridden. Tornado: javascript_files.
func (m *UIModule) JavaScriptFiles() []string { return nil }

// HTMLHead returns "" unless overridden. Tornado: html_head.
func (m *UIModule) HTMLHead() string { return "" }

// HTMLBody returns "" unless overridden. Tornado: html_body.
func (m *UIModule) HTMLBody() string { return "" }

// A UIModuleClass makes the UI modules of each page; see UIModuleOf.
type UIModuleClass struct {
	make   func() Module
	render reflect.Type // the type of Render without its receiver
}

// UIModuleOf returns the class whose modules are copies of prototype. It panics if
// prototype has no method Render that returns text.
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
		panic(fmt.Sprintf("web: %T is not a UI module: give it a method Render that returns a string or []byte, optionally with an error", prototype))
	}
	class.render = render.Type()
	return class
}

var errorType = reflect.TypeFor[error]()

// returnsText reports whether a function returns text, or text and an error.
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

// activeModule returns the module called name on this page. The first call makes it.
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

// uiModules is the value of modules in templates.
type uiModules struct{ handler *RequestHandler }

// Lookup returns a function that renders a module. The function makes the module when it is
// called, so modules in its arguments are made first. The page has the styles in that
// order.
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
	return fmt.Errorf("web: there is no UI module %s: add it to Settings.UIModules", name)
}

// Render renders a module in templates of html/template:
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

// goArguments returns the arguments for a call of Render from html/template. Missing
// arguments that are structs or Kwargs become zero values.
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
			return nil, fmt.Errorf("web: UI module %s: Render takes %d arguments, not %d", name, t.NumIn(), len(args))
		}
		v := reflect.Zero(param)
		switch {
		case i < len(args) && args[i] != nil:
			v = reflect.ValueOf(args[i])
		case i >= len(args) && param.Kind() != reflect.Struct && param.Kind() != reflect.Map:
			return nil, fmt.Errorf("web: UI module %s: Render takes %d arguments, not %d", name, t.NumIn(), len(args))
		}
		if !v.Type().AssignableTo(param) {
			return nil, fmt.Errorf("web: UI module %s: argument %d is a %s, not a %s", name, i+1, v.Type(), param)
		}
		in = append(in, v)
	}
	return in, nil
}

// callReflected calls fn with arguments in the form of reflect.MakeFunc, where variadic
// arguments are a slice.
func callReflected(fn reflect.Value, args []reflect.Value) []reflect.Value {
	if fn.Type().IsVariadic() {
		return fn.CallSlice(args)
	}
	return fn.Call(args)
}
