package template

import (
	"bytes"
	htmltemplate "html/template"
	"strings"
	"testing"
)

// benchEntry is a row of the benchmarks' table.
type benchEntry struct {
	ID    int
	Name  string
	Price float64
	Tags  []string
}

func benchEntries() []benchEntry {
	list := make([]benchEntry, 100)
	for i := range list {
		list[i] = benchEntry{i, "Item <" + strings.Repeat("x", i%10) + "> & co", float64(i) * 1.25, []string{"red", "green"}}
	}
	return list
}

// benchFiles are a template with a table, and a page that extends and includes other files and
// calls functions.
var benchFiles = map[string]string{
	"table.html": `<table>
{% for entry in entries %}
  <tr class="{{ 'even' if entry.id % 2 == 0 else 'odd' }}">
    <td>{{ entry.id }}</td>
    <td><a href="/entry/{{ entry.id }}">{{ entry.name }}</a></td>
    <td>{{ entry.price }}</td>
    <td>{% for tag in entry.tags %}<span>{{ tag }}</span>{% end %}</td>
  </tr>
{% end %}
</table>
`,
	"base.html": `<!DOCTYPE html><html><head><title>{% block title %}Site{% end %}</title></head>
<body><h1>{{ site }}</h1>{% if user %}<p>Hello, {{ user }}!</p>{% end %}
<ul>{% for link in links %}<li><a href="{{ link }}">{{ link }}</a></li>{% end %}</ul>
{% block body %}{% end %}{% include "footer.html" %}</body></html>
`,
	"page.html": `{% extends "base.html" %}{% block title %}{{ title }} - {{ site }}{% end %}
{% block body %}{% for post in posts %}<h2>{{ post["title"] }}</h2><p>{{ post["body"] }}</p>
{% if post["comments"] %}<p>{{ len(post["comments"]) }} comments</p>{% end %}{% end %}{% end %}`,
	"footer.html": `<p class="footer">{{ upper(site) }}</p>`,
}

func benchPage() map[string]any {
	posts := []map[string]any{}
	for i := range 20 {
		posts = append(posts, map[string]any{"title": "Post <" + string(rune('a'+i)) + ">", "body": strings.Repeat("Some text & more. ", 5), "comments": []string{"one", "two"}[:i%3]})
	}
	return map[string]any{"site": "Example", "user": "Ben & Jerry", "title": "News", "posts": posts, "links": []string{"/", "/about", "/archive?a=1&b=2"}, "upper": strings.ToUpper}
}

func BenchmarkTable(b *testing.B) {
	t, err := NewDictLoader(benchFiles, Options{}).LoadTemplate("table.html")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, t, map[string]any{"entries": benchEntries()})
}

func BenchmarkPage(b *testing.B) {
	t, err := NewDictLoader(benchFiles, Options{}).LoadTemplate("page.html")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, t, benchPage())
}

func benchmark(b *testing.B, t Generator, names map[string]any) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Generate(names); err != nil {
			b.Fatal(err)
		}
	}
}

// These are the same pages for html/template, for a comparison.

const htmlTable = `<table>
{{range .entries}}
  <tr class="{{if even .ID}}even{{else}}odd{{end}}">
    <td>{{.ID}}</td>
    <td><a href="/entry/{{.ID}}">{{.Name}}</a></td>
    <td>{{.Price}}</td>
    <td>{{range .Tags}}<span>{{.}}</span>{{end}}</td>
  </tr>
{{end}}
</table>
`

const htmlPage = `{{define "title"}}{{.title}} - {{.site}}{{end}}{{define "footer"}}<p class="footer">{{upper .site}}</p>{{end}}
{{define "body"}}{{range .posts}}<h2>{{.title}}</h2><p>{{.body}}</p>
{{if .comments}}<p>{{len .comments}} comments</p>{{end}}{{end}}{{end}}<!DOCTYPE html><html><head><title>{{template "title" .}}</title></head>
<body><h1>{{.site}}</h1>{{if .user}}<p>Hello, {{.user}}!</p>{{end}}
<ul>{{range .links}}<li><a href="{{.}}">{{.}}</a></li>{{end}}</ul>
{{template "body" .}}{{template "footer" .}}</body></html>
`

func BenchmarkHTMLTemplateTable(b *testing.B) {
	benchmarkHTML(b, htmlTable, map[string]any{"entries": benchEntries()})
}

func BenchmarkHTMLTemplatePage(b *testing.B) { benchmarkHTML(b, htmlPage, benchPage()) }

func benchmarkHTML(b *testing.B, source string, names map[string]any) {
	b.Helper()
	funcs := htmltemplate.FuncMap{"even": func(n int) bool { return n%2 == 0 }, "upper": strings.ToUpper}
	t := htmltemplate.Must(htmltemplate.New("t").Funcs(funcs).Parse(source))
	delete(names, "upper")
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := t.Execute(&out, names); err != nil {
			b.Fatal(err)
		}
	}
}

// methodFiles are templates that call methods and built-in functions, compare values and format
// them.
var methodFiles = map[string]string{
	"strings.html":  `{% for e in entries %}{{ e.name.upper() }}{{ e.name.strip() }}{{ e.name.replace("x", "y") }}{{ e.name.startswith("Item") }}{{ e.name.split(" ")[0] }}{{ ", ".join(e.tags) }}{% end %}`,
	"methods.html":  `{% set d = {"a": 1, "b": 2} %}{% set l = [] %}{% for e in entries %}{{ d.get("a") }}{{ d.get("z", 0) }}{% set l.append(e.id) %}{% for k, v in d.items() %}{{ k }}{{ v }}{% end %}{% end %}{{ len(l) }}`,
	"compare.html":  `{% for e in entries %}{{ e.id == 1 }}{{ e.id < 50 }}{{ e.name == "x" }}{{ e.name == e.name }}{{ "red" in e.tags }}{{ e.id in ids }}{{ 0 < e.id <= 9 }}{% end %}`,
	"format.html":   `{% for e in entries %}{{ "%s: %05.2f" % (e.name, e.price) }}{{ "{} {:>8}".format(e.id, e.price) }}{{ str(e.id) }}{{ f"{e.id:03d}" }}{% end %}`,
	"builtins.html": `{% for e in sorted(entries, key=lambda e: -e.id) %}{{ len(e.name) }}{{ max(e.id, 5) }}{{ int(e.price) }}{{ isinstance(e.id, int) }}{{ sum(ids) }}{{ list(range(3)) }}{% end %}`,
}

func benchmarkMethods(b *testing.B, name string) {
	tpl, err := NewDictLoader(methodFiles, Options{}).LoadTemplate(name)
	if err != nil {
		b.Fatal(err)
	}
	names := map[string]any{"entries": benchEntries(), "ids": []int{1, 2, 3}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tpl.Generate(names); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStringMethods(b *testing.B) { benchmarkMethods(b, "strings.html") }
func BenchmarkMethods(b *testing.B)       { benchmarkMethods(b, "methods.html") }
func BenchmarkComparisons(b *testing.B)   { benchmarkMethods(b, "compare.html") }
func BenchmarkFormats(b *testing.B)       { benchmarkMethods(b, "format.html") }
func BenchmarkBuiltins(b *testing.B)      { benchmarkMethods(b, "builtins.html") }
