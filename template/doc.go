// Package template ports tornado.template: the template files of a Tornado application
// load as they are and give the same bytes.
//
// A template is text with {{ expressions }} and {% directives %}. Expressions and
// statements are Python's. They run on Starlark, a Python dialect made to be embedded.
// Python's features that templates use and Starlark lacks ("is None", chained
// comparisons, f-strings, % and format specifications, generator expressions, try,
// import of a registered namespace) are translated when the template is loaded. Any
// other is a [ParseError] that names the file, the line and what to write instead.
//
//	loader := template.NewLoader("templates", template.Options{})
//	page, err := loader.Load("index.html")
//	html, err := page.Generate(map[string]any{"title": "News", "entries": entries})
//
// A template sees what it was given and no more: the namespace of Generate, the one of
// its loader, Tornado's functions (escape, url_escape, json_encode, squeeze, linkify,
// datetime) and Python's built-in functions that need no files. Go values keep their
// exported fields and methods, under their own and their Python names: entry.published_at
// finds PublishedAt. See docs/templates.md for how each kind of value looks from inside.
//
// Templates may be used from many goroutines at once.
package template
