package web

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/gotornado/tornado/template"
)

var (
	errRenderAfterFinish = errors.New("web: cannot Render after Finish: render first, and let Render finish the answer")
	errNoTemplates       = errors.New("web: Render needs templates: define Settings.TemplatePath, TemplateFS or TemplateLoader")
)

// A Namespace gives values to the names in a template. Tornado: the keyword arguments
// of render.
type Namespace map[string]any

// Render answers with the template called name: it finishes the answer with what
// RenderString makes of it, and with the styles and scripts of the UI modules on the
// page. These stand in front of </head> and </body>; a page without such a tag is an
// error if something is to stand there. An error sticks: the request ends with it even
// if the caller drops it. Tornado: render.
func (h *RequestHandler) Render(name string, namespace ...Namespace) error {
	if h.finished {
		return h.recordMisuse(errRenderAfterFinish)
	}
	html, err := h.self.RenderString(name, namespace...)
	if err == nil {
		html, err = h.embedResources(name, html)
	}
	switch {
	case err != nil && isFinish(err): // of a UI module; it is no misuse
		return err
	case err != nil:
		return h.recordMisuse(err)
	}
	if err := h.writeOwned(html); err != nil {
		return err
	}
	return h.self.Finish()
}

// RenderString returns what the template called name makes of the names of
// GetTemplateNamespace and of namespace, which wins over them. The error is a
// [*template.ParseError], a [*template.Error], one of the file system, or says that no
// setting names templates. Tornado: render_string.
func (h *RequestHandler) RenderString(name string, namespace ...Namespace) ([]byte, error) {
	loader, err := h.templateLoader()
	if err != nil {
		return nil, err
	}
	t, err := loader.Load(name)
	if err != nil {
		return nil, err
	}
	names := h.self.GetTemplateNamespace()
	if names == nil {
		names = Namespace{}
	}
	for _, more := range namespace {
		maps.Copy(names, more)
	}
	return t.Generate(names)
}

// GetTemplatePath returns the setting TemplatePath. Override it for a handler whose
// templates lie elsewhere. Tornado: get_template_path.
func (h *RequestHandler) GetTemplatePath() string { return h.application.settings.TemplatePath }

// GetTemplateNamespace returns the names that every template has: handler, request,
// current_user, locale, _, pgettext, static_url, xsrf_form_html, reverse_url, modules and
// the setting UIMethods. Override it to add to what it returns, a new map for each call.
// Tornado: get_template_namespace.
func (h *RequestHandler) GetTemplateNamespace() Namespace {
	l := &templateLocale{h.Locale(), h}
	names := h.UI()
	names["handler"] = h.self
	names["request"] = h.Request()
	names["current_user"] = h.CurrentUser()
	names["locale"] = l
	names["_"] = l.Translate
	names["pgettext"] = l.Pgettext
	names["static_url"] = h.templateStaticURL
	names["xsrf_form_html"] = func() htmltemplate.HTML { return htmltemplate.HTML(h.XSRFFormHTML()) }
	names["reverse_url"] = h.self.ReverseURL
	return names
}

// templateStaticURL is StaticURL with Python's arguments.
func (h *RequestHandler) templateStaticURL(kwargs template.Kwargs, args ...any) (string, error) {
	var path string
	o := h.staticURLOptions()
	err := bindArguments("static_url", args, kwargs, pythonParameter{"path", &path, true}, pythonParameter{"include_host", &o.host, false},
		pythonParameter{"include_version", &o.version, false})
	switch {
	case err != nil:
		return "", err
	case h.Settings().StaticHandlerClass.make == nil:
		return "", errNoStaticPath
	}
	return h.self.StaticURL(path, IncludeHost(o.host), IncludeVersion(o.version)), nil
}

