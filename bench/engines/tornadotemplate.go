package engines

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/gotornado/tornado/template"
)

//go:embed pages
var pages embed.FS

// tornado is this project. It renders the same files as Python.
func tornado(name string) (func() ([]byte, error), error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	t, err := template.NewFSLoader(files, template.Options{}).Load(name + ".html")
	if err != nil {
		return nil, err
	}
	s := page()
	names := map[string]any{"entries": entries(), "site": s.Site, "user": s.User, "title": s.Title, "links": s.Links, "posts": s.Posts, "upper": strings.ToUpper}
	return func() ([]byte, error) { return t.Generate(names) }, nil
}
