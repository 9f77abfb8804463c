package template_test

import (
	"fmt"

	"github.com/gotornado/tornado/template"
)

func ExampleNew() {
	page, err := template.New("page.html", "<html>{{ name }}</html>", template.Options{})
	if err != nil {
		panic(err)
	}
	html, err := page.Generate(map[string]any{"name": "Ann & Ben"})
	fmt.Println(string(html), err)
	// Output: <html>Ann &amp; Ben</html> <nil>
}

// A page that extends a base, with an include, a block, a function that is applied to a part, and
// a value that is not escaped.
func ExampleNewDictLoader() {
	loader := template.NewDictLoader(map[string]string{
		"base.html": `<title>{% block title %}Students{% end %}</title>
{% block student %}{{ student["name"] }}{% end %}`,
		"bold.html": `{% extends "base.html" %}
{% block title %}A bolder title{% end %}
{% block student %}{% apply upper %}<b>{{ student["name"] }}</b>{% end %} {% include "note.html" %}{% end %}`,
		"note.html": `{% raw note %} {{ json_encode(student) }}{# a comment #}`,
	}, template.Options{Namespace: map[string]any{
		"upper": func(text string) string { return "(" + text + ")" },
	}})
	for _, name := range []string{"base.html", "bold.html"} {
		page, err := loader.Load(name)
		if err != nil {
			panic(err)
		}
		html, err := page.Generate(map[string]any{"student": map[string]string{"name": "Ann <3"}, "note": "<i>new</i>"})
		if err != nil {
			panic(err)
		}
		fmt.Println(string(html))
	}
	// Output:
	// <title>Students</title>
	// Ann &lt;3
	// <title>A bolder title</title>
	// (<b>Ann &lt;3</b>) <i>new</i> {&quot;name&quot;: &quot;Ann &lt;3&quot;}
}

// A file without escaping, one whose values are escaped for a URL, and a value for a script.
func ExampleOptions() {
	for _, source := range []string{
		`{% autoescape None %}{{ text }}`,
		`{% autoescape url_escape %}/search?q={{ text }}`,
		`<script>let text = {% raw json_encode(text) %}</script>`,
	} {
		page, err := template.New("page.html", source, template.Options{})
		if err != nil {
			panic(err)
		}
		output, err := page.Generate(map[string]any{"text": "</script> & more"})
		fmt.Println(string(output), err)
	}
	// Output:
	// </script> & more <nil>
	// /search?q=%3C%2Fscript%3E+%26+more <nil>
	// <script>let text = "<\/script> & more"</script> <nil>
}
