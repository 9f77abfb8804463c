package web

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/template"
)

// withUIModules are the modules that every application has, and its own before them.
func withUIModules(own map[string]UIModuleClass) map[string]UIModuleClass {
	modules := map[string]UIModuleClass{
		"linkify":        UIModuleOf(linkifyModule{}),
		"xsrf_form_html": UIModuleOf(xsrfFormHTMLModule{}),
		"Template":       UIModuleOf(TemplateModule{}),
	}
	maps.Copy(modules, own)
	for name, class := range modules {
		if class.make == nil {
			panic(fmt.Sprintf("web: Settings.UIModules: %s is no class: make it with web.UIModuleOf", name))
		}
	}
	return modules
}

// linkifyModule is {% module linkify(text, shorten=True) %}.
type linkifyModule struct{ UIModule }

func (m *linkifyModule) Render(text string, o escape.LinkifyOptions) string {
	return escape.Linkify(text, o)
}

// xsrfFormHTMLModule is {% module xsrf_form_html() %}.
type xsrfFormHTMLModule struct{ UIModule }

func (m *xsrfFormHTMLModule) Render() string { return m.handler.XSRFFormHTML() }

// TemplateModule is {% module Template("x.html", a=1) %}: a template with a namespace of
// its own. In it, set_resources(css_files="x.css", ...) says what the page needs, with the
// names of the hooks of [Module] in Python's spelling; it may not depend on the arguments
// of the template. Tornado: TemplateModule.
type TemplateModule struct {
	UIModule
	paths     []string                   // of the templates with resources, in order
	resources map[string]template.Kwargs // by path
}

var errOtherResources = errors.New("web: set_resources called with different resources for the same template")

// resourceNames are the arguments of set_resources. Others are not looked at.
var resourceNames = [...]string{"embedded_css", "embedded_javascript", "css_files", "javascript_files", "html_head", "html_body"}

// Render renders the template at path with names, and with the function set_resources.
// It runs for {% module Template(path, ...) %}.
func (m *TemplateModule) Render(path string, names template.Kwargs) ([]byte, error) {
	return m.RenderString(path, Namespace{"set_resources": func(r template.Kwargs) (string, error) {
		return "", m.setResources(path, r)
	}}, Namespace(names))
}

func (m *TemplateModule) setResources(path string, r template.Kwargs) error {
	if known, ok := m.resources[path]; ok {
		if !reflect.DeepEqual(known, r) {
			return errOtherResources
		}
		return nil
	}
	for _, name := range resourceNames {
		if value, ok := r[name]; ok {
			if _, err := resourceTexts(name, value); err != nil {
				return err
			}
		}
	}
	if m.resources == nil {
		m.resources = map[string]template.Kwargs{}
	}
	m.resources[path] = r
	m.paths = append(m.paths, path)
	return nil
}

// resourceTexts checks an argument of set_resources: files are texts or a list of such,
// all else is a text.
func resourceTexts(name string, value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		return []string{v}, nil
	case []byte:
		return []string{string(v)}, nil
	}
	list := reflect.ValueOf(value)
	if !strings.HasSuffix(name, "_files") || list.Kind() != reflect.Slice {
		return nil, fmt.Errorf("web: set_resources: %s is a %T, not text", name, value)
	}
	var texts []string
	for i := range list.Len() {
		text, err := resourceTexts(strings.TrimSuffix(name, "s"), list.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		texts = append(texts, text...)
	}
	return texts, nil
}

// of are the resources of a name, in the order of the templates that set them.
func (m *TemplateModule) resourcesOf(name string) (all []string) {
	for _, path := range m.paths {
		if value, ok := m.resources[path][name]; ok {
			texts, _ := resourceTexts(name, value) // checked before
			all = append(all, texts...)
		}
	}
	return all
}

// EmbeddedCSS joins, by lines, the embedded_css that the templates gave to
// set_resources.
func (m *TemplateModule) EmbeddedCSS() string {
	return strings.Join(m.resourcesOf("embedded_css"), "\n")
}

// EmbeddedJavaScript joins, by lines, the embedded_javascript that the templates gave
// to set_resources.
func (m *TemplateModule) EmbeddedJavaScript() string {
	return strings.Join(m.resourcesOf("embedded_javascript"), "\n")
}

// CSSFiles are the css_files that the templates gave to set_resources.
func (m *TemplateModule) CSSFiles() []string { return m.resourcesOf("css_files") }

// JavaScriptFiles are the javascript_files that the templates gave to set_resources.
func (m *TemplateModule) JavaScriptFiles() []string { return m.resourcesOf("javascript_files") }

// HTMLHead joins the html_head that the templates gave to set_resources.
func (m *TemplateModule) HTMLHead() string { return joinStrings(m.resourcesOf("html_head")) }

// HTMLBody joins the html_body that the templates gave to set_resources.
func (m *TemplateModule) HTMLBody() string { return joinStrings(m.resourcesOf("html_body")) }
