package engines

import (
	"bytes"
	"html/template"
	"strings"
)

const htmlTable = `<table>
{{range .}}
  <tr class="{{if even .ID}}even{{else}}odd{{end}}">
    <td>{{.ID}}</td>
    <td><a href="/entry/{{.ID}}">{{.Name}}</a></td>
    <td>{{.Price}}</td>
    <td>{{range .Tags}}<span>{{.}}</span>{{end}}</td>
  </tr>
{{end}}
</table>
`

const htmlPage = `{{define "footer"}}<p class="footer">{{upper .Site}}</p>{{end}}{{define "title"}}{{.Title}} - {{.Site}}{{end}}{{define "body"}}
{{range .Posts}}
<article>
<h2>{{.Title}}</h2>
<p>{{.Body}}</p>
{{if .Comments}}<p>{{len .Comments}} comments</p>{{end}}
</article>
{{end}}{{end}}<!DOCTYPE html>
<html>
<head><title>{{template "title" .}}</title></head>
<body>
<h1>{{.Site}}</h1>
{{if .User}}<p>Hello, {{.User}}!</p>{{end}}
<ul>{{range .Links}}<li><a href="{{.Href}}">{{.Caption}}</a></li>{{end}}</ul>
{{template "body" .}}
{{template "footer" .}}
</body>
</html>
`

func html(name string) (func() ([]byte, error), error) {
	source, data := htmlTable, any(entries())
	if name == Page {
		source, data = htmlPage, page()
	}
	funcs := template.FuncMap{"even": func(n int) bool { return n%2 == 0 }, "upper": strings.ToUpper}
	t, err := template.New(name).Funcs(funcs).Parse(source)
	return func() ([]byte, error) {
		var b bytes.Buffer
		err := t.Execute(&b, data)
		return b.Bytes(), err
	}, err
}
