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

// withUIModules returns the modules that every application has and the modules of the
// application, which replace those of the same name.
func withUIModules(own map[string]UIModuleClass) map[string]UIModuleClass {
	modules := map[string]UIModuleClass{
		"linkify":        UIModuleOf(linkifyModule{}),
		"xsrf_form_html": UIModuleOf(xsrfFormHTMLModule{}),
		"Template":       UIModuleOf(TemplateModule{}),
	}
	maps.Copy(modules, own)
	for name, class := range modules {
		if class.make == nil {
			panic(fmt.Sprintf("web: Settings.UIModules: %s is the zero value: make it with web.UIModuleOf", name))
		}
	}
	return modules
}

// linkifyModule implements {% module linkify(text, shorten=True) %}.
type linkifyModule struct{ UIModule }

func (m *linkifyModule) Render(text string, o escape.LinkifyOptions) string {
	return escape.Linkify(text, o)
}

// xsrfFormHTMLModule implements {% module xsrf_form_html() %}.
type xsrfFormHTMLModule struct{ UIModule }

func (m *xsrfFormHTMLModule) Render() string { return m.handler.XSRFFormHTML() }

// TemplateModule implements {% module Template("x.html", a=1) %}: a template with its own
// namespace. The template can declare resources of the page with
// set_resources(css_files="x.css", ...). The arguments are the methods of [Module] in
// Python's spelling. They must not depend on the arguments of the template. Tornado:
// TemplateModule.
type TemplateModule struct {
	UIModule
	paths     []string                   // of the templates with resources, in order
	resources map[string]template.Kwargs // by path
}

var errOtherResources = errors.New("web: set_resources called with different resources for the same template")

// resourceNames are the arguments of set_resources; other arguments are ignored.
var resourceNames = [...]string{"embedded_css", "embedded_javascript", "css_files", "javascript_files", "html_head", "html_body"}

// Render renders the template at path with names and the function set_resources. {% module
// Template(path, ...) %} calls it.
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

// resourceTexts returns an argument of set_resources as a list. Arguments for files are
// texts or lists of texts; other arguments are texts.
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

// resourcesOf returns the resources of one kind, in the order of the templates that set
// them.
func (m *TemplateModule) resourcesOf(name string) (all []string) {
	for _, path := range m.paths {
		if value, ok := m.resources[path][name]; ok {
			texts, _ := resourceTexts(name, value) // setResources has checked the value
			all = append(all, texts...)
		}
	}
	return all
}

// EmbeddedCSS returns the embedded_css of set_resources, joined by line breaks.
func (m *TemplateModule) EmbeddedCSS() string {
	return strings.Join(m.resourcesOf("embedded_css"), "\n")
}

// EmbeddedJavaScript returns the embedded_javascript of set_resources, joined by line
// breaks.
func (m *TemplateModule) EmbeddedJavaScript() string {
	return strings.Join(m.resourcesOf("embedded_javascript"), "\n")
}

// CSSFiles returns the css_files of set_resources.
func (m *TemplateModule) CSSFiles() []string { return m.resourcesOf("css_files") }

// JavaScriptFiles returns the javascript_files of set_resources.
func (m *TemplateModule) JavaScriptFiles() []string { return m.resourcesOf("javascript_files") }

// HTMLHead returns the html_head of set_resources.
func (m *TemplateModule) HTMLHead() string { return joinStrings(m.resourcesOf("html_head")) }

// HTMLBody returns the html_body of set_resources.
func (m *TemplateModule) HTMLBody() string { return joinStrings(m.resourcesOf("html_body")) }