// CreateTemplateLoader returns the setting TemplateLoader or, without one, a loader for
// templatePath, which is a directory, or one of the setting TemplateFS; it is nil if there
// are no templates at all. An application calls it once for each path that GetTemplatePath
// returns. Override it for templates of another kind. Tornado: create_template_loader.
func (h *RequestHandler) CreateTemplateLoader(templatePath string) template.BaseLoader {
	s := &h.application.settings
	o := template.Options{Autoescape: s.Autoescape, Whitespace: s.TemplateWhitespace}
	switch {
	case s.TemplateLoader != nil:
		return s.TemplateLoader
	case s.TemplateFS != nil && templatePath == "":
		return template.NewFSLoader(s.TemplateFS, o)
	case s.TemplateFS != nil:
		if sub, err := fs.Sub(s.TemplateFS, templatePath); err == nil {
			return template.NewFSLoader(sub, o)
		}
	case templatePath != "":
		return template.NewFSLoader(os.DirFS(templatePath), o)
	}
	return nil
}

// templateLoader is the loader of the handler's path.
func (h *RequestHandler) templateLoader() (template.BaseLoader, error) {
	a, path := h.application, h.self.GetTemplatePath()
	loader, ok := a.loaders.Load(path)
	if !ok {
		made := h.self.CreateTemplateLoader(path)
		if made == nil {
			return nil, errNoTemplates
		}
		loader, _ = a.loaders.LoadOrStore(path, made)
	}
	if a.settings.NoCompiledTemplateCache && !h.extra().loadersReset {
		h.extras.loadersReset = true
		a.loaders.Range(func(_, l any) bool {
			l.(template.BaseLoader).Reset()
			return true
		})
	}
	return loader.(template.BaseLoader), nil
}

// embedResources adds what the UI modules of the page need.
func (h *RequestHandler) embedResources(name string, html []byte) ([]byte, error) {
	if h.extras == nil || len(h.extras.modules) == 0 {
		return html, nil
	}
	var jsFiles, jsEmbed, cssFiles, cssEmbed, heads, bodies []string
	for _, active := range h.extras.modules {
		m := active.module
		jsEmbed = appendText(jsEmbed, m.EmbeddedJavaScript())
		jsFiles = append(jsFiles, m.JavaScriptFiles()...)
		cssEmbed = appendText(cssEmbed, m.EmbeddedCSS())
		cssFiles = append(cssFiles, m.CSSFiles()...)
		heads = appendText(heads, m.HTMLHead())
		bodies = appendText(bodies, m.HTMLBody())
	}
	e := tagInserter{html: html}
	e.insertBefore(jsFiles, h.self.RenderLinkedJS, bytes.LastIndex, "</body>")
	e.insertBefore(jsEmbed, h.self.RenderEmbedJS, bytes.LastIndex, "</body>")
	e.insertBefore(cssFiles, h.self.RenderLinkedCSS, bytes.Index, "</head>")
	e.insertBefore(cssEmbed, h.self.RenderEmbedCSS, bytes.Index, "</head>")
	e.insertBefore(heads, joinStrings, bytes.Index, "</head>")
	e.insertBefore(bodies, joinStrings, bytes.Index, "</body>")
	if e.missing != "" {
		return nil, fmt.Errorf("web: Render: %s has no %s for what its UI modules need there", name, e.missing)
	}
	return e.html, nil
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

// An embedder puts text in front of the tags of a page, one after another: what comes
// later may find its tag in what came before, as in Tornado.
type tagInserter struct {
	html    []byte
	missing string // a tag that was not found
}

// add renders parts, if there are any, and puts them on a line in front of a tag.
func (e *tagInserter) insertBefore(parts []string, render func([]string) string, find func(html, tag []byte) int, tag string) {
	if len(parts) == 0 {
		return
	}
	text := render(parts) + "\n"
	at := find(e.html, []byte(tag))
	if at < 0 {
		e.missing = tag
		return
	}
	e.html = slices.Insert(e.html, at, []byte(text)...)
}
