package template

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// render compiles source, runs it, and returns its output or the text of its error.
func render(source string, names map[string]any, o Options) string {
	t, err := New("", source, o)
	if err != nil {
		return err.Error()
	}
	out, err := t.Generate(names)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func TestTemplate(t *testing.T) {
	names := map[string]any{
		"name": "Ben", "bytes": []byte("Ben"), "broken": []byte("\xff"), "x": 1, "zero": 0,
		"upper": strings.ToUpper, "raw": func(b []byte) []byte { return append(b, '!') },
	}
	for _, tt := range []struct{ number, in, want string }{
		{"tmpl-1", "Hello {{ name }}{{ bytes }}! {{ None }} {{ True }} {{ 2 + 2 }}", "Hello BenBen! None True 4"},
		{"tmpl-2", "{{ broken }}", "template: <string>:1: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"},
		{"tmpl-2", "{% raw broken %}", "\xff"},
		{"tmpl-3", "{{{1}}}", "{1}"},
		{"tmpl-3", `{{ "}}" }}`, "unterminated string literal at <string>:1"},
		{"tmpl-4", "{{!a}} {%! {#! { x {", "{{a}} {% {# { x {"},
		{"tmpl-5", "a{# {{ 1/0 }} #}b{% comment x %}c", "abc"},
		{"tmpl-6", "{% if\nx %}{% end %}", "unknown operator: 'if\\nx' at <string>:2"},
		{"tmpl-7", "\n\n{{", "Missing end expression }} at <string>:3"},
		{"tmpl-8", "{#", "Missing end comment #} at <string>:1"},
		{"tmpl-8", "{{ }}", "Empty expression at <string>:1"},
		{"tmpl-8", "{% x", "Missing end block %} at <string>:1"},
		{"tmpl-8", "{% %}", "Empty block tag ({% %}) at <string>:1"},
		{"tmpl-8", "{% end %}", "Extra {% end %} block at <string>:1"},
		{"tmpl-8", "{% foo %}", "unknown operator: 'foo' at <string>:1"},
		{"tmpl-9", "{% except %}", "except outside {'try'} block at <string>:1"},
		{"tmpl-9", "{% for x in y %}{% elif x %}{% end %}", "elif block cannot be attached to for block at <string>:1"},
		{"tmpl-9", "{% extends %}", "extends missing file path at <string>:1"},
		{"tmpl-9", "{% apply %}{% end %}", "apply missing method name at <string>:1"},
		{"tmpl-9", "{% block %}{% end %}", "block missing name at <string>:1"},
		{"tmpl-10", "{% else %}", "else outside {'for', 'if', 'try', 'while'} block at <string>:1"},
		{"tmpl-11", "{% for y in [] %}{% else %}none{% end %}{% while zero %}{% else %}done{% end %}", "nonedone"},
		{"tmpl-12", "{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% end %}{% block b %}{{ i }}{% end %}{% end %}", "13"},
		{"tmpl-12", "{% break %}", "break outside {'for', 'while'} block at <string>:1"},
		{"tmpl-12", "{% for i in [] %}{% apply upper %}{% break %}{% end %}{% end %}", "break outside {'for', 'while'} block at <string>:1"},
		{"tmpl-13", "a\n{% if x %}\n\nb", "Missing {% end %} block for if at <string>:2"},
		{"tmpl-14", "{% extends 'x' %}", "{% extends %} block found, but no template loader at None:0"},
		{"tmpl-15", "{% block a %}x{% end %}{% block a %}y{% end %}", "yy"},
		{"tmpl-17", "\n{% include 'x' %}", "{% include %} block found, but no template loader at <string>:2"},
		{"tmpl-20", "{% apply upper %}<é{{ name }}{% end %}{% apply raw %}<{% end %}", "<ÉBEN<!"},
		{"tmpl-21", "{% set v = 1 %}{% apply upper %}{% set v = 2 %}{{ v }}{% end %}{{ v }}", "21"},
		{"tmpl-22", "{% raw '<b>' %}", "<b>"},
		{"tmpl-23", "{{ '<' }}{% autoescape None %}{{ '<' }}", "<<"},
		{"tmpl-24", "{% autoescape upper %}{{ name }}", "BEN"},
		{"tmpl-25", "{{ linkify('http://a.b') }}", "&lt;a href=&quot;http://a.b&quot;&gt;http://a.b&lt;/a&gt;"},
		{"tmpl-28", "{% whitespace single %} <pre>  \n x{{ 1 }}  \n y", " <pre>  \n x1\ny"},
		{"tmpl-29", "{% whitespace bogus %}", "invalid whitespace mode bogus at <string>:1"},
		{"tmpl-31", "\n{{ 1 + }}", "invalid syntax: the expression ends early at <string>:2"},
		{"tmpl-32", "{{ squeeze('a  b') }}{{ url_escape('a b') }}{{ json_encode([1]) }}{{ datetime.date(2020, 1, 2) }}", "a ba+b[1]2020-01-02"},
		{"tmpl-34", "a\nb\xff", "the template is not UTF-8 at <string>:2"},
		{"tmpl-36", "{{ name is not None and name not in ('x',) and 0 < x <= 1 }}", "True"},
	} {
		if got := render(tt.in, names, Options{}); got != tt.want {
			t.Errorf("%s %q\n got %q\nwant %q", tt.number, tt.in, got, tt.want)
		}
	}
}

func TestWhatIsNotSupportedSaysWhatToWriteInstead(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{% if (n := 5) %}{% end %}", "assignment expressions are not supported: write {% set name = value %} before at <string>:1"},
		{"{% import os %}", "No module named 'os': register a namespace of that name in Options.Imports at <string>:1"},
		{"{% from os import path %}", "No module named 'os': register a namespace of that name in Options.Imports at <string>:1"},
		{"{% from math import * %}", "import * is not supported: name what is imported at <string>:1"},
		{"{% set del x %}", "del x is not supported: write {% set x = None %} at <string>:1"},
		{"{{ await x }}", "await is not supported in a template: pass the result at <string>:1"},
		{"{{ a @ b }}", "the operator @ is not supported at <string>:1"},
		{"{{ a\n+ b }}", "invalid syntax: a line break outside brackets; put the expression into parentheses at <string>:1"},
		{"{% set global x %}", "global is not supported in a template at <string>:1"},
		{"{% set x[1:2] = y %}", "assignment to a slice is not supported at <string>:1"},
		{`{{ "\N{BULLET}" }}`, `\N{...} is not supported: write the character, or \u and its number at <string>:1`},
		{"{{ f'{x=}' }}", "f-string: {name=} is not supported at <string>:1"},
	} {
		if got := render(tt.in, nil, Options{}); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestWhitespaceModes(t *testing.T) { // tmpl-26, tmpl-29
	for _, tt := range []struct{ mode, in, want string }{
		{"all", " \t\n a  b", " \t\n a  b"},
		{"single", "\t\tfoo\n\n", " foo\n"},
		{"single", " a \t b \r\n\n c\u00a0 d", " a b\nc\u00a0 d"},
		{"oneline", "\t\tfoo\n\n bar", " foo bar"},
		{"bogus", "", "template: invalid whitespace mode bogus"},
	} {
		got, err := FilterWhitespace(tt.mode, tt.in)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.mode, tt.in, got, tt.want)
		}
	}
	_, err := New("", "x", Options{Whitespace: "bogus"})
	require.ErrorContains(t, err, "invalid whitespace mode bogus")
	_, err = NewDictLoader(map[string]string{"a": ""}, Options{Whitespace: "bogus"}).Load("a")
	require.ErrorContains(t, err, "invalid whitespace mode bogus")
}

