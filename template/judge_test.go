package template

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/template/internal/pyvalue"
	"github.com/stretchr/testify/require"
)

// A question is a template with data, which Tornado and this package render.
type question struct {
	Source     string            `json:"source,omitempty"`
	Files      map[string]string `json:"files,omitempty"`
	Name       string            `json:"name,omitempty"`
	Names      map[string]any    `json:"names,omitempty"`
	Autoescape string            `json:"autoescape,omitempty"`
	Whitespace string            `json:"whitespace,omitempty"`
}

// The type answer holds the output of a template, or its error.
type answer struct {
	Out     string `json:"out"`
	Error   string `json:"error"`
	Message string `json:"message"`
	Place   string `json:"place"`
}

// row is the Go counterpart of the Python class row in testdata/judge.py.
type row struct {
	ID          int
	Name        string
	Title       string
	Price       float64
	PublishedAt time.Time
	Tags        []string
	Parent      *row
}

func (r *row) Shout(text ...string) string {
	return strings.ToUpper(strings.Join(append(text, "hey")[:1], "")) + "!"
}

func (r row) Greet(greeting string, o struct{ Loud bool }) string {
	text := greeting + ", " + r.Name
	if o.Loud {
		return strings.ToUpper(text)
	}
	return text
}

func (r row) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"$row": map[string]any{"id": r.ID, "name": r.Name, "title": r.Title, "price": r.Price,
		"published_at": goTime{r.PublishedAt}, "tags": r.Tags, "parent": r.Parent}})
}

// goTime and rawBytes are sent to Python as a datetime and as bytes.
type goTime struct{ time.Time }

func (t goTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"$time": t.Format("2006-01-02T15:04:05-0700")})
}

type rawBytes []byte

func (b rawBytes) MarshalJSON() ([]byte, error) {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return json.Marshal(map[string]string{"$bytes": s.String()})
}

func judgeFunctions() map[string]any {
	return map[string]any{
		"upper":     strings.ToUpper,
		"inc":       func(n int) int { return n + 1 },
		"brackets":  func(s string) string { return "[" + s + "]" },
		"as_bytes":  func(s []byte) []byte { return []byte("<" + string(s) + ">") },
		"join":      func(parts ...string) string { return strings.Join(parts, "+") },
		"markup":    func() string { return "<b>bold</b>" },
		"fails":     func() (string, error) { return "", errors.New("no luck") },
		"py_escape": pyvalue.Quote,
		"locale":    judgeLocale{},
		"_tt_modules": map[string]any{
			"Entry": func(entry map[string]any, o struct{ ShowComments bool }) string {
				return "<entry " + fmt.Sprint(entry["title"]) + " " + pyBool(o.ShowComments) + ">"
			},
			"xsrf_form_html": func() string { return `<input type="hidden"/>` },
			"linkify":        escape.Linkify,
		},
		"_": func(message string, more ...any) string {
			if len(more) < 2 || more[1] == 1 {
				return message
			}
			return fmt.Sprint(more[0])
		},
		"static_url": func(path string) string { return "/static/" + path + "?v=1" },
		"reverse_url": func(name string, args ...any) string {
			for _, a := range args {
				name += "/" + fmt.Sprint(a)
			}
			return "/" + name
		},
	}
}

type judgeLocale struct{}

func (judgeLocale) FormatDate(t time.Time, o struct{ FullFormat, Shorter bool }) string {
	return t.Format("2006-01-02") + " " + pyBool(o.FullFormat) + " " + pyBool(o.Shorter)
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// ask returns Tornado's answers.
func ask(t *testing.T, questions []question) []answer {
	t.Helper()
	python := peers.Python(t, "tornado.template")
	in, err := json.Marshal(questions)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "testdata/judge.py")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("judge: %v\n%s", err, failed.Stderr)
	}
	require.NoError(t, err)
	var answers []answer
	require.NoError(t, json.Unmarshal(out, &answers))
	require.Len(t, answers, len(questions))
	return answers
}

// ours answers a question with this package.
func ours(q question) answer {
	o := Options{Autoescape: q.Autoescape, Whitespace: q.Whitespace}
	var tpl *Template
	var err error
	if q.Files != nil {
		tpl, err = NewDictLoader(q.Files, o).LoadTemplate(q.Name)
	} else {
		tpl, err = New(q.Name, q.Source, o)
	}
	if err != nil {
		return failed(err)
	}
	names := judgeFunctions()
	for name, v := range q.Names {
		names[name] = natural(v)
	}
	out, err := tpl.Generate(names)
	if err != nil {
		return failed(err)
	}
	return answer{Out: base64.StdEncoding.EncodeToString(out)}
}

func natural(v any) any {
	switch v := v.(type) {
	case goTime:
		return v.Time
	case rawBytes:
		return []byte(v)
	case map[string]any:
		out := map[string]any{}
		for name, x := range v {
			out[name] = natural(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = natural(x)
		}
		return out
	}
	return v
}

func failed(err error) answer {
	if parse := (*ParseError)(nil); errors.As(err, &parse) {
		return answer{Error: "ParseError", Message: parse.Error(), Place: Place{parse.Filename, parse.Line}.String()}
	}
	if run := (*Error)(nil); errors.As(err, &run) {
		place := run.Place.String()
		for i, via := range run.Via {
			place += map[bool]string{true: " (via ", false: ", "}[i == 0] + via.String()
		}
		if len(run.Via) > 0 {
			place += ")"
		}
		return answer{Error: run.Kind, Message: run.Err.Error(), Place: place}
	}
	return answer{Error: "other", Message: err.Error()}
}

// compare compares the outcome of this package with Tornado's. A ParseError corresponds to
// Tornado's SyntaxError.
func compare(t *testing.T, q question, theirs answer) {
	t.Helper()
	got := ours(q)
	source := q.Source
	if q.Files != nil {
		source = q.Files[q.Name]
	}
	if theirs.Error == "SyntaxError" || theirs.Error == "IndentationError" {
		if got.Error != "ParseError" || theirs.Place != "" && !strings.HasSuffix(theirs.Place, ":0") && got.Place != theirs.Place {
			t.Errorf("%s\n   ours %+v\nTornado %+v", source, got, theirs)
		}
		return
	}
	if got.Error == "ParseError" && theirs.Error == "ParseError" {
		got.Place = ""
	}
	if theirs.Error == "ValueError" && theirs.Message == "no luck" {
		got.Error = theirs.Error // Go's errors have no class
	}
	theirs.Message = sortedSet(theirs.Message)
	if got != theirs {
		decode := func(s string) string { b, _ := base64.StdEncoding.DecodeString(s); return string(b) }
		t.Errorf("%s\n   ours %q %q %q %q\nTornado %q %q %q %q", source, decode(got.Out), got.Error, got.Message, got.Place,
			decode(theirs.Out), theirs.Error, theirs.Message, theirs.Place)
	}
}

func TestJudge(t *testing.T) { // tmpl-1 … tmpl-34, tmpl-36
	questions := judgeQuestions()
	answers := ask(t, questions)
	for i, q := range questions {
		compare(t, q, answers[i])
	}
	t.Logf("%d templates with data", len(questions))
}

// sortedSet sorts the elements of a set in a message, because Python prints them in no order
// (tmpl-10).
func sortedSet(message string) string {
	before, rest, ok := strings.Cut(message, "outside {")
	set, after, ok2 := strings.Cut(rest, "}")
	if !ok || !ok2 {
		return message
	}
	names := strings.Split(set, ", ")
	slices.Sort(names)
	return before + "outside {" + strings.Join(names, ", ") + "}" + after
}
