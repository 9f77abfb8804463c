package web

import (
	"fmt"

	"github.com/gotornado/tornado/internal/webbase"
)

// A HandlerClass makes the handler of each request. In Tornado it is a handler class with
// the arguments of its initialize.
type HandlerClass struct {
	make    func() *RequestHandler
	streams bool // the result of StreamRequestBody
}

// Class returns the class whose handlers are copies of prototype. It panics if prototype
// embeds a pointer to its base. If prototype has a method CheckPrototype(self Handler)
// error, Class calls it and panics with its error.
func Class[T any, P interface {
	*T
	Handler
}](prototype T) HandlerClass {
	class := HandlerClass{make: func() *RequestHandler {
		p := new(T)
		*p = prototype
		b := P(p).base()
		b.self = P(p)
		return b
	}}
	if first, second := class.make, class.make; P(&prototype).base() == nil || first() == second() {
		panic(fmt.Sprintf("web: %T embeds a pointer to its base: embed it by value, because each request has its own", prototype))
	}
	if err := checkPrototype(P(&prototype)); err != nil {
		panic(fmt.Sprintf("web: %T cannot be served: %v", prototype, err))
	}
	class.streams = class.make().streams()
	return class
}

// A prototypeChecker is an application's handler that can tell why a prototype cannot be
// served. A localChecker is a handler of this package that can.
type (
	prototypeChecker interface {
		CheckPrototype(self Handler) error
	}
	localChecker interface {
		checkPrototype(self Handler) error
	}
)

// checkPrototype returns an error if prototype cannot be served. It asks the base of the
// handler before the handler itself.
func checkPrototype(prototype Handler) error {
	if c, ok := prototype.(localChecker); ok {
		if err := c.checkPrototype(prototype); err != nil {
			return err
		}
	}
	if h, ok := prototype.(webbase.Hooked); ok {
		if err := h.FrameworkHooks().CheckPrototype(prototype); err != nil {
			return err
		}
	}
	if c, ok := prototype.(prototypeChecker); ok {
		return c.CheckPrototype(prototype)
	}
	return nil
}

// A URLSpec is a pattern for paths and the handler class that serves them. Tornado:
// web.URLSpec.
type URLSpec struct {
	pattern pattern
	class   HandlerClass
	name    string
	matcher Matcher   // nil matches every request
	rules   *ruleList // nested rules instead of a pattern; nil if there is a pattern

	argumentMatcher ArgumentMatcher // nil matches every request
}

// describe returns the pattern and the name for an error page.
func (s *URLSpec) describe() string {
	if s.name == "" {
		return fmt.Sprintf("route %q", s.pattern.text)
	}
	return fmt.Sprintf("route %q, named %q", s.pattern.text, s.name)
}

// A URLOption configures a URLSpec.
type URLOption func(*URLSpec)

// Name sets the name of a URLSpec for ReverseURL. Tornado: the argument name of URLSpec.
func Name(name string) URLOption { return func(s *URLSpec) { s.name = name } }

// URL returns a URLSpec that serves copies of prototype, which is a struct and not a
// pointer: URL("/", MainHandler{}). pattern is a regular expression for the whole path,
// percent-encoded as it was sent. Its groups become the arguments of the handler; all of
// them must be named, or all positional. A pattern with {name} or {name:regexp} is a
// template of gorilla/mux instead; all its groups are named. URL panics if the pattern is
// invalid, or if the prototype cannot be served; see [Class]. Tornado: web.url, URLSpec.
func URL[T any, P interface {
	*T
	Handler
}](pattern string, prototype T, options ...URLOption) URLSpec {
	s := newURLSpec(pattern, Class[T, P](prototype))
	for _, option := range options {
		option(&s)
	}
	return s
}

func newURLSpec(text string, class HandlerClass) URLSpec {
	p, err := compilePattern(text)
	if err != nil {
		panic(fmt.Sprintf("web: URL pattern %q: %v", text, err))
	}
	return URLSpec{pattern: p, class: class}
}
