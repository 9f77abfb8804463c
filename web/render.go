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
	errRenderAfterFinish = errors.New("web: cannot Render after Finish: render first, and let Render finish the response")
	errNoTemplates       = errors.New("web: Render needs templates: define Settings.TemplatePath, TemplateFS or TemplateLoader")
)

// A Namespace defines names for a template. Tornado: the keyword arguments of render.
type Namespace map[string]any

// Render finishes the response with the result of RenderString, and with the styles and
// scripts of the UI modules on the page. They are inserted before </head> and </body>. If a
// page needs one of these tags and does not have it, Render returns an error. The request
// ends with an error of Render even if the caller drops it. Tornado: render.
func (h *RequestHandler) Render(name string, namespace ...Namespace) error {
	if h.finished {
		return h.recordMisuse(errRenderAfterFinish)
	}
	html, err := h.self.RenderString(name, namespace...)
	if err == nil {
		html, err = h.embedResources(name, html)
	}
	switch {
	case err != nil && isFinish(err): // err comes from a UI module that has ended the request, which is not a mistake
		return err
	case err != nil:
		return h.recordMisuse(err)
	}
	if err := h.writeOwned(html); err != nil {
		return err
	}
	return h.self.Finish()
}

// RenderString returns the output of the template called name. In the template, the names
// of namespace override those of GetTemplateNamespace. The error is a
// [*template.ParseError], a [*template.Error], an error of the file system, or says that
// the settings define no templates. Tornado: render_string.
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

// GetTemplatePath returns Settings.TemplatePath. Override it for a handler with templates
// in another directory. Tornado: get_template_path.
func (h *RequestHandler) GetTemplatePath() string { return h.application.settings.TemplatePath }

// GetTemplateNamespace returns the names that are defined in every template: handler,
// request, current_user, locale, _, pgettext, static_url, xsrf_form_html, reverse_url,
// modules and Settings.UIMethods. Override it to add names to the result, which is a new
// map for each call. Tornado: get_template_namespace.
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

// CreateTemplateLoader returns Settings.TemplateLoader or, if that is nil, a loader for
// templatePath, a directory of the file system or of Settings.TemplateFS. Without any
// templates it returns nil. An application calls it once for each result of
// GetTemplatePath. Override it for another kind of templates. Tornado:
// create_template_loader.
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

// templateLoader returns the loader for the path of the handler.
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

// embedResources inserts the scripts and styles of the page's UI modules into html.
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
		return nil, fmt.Errorf("web: Render: %s has no %s: its UI modules insert styles or scripts before that tag", name, e.missing)
	}
	return e.html, nil
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

// A tagInserter inserts text before the tags of a page. As in Tornado, a later insertion
// may find its tag in text that was inserted before.
type tagInserter struct {
	html    []byte
	missing string // a tag that was not found
}

// insertBefore renders parts and inserts the result as a line before a tag. Without parts
// it does nothing.
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
