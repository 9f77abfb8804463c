// Package template ports tornado.template: the template files of a Tornado application
// load as they are and give the same bytes.
//
// A template is text with {{ expressions }} and {% directives %}. Expressions and
// statements are Python's. They run on Starlark, a Python dialect made to be embedded.
// Loading a template translates the parts of Python that Starlark lacks: "is None",
// chained comparisons, f-strings, formats, generator expressions, try, and import of a
// registered namespace. For a construct that cannot be translated, loading returns a
// [ParseError] that names the file, the line and what to write instead.
//
//	loader := template.NewLoader("templates", template.Options{})
//	page, err := loader.Load("index.html")
//	html, err := page.Generate(map[string]any{"title": "News", "entries": entries})
//
// A template can name only the values that it was given: the namespace of Generate, the
// namespace of its loader, Tornado's functions (escape, url_escape, json_encode, squeeze,
// linkify, datetime), and Python's built-in functions that need no files. A Go value keeps
// its exported fields and methods, under their own names and their Python names:
// entry.published_at finds PublishedAt. docs/templates.md describes each kind of value.
//
// Many goroutines may use a template or a loader at once.
package template
