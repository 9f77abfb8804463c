package template

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
)

// FromHTML lets Go's own templates be used where Tornado's are: names are those of t's
// associated templates, and the namespace is the dot of the template.
//
//	pages := htmltemplate.Must(htmltemplate.ParseFS(files, "*.html"))
//	loader := template.FromHTML(pages)
func FromHTML(t *htmltemplate.Template) BaseLoader { return htmlLoader{t} }

type htmlLoader struct{ set *htmltemplate.Template }

func (l htmlLoader) Load(name string) (Generator, error) {
	t := l.set.Lookup(name)
	if t == nil {
		return nil, fmt.Errorf("template: %s: %w", name, fs.ErrNotExist)
	}
	return htmlGenerator{t}, nil
}

// Reset does nothing: parsed templates stay parsed.
func (l htmlLoader) Reset() {}

type htmlGenerator struct{ t *htmltemplate.Template }

func (g htmlGenerator) Generate(names map[string]any) ([]byte, error) {
	var b bytes.Buffer
	if err := g.t.Execute(&b, names); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return b.Bytes(), nil
}
