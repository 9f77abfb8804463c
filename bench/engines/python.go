package engines

import (
	_ "embed"
	"io/fs"
)

//go:embed render.py
var script string

// Script is the program of the engine called Python. Its arguments are the page, then the
// unmeasured and the measured seconds; 0 and 0 print the page once. Its standard input is Files.
func Script() string { return script }

// Files returns the templates as JSON: source by name.
func Files() (map[string]string, error) {
	files := map[string]string{}
	list, err := fs.ReadDir(pages, "pages")
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		text, err := fs.ReadFile(pages, "pages/"+f.Name())
		if err != nil {
			return nil, err
		}
		files[f.Name()] = string(text)
	}
	return files, nil
}