func TestWhitespaceDependsOnNameLoaderAndDirective(t *testing.T) { // tmpl-27
	const source = "\t\tx\n\n"
	for _, tt := range []struct{ name, mode, want string }{
		{"a.html", "", " x\n"}, {"a.js", "", " x\n"}, {"a.txt", "", source}, {"a.html", "all", source}, {"a.txt", "oneline", " x "},
	} {
		tpl, err := New(tt.name, source, Options{Whitespace: tt.mode})
		require.NoError(t, err)
		if got, _ := tpl.Generate(nil); string(got) != tt.want {
			t.Errorf("%s %q: %q", tt.name, tt.mode, got)
		}
	}
	if got := render("{% whitespace oneline %}\n a{% whitespace all %}\n b", nil, Options{}); got != " a\n b" {
		t.Errorf("%q", got)
	}
}

func TestRunTimeErrorsNameFileLineAndTheWayThere(t *testing.T) { // tmpl-30
	loader := NewDictLoader(map[string]string{
		"expression": "one\ntwo{{1/0}}\nthree", "directive": "one\ntwo{%if 1/0%}\n{%end%}",
		"a": "{% include 'b' %}", "b": "\n{% include 'c' %}", "c": "{{1/0}}",
		"base": "{% block 'block' %}{% end %}{{ x }}", "sub": "\n{% extends 'base' %}\n{% block 'block' %}\n{{1/0}}\n{% end %}", "sub2": "{% extends 'base' %}",
		"loop": "{% for x in [1] %}\n\n{{ x.y }}{% end %}", "apply": "{% apply escape %}\n{{ 1/0 }}{% end %}", "try": "{% try %}\n{{ 1/0 }}{% finally %}\n\n{% end %}",
		"lambda": "{% set f = lambda: 1/0 %}\n{{ f() }}", "if": "{% if x if y else z %}{% end %}",
	}, Options{})
	for _, tt := range []struct{ name, want string }{
		{"expression", "template: expression:2: ZeroDivisionError: division by zero"},
		{"directive", "template: directive:2: ZeroDivisionError: division by zero"},
		{"a", "template: c:1 (via b:2, a:1): ZeroDivisionError: division by zero"},
		{"sub", "template: sub:4 (via base:1): ZeroDivisionError: division by zero"},
		{"sub2", "template: base:1: NameError: name 'x' is not defined"},
		{"loop", "template: loop:3: AttributeError: 'int' object has no attribute 'y'"},
		{"apply", "template: apply:2: ZeroDivisionError: division by zero"},
		{"try", "template: try:2: ZeroDivisionError: division by zero"},
		{"lambda", "template: lambda:1: ZeroDivisionError: division by zero"},
		{"if", "template: if:1: NameError: name 'y' is not defined"},
	} {
		got := "loads"
		tpl, err := loader.LoadTemplate(tt.name)
		if err == nil {
			_, err = tpl.Generate(nil)
		}
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestAnErrorOfGoKeepsItsIdentity(t *testing.T) {
	lost := errors.New("lost")
	names := map[string]any{"f": func() (string, error) { return "", fmt.Errorf("row 3: %w", lost) }, "lost": lost}
	tpl, err := New("page.txt", "\n{{ f() }}", Options{})
	require.NoError(t, err)
	_, err = tpl.Generate(names)
	require.ErrorIs(t, err, lost)
	require.EqualError(t, err, "template: page.txt:2: row 3: lost")
	var run *Error
	require.ErrorAs(t, err, &run)
	require.Equal(t, Place{"page.txt", 2}, run.Place)
	require.Equal(t, "caught row 3: lost", render("{% try %}{{ f() }}{% except lost as e %}caught {{ e }}{% end %}", names, Options{}))
	require.Equal(t, "e", render("{% try %}{{ f() }}{% except KeyError %}k{% except Exception %}e{% end %}", names, Options{}))
}

func TestBudget(t *testing.T) {
	endless := "{% while True %}{% end %}"
	for _, tt := range []struct {
		in   string
		o    Options
		want string
	}{
		{endless, Options{MaxSteps: 1000}, "too many steps"},
		{"{% for i in range(100) %}0123456789{% end %}", Options{MaxOutput: 500}, "more than 500 bytes of output"},
		{"{% for i in range(100) %}0123456789{% end %}", Options{MaxOutput: 1000}, ""},
		{"{% try %}" + endless + "{% except %}{% end %}", Options{MaxSteps: 1000}, "too many steps"},
		{"{{ list(range(10 ** 12)) }}", Options{}, "too many steps"},
		{"{% try %}{{ [0] * 10 ** 12 }}{% except %}caught{% end %}", Options{}, "too many steps"},
		{"{% try %}{{ 'x' * 10 ** 9 }}{% except Exception %}caught{% end %}", Options{}, "a string of more than"},
		{"{{ 'x' * 10 ** 9 }}", Options{}, "a string of more than"},
	} {
		tpl, err := New("", tt.in, tt.o)
		require.NoError(t, err)
		_, err = tpl.Generate(nil)
		if tt.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrLimit)
		require.ErrorContains(t, err, tt.want)
	}
}

// A list that holds another list twice, which holds a third one twice, and so on for thirty
// levels, takes little memory, but has very many parts. The limits apply to functions that get
// such a list, and to numbers in texts. No except clause catches the error.
func TestBudgetOfWhatFunctionsAreGiven(t *testing.T) {
	names := map[string]any{
		"one": func(any) int { return 1 }, "list": func([]any) int { return 1 }, "lists": func([][]int) int { return 1 },
		"all": func(...any) int { return 1 }, "named": func(Kwargs) int { return 1 },
		"options": func(o struct{ X any }) int { return 1 },
	}
	for _, tt := range []struct{ in, want string }{
		{"one(x)", "more than 1048576 values"},
		{"list(x)", "more than 1048576 values"},
		{"lists([[1] * 10 ** 5] * 10 ** 3)", "more than 1048576 values"},
		{"all(x)", "more than 1048576 values"},
		{"all(*[[1] * 10 ** 5] * 10 ** 3)", "more than 1048576 values"},
		{"named(x=x)", "more than 1048576 values"},
		{"options(x=x)", "more than 1048576 values"},
		{"one([1] * 10 ** 5)", ""},
		{"json_encode(x)", "a string of more than 16777216 bytes"},
		{"json_encode({'d': x})", "a string of more than 16777216 bytes"},
		{"len(json_encode([1] * 10 ** 5))", ""},
		{"{y: 1}", "a key of more than 1048576 parts"},
		{"{y: 1 for z in [1]}", "a key of more than 1048576 parts"},
		{"{y}", "a key of more than 1048576 parts"},
		{"{y for z in [1]}", "a key of more than 1048576 parts"},
		{"set([y])", "a key of more than 1048576 parts"},
		{"dict([(y, 1)])", "a key of more than 1048576 parts"},
		{"dict([[y, 1]])", "a key of more than 1048576 parts"},
		{"y in {}", "a key of more than 1048576 parts"},
		{"1 < 2 in [2] and y not in {} in [1]", "a key of more than 1048576 parts"},
		{"{}[y]", "a key of more than 1048576 parts"},
		{"{}.get(y)", "a key of more than 1048576 parts"},
		{"{}.setdefault(y)", "a key of more than 1048576 parts"},
		{"{}.update([(y, 1)])", "a key of more than 1048576 parts"},
		{"set().add(y)", "a key of more than 1048576 parts"},
		{"set().union([y])", "a key of more than 1048576 parts"},
		{"{('x' * 10 ** 7,) * 10: 1}", "a key of more than 1048576 parts"},
		{"{('x' * 1000, (1, 2)) * 10: 1}[('x' * 1000, (1, 2)) * 10]", ""},
		{"int('9' * 5000)", "a number of more than 16384 bits"},
		{"int('9' * 10 ** 7)", "a number of more than 16384 bits"},
		{"int('f' * 4096, 16) % 7", ""},
	} {
		tpl, err := New("", "{% set x = [1] %}{% set y = (1,) %}{% for i in range(60) %}{% set x = [x, x] %}{% set y = (y, y) %}{% end %}"+
			"{% try %}{{ "+tt.in+" }}{% except %}caught{% end %}", Options{})
		require.NoError(t, err)
		out, err := tpl.Generate(names)
		switch {
		case tt.want == "" && (err != nil || string(out) == "caught"):
			t.Errorf("%s: %q, %v", tt.in, out, err)
		case tt.want != "" && (!errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %.40q, %v", tt.in, out, err)
		}
	}
}

func TestBudgetOfKeysThatAreAssigned(t *testing.T) {
	for _, statement := range []string{"set d[y] = 1", "set d[y] += 1", "set del d[y]", "for d[y] in [1] %}{% end"} {
		tpl, err := New("", "{% set d = {} %}{% set y = (1,) %}{% for i in range(60) %}{% set y = (y, y) %}{% end %}{% "+statement+" %}", Options{})
		if err != nil {
			t.Errorf("%s: %v", statement, err)
			continue
		}
		if _, err = tpl.Generate(nil); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestTimeoutAndContext(t *testing.T) {
	tpl, err := New("", "{% while True %}{% end %}", Options{Timeout: 10 * time.Millisecond, MaxSteps: 1 << 60})
	require.NoError(t, err)
	_, err = tpl.Generate(nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	ctx, cancel := context.WithCancel(t.Context())
	type key struct{}
	ctx = context.WithValue(ctx, key{}, "given")
	seen, err := New("", "{{ f('x') }}{{ g() }}", Options{})
	require.NoError(t, err)
	names := map[string]any{"f": func(ctx context.Context, s string) any { return ctx.Value(key{}) }, "g": func() string { return "g" }}
	out, err := seen.GenerateContext(ctx, names)
	require.NoError(t, err)
	require.Equal(t, "giveng", string(out))
	cancel()
	_, err = seen.GenerateContext(ctx, names)
	require.ErrorIs(t, err, context.Canceled)
	out, err = seen.Generate(names) // a run that was ended does not affect the next one
	require.NoError(t, err)
	require.Equal(t, "Noneg", string(out))
}

func TestATemplateRunsInManyGoroutines(t *testing.T) {
	tpl, err := NewDictLoader(benchFiles, Options{}).LoadTemplate("page.html")
	require.NoError(t, err)
	want, err := tpl.Generate(benchPage())
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				if got, err := tpl.Generate(benchPage()); err != nil || string(got) != string(want) {
					t.Errorf("%v %q", err, got)
				}
			}
		})
	}
	wait.Wait()
}

func TestAPanicOfGoPassesThrough(t *testing.T) {
	tpl, err := New("", "{% apply f %}{{ f('x') }}{% end %}", Options{})
	require.NoError(t, err)
	require.PanicsWithValue(t, "mine", func() { tpl.Generate(map[string]any{"f": func(string) string { panic("mine") }}) })
	out, err := tpl.Generate(map[string]any{"f": strings.ToUpper})
	require.NoError(t, err)
	require.Equal(t, "X", string(out))
}
