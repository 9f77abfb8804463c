package template

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// tmpl-16: the text of a block is escaped with the function that its own file names, even if the
// block is written into a page that names another function.
func TestABlockKeepsTheAutoescapeOfItsFile(t *testing.T) {
	for _, tt := range []struct{ base, child, want string }{
		{"{{ v }}{% block b %}{% end %}", "{% autoescape None %}{% extends 'base' %}{% block b %}{{ v }}{% end %}", "&lt;<"},
		{"{% autoescape None %}{{ v }}{% block b %}{% end %}", "{% extends 'base' %}{% block b %}{{ v }}{% end %}", "<&lt;"},
		{"{% autoescape None %}{% block b %}{{ v }}{% end %}", "{% extends 'base' %}", "<"},
		{"{% block b %}{{ v }}{% end %}", "{% autoescape None %}{% extends 'base' %}", "&lt;"},
	} {
		files := fstest.MapFS{"base": {Data: []byte(tt.base)}, "child": {Data: []byte(tt.child)}}
		page, err := NewFSLoader(files, Options{}).LoadTemplate("child")
		require.NoError(t, err)
		got, err := page.Generate(map[string]any{"v": "<"})
		require.NoError(t, err)
		if string(got) != tt.want {
			t.Errorf("%s, %s: got %s, want %s", tt.base, tt.child, got, tt.want)
		}
	}
}
