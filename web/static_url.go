package web

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
)

var errNoStaticPath = errors.New("web: StaticURL needs the setting StaticPath, StaticFS or StaticHandlerClass")

// withStatic adds what the static settings have by default.
func (s Settings) withStatic() Settings {
	if s.StaticURLPrefix == "" {
		s.StaticURLPrefix = "/static/"
	}
	if path, err := filepath.Abs(s.StaticPath); s.StaticPath != "" && err == nil {
		s.StaticPath = path
	}
	if s.StaticHandlerClass.make == nil && (s.StaticPath != "" || s.StaticFS != nil) {
		s.StaticHandlerClass = Class(StaticFileHandler{Path: s.StaticPath, FS: s.StaticFS})
	}
	if s.StaticHandlerClass.make != nil && s.classRoot(s.StaticHandlerClass) == "" {
		s.StaticHandlerClass = HandlerClass{}
	}
	return s
}

// classRoot is what a class of static handlers serves, "" if nothing.
func (s *Settings) classRoot(class HandlerClass) string {
	self := class.make().self
	h, ok := self.(StaticHandler)
	if !ok {
		panic(fmt.Sprintf("web: the setting StaticHandlerClass is %T: embed StaticFileHandler", self))
	}
	return h.static().root(s)
}

// checkStatic panics if a static handler among specs has nothing to serve.
func (s *Settings) checkStatic(specs []URLSpec) {
	for _, spec := range specs {
		if spec.rules != nil {
			s.checkStatic(spec.rules.specs)
			continue
		}
		if h, ok := spec.class.make().self.(StaticHandler); ok && h.static().root(s) == "" {
			panic(fmt.Sprintf("web: %T cannot be served: set Path to a directory, or FS, or the setting StaticPath", h))
		}
	}
}

// staticSpecs are the URLSpecs of the static settings.
func (s *Settings) staticSpecs() []URLSpec {
	class := s.StaticHandlerClass
	if class.make == nil {
		return nil
	}
	return []URLSpec{
		newURLSpec(`/(robots\.txt)`, class),
		newURLSpec(`/(favicon\.ico)`, class),
		newURLSpec(regexp.QuoteMeta(s.StaticURLPrefix)+`(.*)`, class),
	}
}

// A StaticURLOption refines [RequestHandler.StaticURL].
type StaticURLOption func(*staticURLOptions)

type staticURLOptions struct{ host, version bool }

// IncludeHost makes StaticURL return an absolute URL, or not: without it, what
// SetIncludeHost said counts. Tornado: the argument include_host.
func IncludeHost(include bool) StaticURLOption {
	return func(o *staticURLOptions) { o.host = include }
}

// IncludeVersion makes StaticURL add the version, which it does by default, or not.
// Tornado: the argument include_version.
func IncludeVersion(include bool) StaticURLOption {
	return func(o *staticURLOptions) { o.version = include }
}

// staticURLOptions are those of a StaticURL without options.
func (h *RequestHandler) staticURLOptions() staticURLOptions {
	return staticURLOptions{host: h.extras != nil && h.extras.includeHost, version: true}
}

// SetIncludeHost says whether StaticURL returns absolute URLs unless an option says
// otherwise. Tornado: the attribute include_host.
func (h *RequestHandler) SetIncludeHost(include bool) { h.extra().includeHost = include }

// StaticURL returns the URL of a file below the setting StaticPath, with its version,
// so that clients may keep it for years and ask anew when it changes. It may wait while
// the file is read for that. Without such a setting it is "", and the request fails
// with 500. Tornado: static_url.
func (h *RequestHandler) StaticURL(path string, options ...StaticURLOption) string {
	s := h.Settings()
	if s.StaticHandlerClass.make == nil {
		h.recordMisuse(errNoStaticPath)
		return ""
	}
	o := h.staticURLOptions()
	for _, option := range options {
		option(&o)
	}
	class := s.StaticHandlerClass.make().self.(StaticHandler)
	class.static().callerLoop = h.Loop()
	url := class.MakeStaticURL(s, path, o.version)
	if o.host {
		url = h.peekRequest().Protocol + "://" + h.peekRequest().Host + url
	}
	return url
}
