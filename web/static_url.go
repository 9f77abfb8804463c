package web

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
)

var errNoStaticPath = errors.New("web: StaticURL has no files: define Settings.StaticPath, StaticFS or StaticHandlerClass")

// withStatic returns the settings with the defaults of the static settings filled in.
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

// classRoot returns the root of a class of static handlers, or "" if it has no files to
// serve.
func (s *Settings) classRoot(class HandlerClass) string {
	self := class.make().self
	h, ok := self.(StaticHandler)
	if !ok {
		panic(fmt.Sprintf("web: Settings.StaticHandlerClass is %T: embed web.StaticFileHandler", self))
	}
	return h.static().root(s)
}

// checkStatic panics if a static handler in specs has no files to serve.
func (s *Settings) checkStatic(specs []URLSpec) {
	for _, spec := range specs {
		if spec.rules != nil {
			s.checkStatic(spec.rules.specs)
			continue
		}
		if h, ok := spec.class.make().self.(StaticHandler); ok && h.static().root(s) == "" {
			panic(fmt.Sprintf("web: %T cannot be served: set its Path or FS, or Settings.StaticPath or StaticFS", h))
		}
	}
}

// staticSpecs returns the URLSpecs for the static settings.
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

// A StaticURLOption changes the result of [RequestHandler.StaticURL].
type StaticURLOption func(*staticURLOptions)

type staticURLOptions struct{ host, version bool }

// IncludeHost makes StaticURL return an absolute URL if include is true. Without this
// option, the value of SetIncludeHost counts. Tornado: the argument include_host.
func IncludeHost(include bool) StaticURLOption {
	return func(o *staticURLOptions) { o.host = include }
}

// IncludeVersion makes StaticURL add the version if include is true, which is the default.
// Tornado: the argument include_version.
func IncludeVersion(include bool) StaticURLOption {
	return func(o *staticURLOptions) { o.version = include }
}

// staticURLOptions returns the options that StaticURL uses if the caller passes none.
func (h *RequestHandler) staticURLOptions() staticURLOptions {
	return staticURLOptions{host: h.extras != nil && h.extras.includeHost, version: true}
}

// SetIncludeHost makes StaticURL return absolute URLs by default if include is true.
// Tornado: the attribute include_host.
func (h *RequestHandler) SetIncludeHost(include bool) { h.extra().includeHost = include }

// StaticURL returns the URL of a file below Settings.StaticPath, with the version of the
// file. So clients may cache it for years and still get a new version at once. StaticURL
// may wait while the file is read. Without static settings it returns "", and the request
// fails with 500. Tornado: static_url.
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
